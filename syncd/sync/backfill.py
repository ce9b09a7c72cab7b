"""What is asked to fill in the past of key results, as far as their sources can tell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from syncd.okr.definition import AskedQuery, Calendar, KeyResult, Mappings, QueryKey, Subject
from syncd.okr.kinds import Rate
from syncd.okr.past import (
    EveryPast,
    PastInput,
    Untold,
    inputs_at,
    past_moments,
    untold_input,
    untold_kind,
)
from syncd.okr.period import is_frozen as is_frozen_period
from syncd.okr.period import periods_of
from syncd.okr.reading import Reading
from syncd.store.imports import Recorded
from syncd.sync.cycles import is_open
from syncd.sync.plan import Batch

MOST_QUERIES: Final = 200
"""In one batch, which has one deadline; the moments of a query are neighbours, for one walk answers many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMoment:
    """What must be known of one key result at one moment.

    Attributes:
        inputs: To ask.
        frozen: What is known already and never asked again.
    """

    at: datetime
    inputs: tuple[PastInput, ...]
    frozen: Mapping[QueryKey, Reading] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is to be filled in of one key result.

    Attributes:
        moments: Those that are not recorded yet and can be asked.
        known: How many were filled in before.
        untold: Why there are none.
    """

    key_result: KeyResult
    moments: tuple[PastMoment, ...] = ()
    known: int = 0
    untold: Untold | None = None


def plan_past(
    mappings: Mappings,
    wanted: Iterable[Subject],
    recorded: Mapping[Subject, Recorded],
    readings: Mapping[QueryKey, Reading],
    *,
    every: EveryPast,
    since: date | None,
    now: datetime,
) -> list[Past]:
    """What is to be asked of each; nothing from the first real value on, and nothing twice."""
    return [
        _past(
            mappings.key_results[subject],
            mappings,
            recorded.get(subject),
            readings,
            every=every,
            since=since,
            now=now,
        )
        for subject in wanted
    ]


def batches_of(pasts: Iterable[Past], *, now: datetime, calendar: Calendar) -> list[list[Batch]]:
    """Rounds of at most one batch per connection; equal questions are asked once."""
    by_query: dict[str, dict[QueryKey, dict[QueryKey, AskedQuery]]] = {}
    wanted: dict[QueryKey, int] = {}
    for past in pasts:
        for moment in past.moments:
            for _, asked in moment.inputs:
                key = asked.key
                by_query.setdefault(key.connection, {}).setdefault(key.whole, {})[key] = asked
                wanted[key] = wanted.get(key, 0) + 1
    rounds: list[list[Batch]] = []
    for connection, queries in sorted(by_query.items()):
        all_of_it = [one for moments in queries.values() for one in moments.values()]
        for n, chunk in enumerate(_chunks(all_of_it)):
            if n == len(rounds):
                rounds.append([])
            rounds[n].append(
                Batch(
                    connection=connection,
                    wanted=sum(wanted[one.key] for one in chunk),
                    asked=tuple(chunk),
                    now=now,
                    calendar=calendar,
                )
            )
    return rounds


def _past(
    key_result: KeyResult,
    mappings: Mappings,
    recorded: Recorded | None,
    readings: Mapping[QueryKey, Reading],
    *,
    every: EveryPast,
    since: date | None,
    now: datetime,
) -> Past:
    untold = _untold(key_result, mappings, recorded, now=now)
    if untold is not None or recorded is None:
        return Past(key_result=key_result, untold=untold)
    until = min(now, recorded.begins_at or now)
    moments, known = [], 0
    for at in past_moments(key_result.cycle, every=every, since=since, until=until):
        if at in recorded.imported:
            known += 1
        elif (inputs := inputs_at(key_result, mappings.queries, at=at)) is not None:
            moments.append(_moment(key_result, inputs, readings, at=at, now=now))
    return Past(key_result=key_result, moments=tuple(moments), known=known)


def _untold(
    key_result: KeyResult, mappings: Mappings, recorded: Recorded | None, *, now: datetime
) -> Untold | None:
    cycle = key_result.cycle
    if not is_open(cycle, now=now, closed=mappings.closed):
        return Untold("cycle_resting", f"{cycle.name} has not begun, or is closed")
    if recorded is None:
        return Untold("not_recorded", "nothing is recorded of it yet; `syncd sync` first")
    if untold := untold_kind(key_result):
        return untold
    found = (untold_input(mappings.queries[used.query]) for used in key_result.inputs)
    return next((untold for untold in found if untold), None)


def _moment(
    key_result: KeyResult,
    inputs: Iterator[PastInput],
    readings: Mapping[QueryKey, Reading],
    *,
    at: datetime,
    now: datetime,
) -> PastMoment:
    """A period that is frozen is what it was frozen as, and is not asked again."""
    kind, to_ask, frozen = key_result.kind, [], {}
    periods = (
        {it.label: it for it in periods_of(key_result.cycle, kind.every)} if isinstance(kind, Rate) else {}
    )
    for one in inputs:
        period, reading = periods.get(one.key.period), readings.get(one.key)
        is_over = period is not None and period.ends_at <= at
        if is_over and period and reading and is_frozen_period(period, reading, now=now):
            frozen[one.key] = reading
        else:
            to_ask.append(one)
    return PastMoment(at=at, inputs=tuple(to_ask), frozen=frozen)


def _chunks(asked: Sequence[AskedQuery]) -> Iterator[Sequence[AskedQuery]]:
    for n in range(0, len(asked), MOST_QUERIES):
        yield asked[n : n + MOST_QUERIES]
