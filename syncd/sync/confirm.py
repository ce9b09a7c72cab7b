"""Exact counts for approximate ones that decide something: near the target, near a pace border."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from syncd.okr.definition import AskedQuery, Calendar, QueryKey
from syncd.okr.reading import GoodRead, Reading
from syncd.sdk.ask import Ask
from syncd.sdk.measurement import Measurement
from syncd.sync.measure import Answers
from syncd.sync.plan import Batch, asked_as

BUDGET = 5
"""Confirmations of one connection in one sync; each may walk many pages."""


def confirmations(
    wanted: Collection[QueryKey],
    queries: Mapping[QueryKey, AskedQuery],
    readings: Mapping[QueryKey, Reading],
    *,
    now: datetime,
    calendar: Calendar,
) -> list[Batch]:
    """The batches that ask `wanted` exactly, within the budget; the longest unconfirmed first."""
    chosen: dict[str, list[AskedQuery]] = {}
    for key in sorted(wanted, key=lambda key: (_exact_at(readings.get(key)), key)):
        exact = exactly(asked_as(key, queries))
        batch = chosen.setdefault(key.connection, [])
        if exact is not None and len(batch) < BUDGET:
            batch.append(exact)
    return [
        Batch(connection=name, wanted=len(asked), asked=tuple(asked), now=now, calendar=calendar)
        for name, asked in sorted(chosen.items())
        if asked
    ]


def exactly(asked: AskedQuery) -> AskedQuery | None:
    """The same query with `exact: true`; None where its kind knows no such thing."""
    ask = asked.ask
    if not isinstance(ask, Ask) or "exact" not in type(ask).model_fields:
        return None
    return replace(asked, ask=ask.model_copy(update={"exact": True}))


def confirmed(
    readings: Mapping[QueryKey, Reading], answers: Collection[Answers], *, now: datetime
) -> dict[QueryKey, Reading]:
    """`readings` with exact answers in place of approximate ones.

    A confirmation that fails changes nothing but its time: the approximate value stands, marked,
    and is not tried again for an hour.
    """
    changed: dict[QueryKey, Reading] = {}
    for batch in answers:
        for key, answer in batch.answers.items():
            good = readings[key].good
            if good is None:
                continue
            exact = _exact(good, answer) if isinstance(answer, Measurement) else good
            changed[key] = replace(readings[key], good=replace(exact, exact_at=now))
    return changed


def _exact(good: GoodRead, answer: Measurement) -> GoodRead:
    return replace(
        good,
        value=answer.value,
        approximate=answer.approximate,
        observed_at=answer.observed_at,
        evidence_url=answer.evidence_url or good.evidence_url,
        sample_size=answer.sample_size,
    )


def _exact_at(reading: Reading | None) -> datetime:
    if reading is None or reading.good is None or reading.good.exact_at is None:
        return _NEVER
    return reading.good.exact_at


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
