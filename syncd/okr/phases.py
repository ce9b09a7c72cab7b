"""Phased targets: where pace expects a number to be on the way."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from syncd.okr.definition import Calendar, KeyResult, Phase
from syncd.okr.pace import expected_progress


def on_the_way(
    expected: float | None, key_result: KeyResult, *, start: float, target: float, calendar: Calendar
) -> float | None:
    """The share of the way that should be behind us, where `expected` is what the calendar says alone.

    The points are joined by straight lines, from the start at the cycle's first moment to the
    target at its last; a point lies at the end of its day, by the calendar's count. They may lead
    past the target or back: then the share is over 1 or under 0.
    """
    if expected is None or expected >= 1 or not key_result.phases:
        return expected
    points = [(0.0, start), *_points(key_result, calendar), (1.0, target)]
    # Two days may lie at one point of the calendar, a Saturday and a Sunday: the later one counts.
    at = bisect_right(points, expected, key=_moment)
    (left, low), (right, high) = points[at - 1], points[at]
    value = low + (high - low) * ((expected - left) / (right - left))
    return (value - start) / (target - start)


def to_details(phases: Iterable[Phase]) -> dict[str, Any]:  # Any: JSON
    found = [{"day": phase.day.isoformat(), "value": phase.value} for phase in phases]
    return {"phases": found} if found else {}


def _points(key_result: KeyResult, calendar: Calendar) -> Iterable[tuple[float, float]]:
    cycle = key_result.cycle
    for phase in key_result.phases:
        end_of_day = datetime.combine(phase.day + timedelta(days=1), time(), cycle.zone)
        yield expected_progress(cycle, now=end_of_day, calendar=calendar) or 0.0, phase.value


def _moment(point: tuple[float, float]) -> float:
    return point[0]
