"""The circuit of an endpoint: when nobody answers there, one probe per step and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from syncd.delivery.delivery import Lease, Result
from syncd.delivery.schedule import has_ended, next_at

OPENS_AFTER = 5
"""Attempts in a row, over any subjects, that nobody answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """Open: something stands between us and the endpoint.

    Attributes:
        failures: Attempts in a row that nobody answered.
        step: Of the schedule; 0 while it is closed.
        probe_at: When the next probe may go.
        probe: The token of the lease that a probe is out under.
    """

    failures: int = 0
    step: int = 0
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    probe: str | None = None

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None

    @property
    def has_ended(self) -> bool:
        """Whether the whole schedule of probes failed."""
        return has_ended(self.step)


CLOSED = Circuit()


def places(circuit: Circuit, *, limit: int, now: datetime) -> int:
    """How many deliveries may be claimed now."""
    if circuit.probe_at is None:
        return limit
    return 1 if circuit.probe_at <= now else 0


def claimed(circuit: Circuit, lease: Lease) -> Circuit:
    """With a probe out: until its lease ends there is no other."""
    return replace(circuit, probe=lease.token, probe_at=lease.until) if circuit.is_open else circuit


def after(circuit: Circuit, result: Result, *, is_probe: bool, chance: float) -> Circuit:
    """What an attempt says about the way to the endpoint.

    Who takes or refuses something is there. Who is too busy is there too, but an open circuit waits
    for more than that. What was on its way when the circuit opened says nothing new.
    """
    match result.outcome:
        case "delivered" | "refused" | "gone":
            return CLOSED
        case "quarantined":
            return replace(circuit, probe=None, probe_at=result.ended_at) if is_probe else circuit
        case "busy" if not circuit.is_open:
            return CLOSED
        case _ if circuit.is_open:
            return _next_step(circuit, result, chance=chance) if is_probe else circuit
    failures = circuit.failures + 1
    if failures < OPENS_AFTER:
        return replace(circuit, failures=failures)
    opened = replace(circuit, failures=failures, opened_at=result.ended_at)
    return _next_step(opened, result, chance=chance)


def given_back(circuit: Circuit, *, at: datetime) -> Circuit:
    """A probe that was not sent: another one may go."""
    return replace(circuit, probe=None, probe_at=at)


def _next_step(circuit: Circuit, result: Result, *, chance: float) -> Circuit:
    step = circuit.step + 1
    probe_at = next_at(step, after=result.ended_at, floor=result.retry_after, chance=chance)
    return replace(circuit, step=step, probe_at=probe_at, probe=None)
