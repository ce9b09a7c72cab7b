"""Smooth: the mean of a key result's own day values over the last days takes the place of its value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Final

from syncd.errors import EvaluationError
from syncd.okr.definition import KeyResult, Smooth
from syncd.okr.judging.days import day_value
from syncd.okr.state import Details, KeyResultState
from syncd.okr.value import Value, error_fact
from syncd.okr.written import written

MAX_DAYS: Final = 92
"""A quarter; each day stands in the details, and so in every event."""

NAME: Final = "smooth"


def smooth(
    rule: Smooth, key_result: KeyResult, value: Value, before: KeyResultState | None
) -> tuple[Value, Details]:
    """The value with the mean in place of its number, and the days that it is made of.

    The days end with the last one that was read, so that a number which nobody reads stands still.
    Days before the cycle are none of its. With fewer than `min_points` of them there is no mean; one
    that was there before stays.
    """
    if before is not None and before.measure_digest != key_result.measure_digest:
        before = None  # the older days are of another number
    known = (before.details or {}).get(NAME) if before else None
    days: dict[str, float] = dict(known["days"]) if known else {}
    new = day_value(value, key_result.cycle)
    if new is not None and new.day >= key_result.cycle.first_day:
        days[new.day.isoformat()] = new.value
    days = _last_of(days, rule.days)
    details = {NAME: {"points": len(days), "min_points": rule.min_points, "days": days}}
    if len(days) >= rule.min_points:
        return value._replace(current=_mean(days.values())), details
    if value.current is None:
        return value, details
    last = before.current if before and known else None
    too_few = EvaluationError(
        f"values of {len(days)} days in {rule.days}; {rule.min_points} make a mean (min_points)",
        code="too_few_points",
    )
    return value._replace(current=last, error=value.error or error_fact(too_few), read_at=None), details


def _last_of(days: Mapping[str, float], count: int) -> dict[str, float]:
    """In order, as far back as `count` days from the last of them."""
    if not days:
        return {}
    first = date.fromisoformat(max(days)) - timedelta(days=count)
    return {day: days[day] for day in sorted(days) if date.fromisoformat(day) > first}


def _mean(values: Collection[float]) -> float:
    """Exact before it is rounded: neither the order nor the size of the values matters."""
    return float(sum(map(written, values)) / len(values))
