"""How the example organisation moves: worlds as functions of a step, with dates around now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

World = dict[str, Any]  # Any: JSON of each emulator's own design

STEPS = 20
"""After as many steps the numbers stand still, near their targets."""


def way(step: int, *, start: float, end: float) -> float:
    """From `start` at step 0 to `end` at the last, in a straight line."""
    return start + (end - start) * min(step, STEPS) / STEPS


def grown(step: int, *, start: float, end: float) -> int:
    return round(way(step, start=start, end=end))


def ago(now: datetime, *, days: float) -> str:
    """So long before now, and five minutes: what happened today has happened."""
    return (now - timedelta(days=days, minutes=5)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
