"""Progress held against what the calendar expects by now."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from syncd.okr.definition import Calendar, Cycle, Keep
from syncd.okr.progress import distance, is_inside
from syncd.okr.state import Pace

SLACK = 1e-9
"""An edge belongs to its better side, also where a float misses it: 0.04 / 0.1 is under 0.4."""


def expected_progress(cycle: Cycle, *, now: datetime, calendar: Calendar) -> float | None:
    """The share of the way that should be behind us: 0.0 to 1.0; None before the cycle begins."""
    if now < cycle.starts_at:
        return None
    if now >= cycle.ends_at:
        return 1.0
    if calendar.count == "days":
        return (now - cycle.starts_at) / (cycle.ends_at - cycle.starts_at)
    today = now.astimezone(calendar.zone).date()
    all_of_it = _workdays(cycle.first_day, cycle.last_day + timedelta(days=1), calendar.holidays)
    # A cycle of nothing but holidays expects nothing until it is over.
    return _workdays(cycle.first_day, today, calendar.holidays) / all_of_it if all_of_it else 0.0


def reach_pace(progress: float, *, expected: float | None, calendar: Calendar) -> Pace | None:
    """Pace on the way to a target. `progress` unclamped; `expected` from `expected_progress`."""
    if expected is None:
        return None
    if expected < calendar.too_early or expected == 0:
        return "ahead" if progress >= 1 else "on_track"
    ratio = progress / expected + SLACK
    if ratio >= calendar.ahead:
        return "ahead"
    if ratio >= calendar.on_track:
        return "on_track"
    return "behind" if ratio >= calendar.behind else "off_track"


def keep_pace(band: Keep, *, current: float, expected: float | None) -> Pace | None:
    """Pace of a band: inside, within the tolerance, or beyond; only the cycle's begin matters."""
    if expected is None:
        return None
    if is_inside(band, current=current):
        return "on_track"
    tolerance = band.tolerance or 0.0
    within = tolerance > 0 and distance(band, current=current) <= tolerance * (1 + SLACK)
    return "behind" if within else "off_track"


def _workdays(first: date, end: date, holidays: frozenset[date]) -> int:
    """Mondays to Fridays from `first` to the day before `end`, holidays out."""
    days = (first + timedelta(days=n) for n in range((end - first).days))
    return sum(day.weekday() < 5 and day not in holidays for day in days)
