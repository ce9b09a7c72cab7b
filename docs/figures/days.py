"""Days, windows, and the periods and the share of the cycle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from world import NOW

ZONE = ZoneInfo("Europe/Berlin")
FIRST, LAST = date(2026, 10, 1), date(2026, 12, 30)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def seconds(span: timedelta) -> Fraction:
    return Fraction(span // timedelta(microseconds=1), 1_000_000)


def lately(days: int) -> Callable[[str | None], bool]:
    """Whether something happened in so many times 24 hours back from now."""
    return lambda text: text is not None and NOW - timedelta(days=days) <= at(text) < NOW


def between(first: date, last: date) -> Callable[[str | None], bool]:
    """Whether something happened on one of these days."""
    begin, end = midnight(first), midnight(last + timedelta(days=1))
    return lambda text: text is not None and begin <= at(text) < end


in_cycle = between(FIRST, LAST)


def share_of_cycle(until: datetime) -> Fraction:
    begin, end = midnight(FIRST), midnight(LAST + timedelta(days=1))
    # Through UTC: a difference of two times of one zone would leave the change of the clocks out.
    return seconds(until.astimezone(UTC) - begin.astimezone(UTC)) / seconds(
        end.astimezone(UTC) - begin.astimezone(UTC)
    )


EXPECTED = share_of_cycle(NOW)


def periods(every: str) -> list[tuple[date, date, Fraction]]:
    """First day, last day, and how much of the whole period lies in the cycle; by days."""
    found: list[tuple[date, date, Fraction]] = []
    day = FIRST
    while day <= LAST:
        if every == "day":
            first = last = day
        elif every == "week":
            first = day - timedelta(days=day.weekday())
            last = first + timedelta(days=6)
        else:
            first = day.replace(day=1)
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        cut = min(last, LAST)
        found.append((day, cut, Fraction((cut - day).days + 1, (last - first).days + 1)))
        day = cut + timedelta(days=1)
    return found


def happened(texts: Sequence[str | None]) -> Callable[[date, date], Fraction]:
    """How many of these moments lie in a period."""
    return lambda first, last: Fraction(sum(map(between(first, last), texts)))
