"""What becomes of a delivery after an attempt. Pure: the rows are the store's."""

from __future__ import annotations

from datetime import datetime, timedelta

from syncd.store.delivery import Attempt, Delivery, Settlement
from syncd.webhooks.attempt import Result

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Between attempts: with the first, ten of them over about 76 hours."""

ATTEMPTS = len(WAITS) + 1
JITTER = 0.2

GONE = "gone"
UNREACHABLE = "unreachable"
QUARANTINED = "quarantined"


def settlement(delivery: Delivery, result: Result, *, chance: float) -> Settlement:
    """The delivery's next row.

    It dies of its own refusals alone, at the end of its schedule. When the endpoint was out of
    reach instead, and took nothing else meanwhile, the endpoint is disabled and nothing is lost.

    Args:
        chance: 0 to 1, for the jitter.
    """
    attempts = delivery.attempts + 1
    made = _made(delivery, result)
    first_failed_at = delivery.first_failed_at or result.ended_at
    if result.outcome == "delivered":
        return Settlement(
            delivery=delivery,
            state="delivered",
            attempts=attempts,
            due_at=result.ended_at,
            first_failed_at=delivery.first_failed_at,
            attempt=made,
        )
    if result.outcome == "gone":
        return _kept(delivery, made, due_at=result.ended_at, disables=GONE)
    if (
        due_at := next_at(attempts, after=result.ended_at, floor=result.retry_after, chance=chance)
    ) is not None:
        return Settlement(
            delivery=delivery,
            state="waiting",
            attempts=attempts,
            due_at=due_at,
            first_failed_at=first_failed_at,
            attempt=made,
        )
    if result.outcome == "retry" and not _took_others(delivery, since=first_failed_at):
        return _kept(delivery, made, due_at=result.ended_at, disables=UNREACHABLE)
    return Settlement(
        delivery=delivery,
        state="dead",
        attempts=attempts,
        due_at=result.ended_at,
        first_failed_at=first_failed_at,
        reason=result.message,
        attempt=made,
    )


def next_at(
    attempts: int, *, after: datetime, floor: timedelta | None = None, chance: float
) -> datetime | None:
    """When to try again after so many attempts; None: the schedule has ended.

    Args:
        floor: What the endpoint asked for: never sooner.
        chance: 0 to 1: up to a fifth more, so that what failed together does not return together.
    """
    if attempts >= ATTEMPTS:
        return None
    return after + max(WAITS[attempts - 1] * (1 + JITTER * chance), floor or timedelta())


def quarantined(delivery: Delivery, *, at: datetime, traceback: str) -> Settlement:
    """A delivery that our own code fails on is set aside, so that the others go on."""
    return Settlement(
        delivery=delivery,
        state="dead",
        attempts=delivery.attempts + 1,
        due_at=at,
        first_failed_at=delivery.first_failed_at or at,
        reason=QUARANTINED,
        attempt=Attempt(
            number=delivery.attempts + 1,
            at=at,
            seconds=0.0,
            outcome=QUARANTINED,
            code=QUARANTINED,
            message=traceback,
        ),
    )


def released(delivery: Delivery) -> Settlement:
    """A claimed delivery that was not attempted goes back as it was."""
    return Settlement(
        delivery=delivery,
        state="waiting" if delivery.attempts else "pending",
        attempts=delivery.attempts,
        due_at=delivery.due_at,
        first_failed_at=delivery.first_failed_at,
    )


def _kept(delivery: Delivery, made: Attempt, *, due_at: datetime, disables: str) -> Settlement:
    # Once somebody enables the endpoint, it is due at once and has its whole schedule again.
    return Settlement(
        delivery=delivery,
        state="pending",
        attempts=0,
        due_at=due_at,
        attempt=made,
        disables=disables,
    )


def _took_others(delivery: Delivery, *, since: datetime) -> bool:
    return delivery.endpoint_delivered_at is not None and delivery.endpoint_delivered_at >= since


def _made(delivery: Delivery, result: Result) -> Attempt:
    return Attempt(
        number=delivery.attempts + 1,
        at=result.started_at,
        seconds=(result.ended_at - result.started_at).total_seconds(),
        outcome=result.outcome,
        status=result.status,
        code=result.code,
        message=result.message,
    )
