"""Readings of one key result -> its current value, or why there is none.

A value is never guessed: while an input fails, or the formula does, the last value stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from syncd.errors import EvaluationError
from syncd.okr.definition import Input, KeyResult
from syncd.okr.formula import SECONDS_IN
from syncd.okr.reading import ErrorFact, GoodRead, Reading
from syncd.okr.state import Evidence, KeyResultState, Origin

LATEST = "latest"
"""The detail that holds the value as read, where `current` is another number."""

NO_CHANGE = 0.005
"""An approximate value that differs by less than this share from the last one says nothing new."""


class Value(NamedTuple):
    """What `KeyResultState` holds of the same names.

    Attributes:
        read_at: When the newest of its inputs was read, by hand when it was set; None: the value
            was kept and not made anew, so that nothing may be concluded from it a second time.
    """

    current: float | None = None
    error: ErrorFact | None = None
    as_of: datetime | None = None
    last_good_at: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    origin: Origin = "sync"
    read_at: datetime | None = None


def value_of(
    key_result: KeyResult, readings: Sequence[Reading | None], before: KeyResultState | None
) -> Value:
    """The value now.

    Args:
        readings: One per input, in their order; None: never asked.
        before: The last state; its value counts only if the same measure made it, or a person.
    """
    before = _as_read(before)
    if not key_result.inputs and key_result.formula is None:
        by_hand = _last(before, error=None)
        return by_hand._replace(read_at=by_hand.as_of)
    if before is not None and before.measure_digest != key_result.measure_digest:
        before = None  # the older value is another number
    goods: list[GoodRead] = []
    error: ErrorFact | None = None
    for reading in readings:
        if reading is None:
            continue
        if reading.good is not None:
            goods.append(reading.good)
        if reading.bad is not None and error is None:
            error = reading.bad.error
    if len(goods) < len(readings) or (
        error is not None and before is not None and before.current is not None
    ):
        return _last(before, error=error)
    return _computed(key_result, goods, before, error=error)


def error_fact(error: EvaluationError) -> ErrorFact:
    return ErrorFact(code=error.code, message=str(error), actor=error.actor)


def in_unit(good: GoodRead, unit: str) -> float:
    """A lone duration converts by itself; in a larger formula the mapping says `days(x)`."""
    if good.unit == "seconds" and unit in SECONDS_IN:
        return good.value / SECONDS_IN[unit]
    return good.value


def check_floors(asked: Input, good: GoodRead) -> None:
    """Raises EvaluationError where `good` is too small, or of too few, to say anything."""
    name = asked.name or "the measurement"
    if asked.min_sample is not None:
        if good.sample_size is None:
            raise EvaluationError(
                f"{name} has a min_sample, and its source says no sample's size",
                code="no_sample",
                hint="take `min_sample` away; the floor of a count is its `min_value`",
            )
        if good.sample_size < asked.min_sample:
            raise EvaluationError(
                f"{name} comes from a sample of {good.sample_size}, under its min_sample {asked.min_sample}",
                code="below_min_sample",
            )
    if asked.min_value is not None and good.value < asked.min_value:
        raise EvaluationError(
            f"{name} is {good.value:.15g}, under its min_value {asked.min_value:.15g}",
            code="below_min_value",
        )


def _as_read(before: KeyResultState | None) -> KeyResultState | None:
    """The state with the value that was read, where it shows another: a mean, a sum, the worst."""
    if before is None or before.details is None or LATEST not in before.details:
        return before
    return replace(before, current=before.details[LATEST])


def _last(before: KeyResultState | None, *, error: ErrorFact | None) -> Value:
    if before is None:
        return Value(error=error)
    return Value(
        current=before.current,
        error=error,
        as_of=before.as_of,
        last_good_at=before.last_good_at,
        evidence=before.evidence,
        origin=before.origin,
    )


def _computed(
    key_result: KeyResult,
    goods: Sequence[GoodRead],
    before: KeyResultState | None,
    *,
    error: ErrorFact | None,
) -> Value:
    last_good_at = min([good.read_at for good in goods], default=None)
    try:
        result = _result(key_result, goods)
    except EvaluationError as failed:
        last = before or _NOTHING
        return Value(
            current=last.current,
            error=error or error_fact(failed),
            as_of=last.as_of,
            last_good_at=last_good_at,
            evidence=last.evidence,
        )
    # The evidence stays with the value that it explains.
    stays = (
        before is not None
        and _is_of_its_cycle(before, key_result, goods)
        and _says_nothing_new(result, before.current, goods)
    )
    return Value(
        current=before.current if before and stays else result,
        error=error,
        as_of=min([good.observed_at or good.read_at for good in goods], default=None),
        last_good_at=last_good_at,
        evidence=before.evidence if before and stays else _evidence(key_result, goods),
        read_at=None if error else max([good.read_at for good in goods], default=None),
    )


_NOTHING = Value()


def _result(key_result: KeyResult, goods: Sequence[GoodRead]) -> float:
    inputs, formula = key_result.inputs, key_result.formula
    for asked, good in zip(inputs, goods, strict=True):
        check_floors(asked, good)
    if formula is None:
        return in_unit(goods[0], key_result.unit)
    by_name = {asked.name: good for asked, good in zip(inputs, goods, strict=True)}
    if formula.bare in by_name:
        return in_unit(by_name[formula.bare], key_result.unit)
    return formula.evaluate({name: good.value for name, good in by_name.items()})


def _says_nothing_new(result: float, last: float | None, goods: Sequence[GoodRead]) -> bool:
    return (
        last is not None
        and abs(result - last) < NO_CHANGE * abs(last)
        and any(good.approximate for good in goods)
    )


def _is_of_its_cycle(before: KeyResultState, key_result: KeyResult, goods: Sequence[GoodRead]) -> bool:
    """Whether the last value may stand for these: one of before the cycle is no value to begin with."""
    begins_at = key_result.cycle.starts_at
    was_read_at = before.last_good_at
    return was_read_at is None or was_read_at >= begins_at or any(it.read_at < begins_at for it in goods)


def _evidence(key_result: KeyResult, goods: Sequence[GoodRead]) -> tuple[Evidence, ...]:
    return tuple(
        [
            Evidence(
                measurement=asked.name,
                value=good.value,
                unit=good.unit,
                connection=asked.query.connection,
                url=good.evidence_url,
                approximate=good.approximate,
            )
            for asked, good in zip(key_result.inputs, goods, strict=True)
        ]
    )
