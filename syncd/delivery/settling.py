"""What becomes of deliveries, and of their endpoint, after a batch of attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from syncd.delivery.circuit import CLOSED, Circuit, after, given_back
from syncd.delivery.delivery import Delivery, Result, Settlement, Tried, WaitsFor
from syncd.delivery.schedule import has_ended, next_at

GONE = "gone"
"""Why an endpoint is disabled that answered 410."""

UNREACHABLE = "unreachable"
"""Why an endpoint is disabled that took nothing over the whole schedule."""

QUARANTINED = "quarantined"
"""Why a delivery is dead that our own code fails on."""

Turn = Literal["opened", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How an endpoint is doing.

    Attributes:
        delivered_at: When it last took anything.
        disabled: Why it gets nothing until somebody enables it.
    """

    circuit: Circuit = CLOSED
    delivered_at: datetime | None = None
    disabled: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a batch comes to.

    Attributes:
        settlements: One per delivery of the batch.
        hastens: Which waiting deliveries of the endpoint, of any subject, are due now.
        turn: What became of the circuit, if anything.
        disables: Why the endpoint is disabled from now on.
    """

    reach: Reach
    settlements: Sequence[Settlement]
    hastens: frozenset[WaitsFor] = field(default_factory=frozenset)
    turn: Turn | None = None
    disables: str | None = None


def settle(reach: Reach, batch: Sequence[Tried], *, is_probe: bool, at: datetime) -> Verdict:
    """Judges a batch of one endpoint, in the order in which the attempts ended.

    A delivery dies of its own refusals alone, when these are a whole schedule. For an endpoint that
    takes nothing the whole schedule long the deliveries are kept, and the endpoint is disabled.

    Args:
        is_probe: The batch is the one delivery that an open circuit lets through.
    """
    before = reach
    settlements = [_given_back(tried.delivery) for tried in batch if tried.result is None]
    if is_probe and settlements:
        reach = replace(reach, circuit=given_back(reach.circuit, at=at))
    hastens: set[WaitsFor] = set()
    attempted = [(tried, tried.result) for tried in batch if tried.result is not None]
    for tried, result in sorted(attempted, key=lambda one: one[1].ended_at):
        was_open = reach.circuit.is_open
        reach = _after(reach, tried.delivery, result, is_probe=is_probe, chance=tried.chance)
        settlements.append(_settlement(tried, result, reach=reach, was_open=was_open))
        if result.outcome == "delivered":
            hastens.add("success")
        elif reach.circuit.is_open and not was_open:
            hastens.add("circuit")
    return Verdict(
        reach=reach,
        settlements=settlements,
        hastens=frozenset(hastens),
        turn=_turn(before.circuit, reach.circuit),
        disables=reach.disabled if reach.disabled != before.disabled else None,
    )


def _after(reach: Reach, delivery: Delivery, result: Result, *, is_probe: bool, chance: float) -> Reach:
    circuit = after(reach.circuit, result, is_probe=is_probe, chance=chance)
    if result.outcome == "delivered":
        return replace(reach, circuit=circuit, delivered_at=result.ended_at)
    if result.outcome == "gone":
        return replace(reach, circuit=circuit, disabled=reach.disabled or GONE)
    if circuit.has_ended or (not circuit.is_open and _took_nothing(reach, delivery, result)):
        return replace(reach, circuit=CLOSED, disabled=reach.disabled or UNREACHABLE)
    return replace(reach, circuit=circuit)


def _took_nothing(reach: Reach, delivery: Delivery, result: Result) -> bool:
    """Whether the endpoint took nothing at all while this delivery went through its schedule."""
    if result.outcome not in ("busy", "unreachable") or not has_ended(delivery.attempts + 1):
        return False
    since = delivery.first_failed_at or result.ended_at
    return reach.delivered_at is None or reach.delivered_at < since


def _settlement(tried: Tried, result: Result, *, reach: Reach, was_open: bool) -> Settlement:
    delivery, at = tried.delivery, result.ended_at
    counted = Settlement(
        delivery=delivery,
        state="waiting",
        attempts=delivery.attempts + 1,
        refusals=delivery.refusals,
        due_at=next_at(delivery.attempts + 1, after=at, floor=result.retry_after, chance=tried.chance),
        first_failed_at=delivery.first_failed_at or at,
        attempt=result,
    )
    match result.outcome:
        case "delivered":
            return replace(counted, state="delivered", due_at=at, first_failed_at=delivery.first_failed_at)
        case "quarantined":
            return replace(counted, state="dead", due_at=at, reason=QUARANTINED)
        case "refused":
            return _refused(counted, result)
    if reach.disabled is not None:
        # Once somebody enables the endpoint, it has its whole schedule again.
        return replace(counted, state="pending", attempts=0, refusals=0, due_at=at, first_failed_at=None)
    if was_open:
        # The circuit counts, and nothing else.
        due_at = at + (result.retry_after or timedelta())
        counted = replace(_given_back(delivery), due_at=due_at, attempt=result)
    if result.outcome == "busy":
        return counted
    return replace(counted, due_at=at if reach.circuit.is_open else counted.due_at, waits_for="circuit")


def _refused(counted: Settlement, result: Result) -> Settlement:
    refusals = counted.refusals + 1
    if has_ended(refusals):
        return replace(
            counted, state="dead", refusals=refusals, due_at=result.ended_at, reason=result.message
        )
    return replace(counted, refusals=refusals)


def _given_back(delivery: Delivery) -> Settlement:
    return Settlement(
        delivery=delivery,
        state="waiting" if delivery.attempts else "pending",
        attempts=delivery.attempts,
        refusals=delivery.refusals,
        due_at=delivery.due_at,
        first_failed_at=delivery.first_failed_at,
        waits_for=delivery.waits_for,
    )


def _turn(before: Circuit, now: Circuit) -> Turn | None:
    if before.is_open == now.is_open:
        return None
    return "opened" if now.is_open else "closed"
