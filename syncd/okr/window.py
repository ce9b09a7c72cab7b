"""`window:` as written -> instants of this moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.okr.definition import Cycle, WindowSpec
from syncd.sdk.measurement import Instants


def resolve(spec: WindowSpec, *, cycle: Cycle | None, now: datetime, zone: ZoneInfo) -> Instants:
    """The stretch of time that a query counts, half-open.

    A number of days runs back from now and, once the cycle is over, from the cycle's end, so that
    a finished cycle's numbers come to rest. Two days are both inside, as days of `zone`.

    Args:
        cycle: Whose borders bound the window; only two days can do without one.

    Raises:
        ValueError: The whole cycle is asked for, and there is none; or a period, and nobody said which.
    """
    if spec.instants is not None:
        return spec.instants
    if spec.is_period:
        raise ValueError("a window over the period needs a period")
    if spec.days is not None:
        end = now if cycle is None else min(now, cycle.ends_at)
        return Instants(start=end - timedelta(days=spec.days), end=end)
    if spec.first_day is not None and spec.last_day is not None:
        return Instants(
            start=_midnight(spec.first_day, zone), end=_midnight(spec.last_day + timedelta(days=1), zone)
        )
    if cycle is None:
        raise ValueError("a window over the cycle needs a cycle")
    return Instants(start=cycle.starts_at, end=cycle.ends_at)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
