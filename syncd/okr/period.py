"""The periods of a cycle that a rate counts in: days, ISO weeks or months of the installation's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from syncd.okr.definition import Cycle
from syncd.okr.reading import Reading
from syncd.okr.written import written

Every = Literal["day", "week", "month"]

SETTLING = timedelta(days=7)
"""A closed period is read again for so many whole days, since work is dated late; then it is frozen."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A day, week or month as far as it lies in the cycle; half-open instants in UTC.

    Attributes:
        first_day, last_day: Both inside.
        settled_at: The midnight from which on it is not read again.
        share: How much of the whole day, week or month this is, by days; 1 when nothing is cut.
    """

    first_day: date
    last_day: date
    starts_at: datetime
    ends_at: datetime
    settled_at: datetime
    share: Fraction

    def need(self, whole: float) -> Fraction:
        """What it needs, pro rata, where a whole day, week or month needs `whole`."""
        return written(whole) * self.share

    @property
    def label(self) -> str:
        """Names the stretch, whatever it is a period of: `2026-10-05/2026-10-11`."""
        if self.first_day == self.last_day:
            return self.first_day.isoformat()
        return f"{self.first_day.isoformat()}/{self.last_day.isoformat()}"


@lru_cache(maxsize=512)
def periods_of(cycle: Cycle, every: Every) -> tuple[Period, ...]:
    """Every period of the cycle in order: they tile it, the first and the last cut by its edges."""
    periods = []
    day = cycle.first_day
    while day <= cycle.last_day:
        whole_first, whole_last = _around(day, every)
        last = min(whole_last, cycle.last_day)
        days, of_days = (last - day).days + 1, (whole_last - whole_first).days + 1
        periods.append(
            Period(
                first_day=day,
                last_day=last,
                starts_at=_midnight(day, cycle),
                ends_at=_midnight(last + _DAY, cycle),
                settled_at=_midnight(last + _DAY + SETTLING, cycle),
                share=Fraction(days, of_days),
            )
        )
        day = last + _DAY
    return tuple(periods)


def days_of(label: str) -> tuple[date, date]:
    """The first and the last day that a period's label names."""
    first, _, last = label.partition("/")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def is_frozen(period: Period, reading: Reading | None, *, now: datetime) -> bool:
    """Whether what was read of a period is final: read well after its end, which is a week ago."""
    if reading is None or reading.good is None:
        return False
    return reading.good.read_at >= period.ends_at and now >= period.settled_at


def _around(day: date, every: Every) -> tuple[date, date]:
    """The whole day, week or month that `day` is in."""
    if every == "day":
        return day, day
    if every == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - _DAY


def _midnight(day: date, cycle: Cycle) -> datetime:
    return datetime.combine(day, time(), cycle.zone).astimezone(UTC)
