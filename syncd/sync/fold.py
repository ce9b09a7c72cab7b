"""Answers -> readings: what is remembered of a query after it was asked once more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from syncd.errors import SyncdError
from syncd.okr.definition import QueryKey
from syncd.okr.exact import EVERY, NEAR
from syncd.okr.reading import BadRead, ErrorFact, GoodRead, Reading
from syncd.sdk.measurement import Measurement
from syncd.sync.measure import Answered, Answers


def fold(before: Mapping[QueryKey, Reading], answers: Iterable[Answers]) -> dict[QueryKey, Reading]:
    """The readings that changed."""
    return {
        key: read(before.get(key), answer, at=batch.asked_at)
        for batch in answers
        for key, answer in batch.answers.items()
    }


def read(before: Reading | None, answer: Answered, *, at: datetime) -> Reading:
    """One reading after one answer. A failure keeps the last good read beside it."""
    good = before.good if before else None
    if isinstance(answer, Measurement):
        if good is not None and is_settled(good, answer, at=at):
            return Reading(good=replace(good, read_at=at, observed_at=answer.observed_at))
        exact_at = good.exact_at if good else None
        return Reading(good=good_read(answer, at=at, exact_at=exact_at))
    bad = before.bad if before else None
    return Reading(
        good=good,
        bad=BadRead(
            error=to_fact(answer),
            since=bad.since if bad else at,
            read_at=at,
            in_a_row=bad.in_a_row + 1 if bad else 1,
        ),
    )


def is_settled(good: GoodRead, answer: Measurement, *, at: datetime) -> bool:
    """Whether an estimate only repeats, roughly, what an exact count said within the hour.

    The next confirmation is not due yet; until then a number would move to and fro on a guess.
    """
    return (
        answer.approximate
        and not good.approximate
        and good.exact_at is not None
        and at - good.exact_at < EVERY
        and abs(answer.value - good.value) <= NEAR * max(abs(answer.value), abs(good.value))
    )


def good_read(measurement: Measurement, *, at: datetime, exact_at: datetime | None) -> GoodRead:
    return GoodRead(
        value=measurement.value,
        unit=measurement.unit,
        read_at=at,
        observed_at=measurement.observed_at,
        evidence_url=measurement.evidence_url,
        sample_size=measurement.sample_size,
        approximate=measurement.approximate,
        exact_at=exact_at,
    )


def to_fact(error: SyncdError) -> ErrorFact:
    """The error as it is stored and shown; its hint goes along, since nobody keeps the exception."""
    message = str(error) if error.hint is None else f"{error}; {error.hint}"
    return ErrorFact(code=error.code, message=message, actor=error.actor)
