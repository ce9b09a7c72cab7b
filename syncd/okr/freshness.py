"""Can this number be believed today? The age of the last good read, not of the last change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from syncd.okr.definition import FreshnessRule
from syncd.okr.reading import Reading
from syncd.okr.state import Freshness

_WORSE: dict[Freshness, int] = {"fresh": 0, "late": 1, "stale": 2, "failing": 3}


def freshness(
    readings: Iterable[Reading | None], *, rule: FreshnessRule | None, now: datetime
) -> Freshness | None:
    """The worst of the inputs; None while none of them was ever read, and without inputs.

    Args:
        rule: None: a number never ages, it can only fail.
    """
    return worst(_of_one(reading, rule=rule, now=now) for reading in readings if reading is not None)


def worst(found: Iterable[Freshness | None]) -> Freshness | None:
    """The worst that is known."""
    return max((one for one in found if one is not None), key=_WORSE.__getitem__, default=None)


def _of_one(reading: Reading, *, rule: FreshnessRule | None, now: datetime) -> Freshness:
    good, bad = reading.good, reading.bad
    # One failure in a row is a hiccup, unless nothing ever worked.
    if good is None or (bad is not None and bad.in_a_row >= 2):
        return "failing"
    if rule is None:
        return "fresh"
    age = now - good.read_at
    if age >= rule.error_after:
        return "stale"
    return "late" if age >= rule.warn_after else "fresh"
