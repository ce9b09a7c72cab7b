"""Which readings a key result stands on: one per query, or one per query and period of its rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from syncd.okr.definition import KeyResult
from syncd.okr.kinds import Rate
from syncd.okr.names import Input, QueryKey
from syncd.okr.period import Period, is_frozen, periods_of
from syncd.okr.reading import Reading


def is_periodic(key_result: KeyResult) -> bool:
    """Whether its queries are asked for each period; the loader lets all of them be so, or none."""
    return any(used.per_period for used in key_result.inputs)


def begun(key_result: KeyResult, *, now: datetime) -> list[Period]:
    """The periods of a rate that have begun."""
    if not isinstance(key_result.kind, Rate):
        return []
    periods = periods_of(key_result.cycle, key_result.kind.every)
    return [period for period in periods if period.starts_at <= now]


def key_of(used: Input, period: Period | None) -> QueryKey:
    if not used.per_period or period is None:
        return used.query
    return used.query._replace(period=period.label)


def newest(key_result: KeyResult, *, now: datetime) -> Period | None:
    """The last period that has begun, of a rate that asks per period."""
    if not is_periodic(key_result):
        return None
    return next(reversed(begun(key_result, now=now)), None)


def latest(
    key_result: KeyResult, readings: Mapping[QueryKey, Reading], *, now: datetime
) -> list[Reading | None]:
    """What was read of the inputs last, in their order: of a rate, for its newest period."""
    return readings_in(key_result, readings, newest(key_result, now=now), now=now)


def keys_to_ask(
    key_result: KeyResult, readings: Mapping[QueryKey, Reading], *, now: datetime
) -> Iterator[QueryKey]:
    """What a sync asks for the inputs: of a rate, every period that has begun and is not frozen."""
    if not is_periodic(key_result):
        yield from (used.query for used in key_result.inputs)
        return
    for period in begun(key_result, now=now):
        for used in key_result.inputs:
            key = key_of(used, period)
            if not is_frozen(period, readings.get(key), now=now):
                yield key


def readings_in(
    key_result: KeyResult,
    readings: Mapping[QueryKey, Reading],
    period: Period | None,
    *,
    now: datetime,
) -> list[Reading | None]:
    """What was read of the inputs for a period, in their order.

    What is frozen has no failure any more: nobody asks again, so nothing would take it away.
    """
    found = [readings.get(key_of(used, period)) for used in key_result.inputs]
    if period is None or now < period.ends_at or not is_periodic(key_result):
        return found
    return [
        replace(reading, bad=None) if reading and is_frozen(period, reading, now=now) else reading
        for reading in found
    ]


def watched(
    key_result: KeyResult, readings: Mapping[QueryKey, Reading], *, now: datetime
) -> Sequence[Reading | None]:
    """The readings that can grow old: those that are still asked."""
    return [readings.get(key) for key in keys_to_ask(key_result, readings, now=now)]
