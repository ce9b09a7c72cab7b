"""When to try again: ten attempts over about 76 hours."""

from __future__ import annotations

from datetime import datetime, timedelta

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
"""Between attempts."""

ATTEMPTS = len(WAITS) + 1
JITTER = 0.2

LONGEST_RETRY_AFTER = timedelta(hours=24)


def next_at(steps: int, *, after: datetime, floor: timedelta | None = None, chance: float) -> datetime:
    """When to try again after so many failures, 1 or more; past the schedule its last wait repeats.

    Args:
        floor: What the endpoint asked for: never sooner, and never more than 24 hours.
        chance: 0 to 1: up to a fifth more, so that what failed together does not return together.
    """
    wait = WAITS[min(steps, len(WAITS)) - 1] * (1 + JITTER * chance)
    return after + max(wait, min(floor or timedelta(), LONGEST_RETRY_AFTER))


def has_ended(steps: int) -> bool:
    """Whether so many attempts were the whole schedule."""
    return steps >= ATTEMPTS
