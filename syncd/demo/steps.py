"""How the example organisation moves: worlds as functions of a step."""

from __future__ import annotations

from typing import Any

World = dict[str, Any]  # Any: JSON of each emulator's own design

STEPS = 20
"""After as many steps the numbers stand still, near their targets."""


def way(step: int, *, start: float, end: float) -> float:
    """From `start` at step 0 to `end` at the last, in a straight line."""
    return start + (end - start) * min(step, STEPS) / STEPS


def grown(step: int, *, start: float, end: float) -> int:
    return round(way(step, start=start, end=end))
