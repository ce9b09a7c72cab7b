"""A key result's number day by day, as its history tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from syncd.okr.state import Origin


class DayEnd(NamedTuple):
    """A day, and the moment after its last in UTC."""

    day: date
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """The newest check-in before the end of `day`; `at` may be long before it."""

    day: date
    at: datetime
    current: float | None
    progress: float | None
    origin: Origin


Trail = Sequence[Footprint]
"""In the order of the days; days before the first check-in have none."""


def last_days(count: int, *, now: datetime, zone: ZoneInfo) -> list[DayEnd]:
    """The last `count` days of the zone, today's the last of them."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in reversed(range(count))]
    return [
        DayEnd(day, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)) for day in days
    ]


def known_days(
    trail: Trail, *, by_hand: bool, read_until: datetime | None, zone: ZoneInfo
) -> list[Footprint]:
    """The days of which the number is known.

    What a sync recorded stands until something else is recorded, as long as the sources could be
    read. What a person said, or an import found, is known of its own day alone: nobody looked in
    between. What people say of a number that is measured is no point of its trail.

    Args:
        by_hand: The number comes from people alone.
        read_until: When all inputs were last read well.
    """
    last_read = read_until.astimezone(zone).date() if read_until else date.min
    return [
        step
        for step in trail
        if (by_hand or step.origin != "person")
        and (step.at.astimezone(zone).date() == step.day or (step.origin == "sync" and step.day <= last_read))
    ]
