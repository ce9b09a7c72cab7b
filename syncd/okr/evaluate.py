"""Definitions + readings + states before -> states after. Pure, and in batches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from graphlib import TopologicalSorter
from typing import NamedTuple, TypeVar

from syncd.okr.definition import Calendar, Cycle, KeyResult, Mappings, Objective
from syncd.okr.exact import needs_exact
from syncd.okr.freshness import freshness
from syncd.okr.judging import judge
from syncd.okr.judging.facts import Facts, Judged, Known
from syncd.okr.kinds import Composite, Keep, Rate
from syncd.okr.names import QueryKey, Subject
from syncd.okr.pace import expected_progress
from syncd.okr.periodic import latest, watched
from syncd.okr.reading import Reading
from syncd.okr.rollup import Part, roll_up
from syncd.okr.smoothing import smooth
from syncd.okr.state import Details, Freshness, KeyResultState, ObjectiveState, State, States
from syncd.okr.value import LATEST, Value, value_of

__all__ = ["evaluate", "needs_exact", "scope_of"]

DefinitionT = TypeVar("DefinitionT", KeyResult, Objective)


def evaluate(
    mappings: Mappings,
    readings: Mapping[QueryKey, Reading],
    before: States,
    *,
    now: datetime,
    calendar: Calendar,
    subjects: Collection[Subject] | None = None,
) -> States:
    """Every key result once, then every objective over them.

    Args:
        before: The last states; of a part of the subjects, those of `scope_of` are needed.
        subjects: Key results to evaluate, with their objectives, or objectives alone; None: all.

    Returns:
        States of what was evaluated and of nothing else, key results first. What only `before`
        knows is not among them.
    """
    moments = _Moments(now, calendar)
    after: States = {}

    def known(subject: Subject) -> State | None:
        return after.get(subject) or before.get(subject)

    for key_result in in_order(_chosen(mappings.key_results, subjects)):
        after[key_result.subject] = _key_result_state(
            key_result, readings, before, known=known, moments=moments
        )
    touched = subjects and {*subjects, *(mappings.key_results[subject].objective for subject in after)}
    for objective in _chosen(mappings.objectives, touched):
        after[objective.subject] = _objective_state(
            objective, mappings.key_results, before, after, moments=moments
        )
    return after


def scope_of(mappings: Mappings, subjects: Iterable[Subject]) -> set[Subject]:
    """All whose states before are needed to evaluate `subjects`: their objectives and siblings too."""
    scope = set(subjects)
    scope |= {mappings.key_results[subject].objective for subject in scope if subject in mappings.key_results}
    for subject in list(scope):
        if subject in mappings.objectives:
            scope |= set(mappings.objectives[subject].key_results)
    return scope


def in_order(key_results: Iterable[KeyResult]) -> list[KeyResult]:
    """As they come, composites after their parts; the loader has refused circles."""
    plain: list[KeyResult] = []
    mixed: dict[Subject, KeyResult] = {}
    for key_result in key_results:
        if isinstance(key_result.kind, Composite):
            mixed[key_result.subject] = key_result
        else:
            plain.append(key_result)
    if not mixed:
        return plain
    parts = {
        subject: {part for part, _ in key_result.kind.parts if part in mixed}
        for subject, key_result in mixed.items()
        if isinstance(key_result.kind, Composite)
    }
    return plain + [mixed[subject] for subject in TopologicalSorter(parts).static_order()]


def _chosen(
    definitions: Mapping[Subject, DefinitionT], subjects: Collection[Subject] | None
) -> Iterable[DefinitionT]:
    if subjects is None:
        return definitions.values()
    return [definitions[subject] for subject in sorted(set(subjects)) if subject in definitions]


class _Moment(NamedTuple):
    """What now means for a cycle."""

    expected: float | None
    bands_count: bool


class _Moments:
    """The moment of each cycle, found once per evaluation."""

    def __init__(self, now: datetime, calendar: Calendar) -> None:
        self.now, self.calendar = now, calendar
        self._known: dict[str, _Moment] = {}

    def of(self, cycle: Cycle) -> _Moment:
        moment = self._known.get(cycle.name)
        if moment is None:
            second_day = datetime.combine(cycle.first_day + timedelta(days=1), time(), cycle.zone)
            moment = self._known[cycle.name] = _Moment(
                expected=expected_progress(cycle, now=self.now, calendar=self.calendar),
                # A band that has not been kept for a full day says nothing about the cycle yet.
                bands_count=self.now >= second_day.astimezone(UTC),
            )
        return moment


def _key_result_state(
    key_result: KeyResult,
    readings: Mapping[QueryKey, Reading],
    before: States,
    *,
    known: Known,
    moments: _Moments,
) -> KeyResultState:
    last = before.get(key_result.subject)
    last = last if isinstance(last, KeyResultState) else None
    mine = latest(key_result, readings, now=moments.now)
    read = value_of(key_result, mine, last)
    value, smoothed = smooth(key_result.smooth, key_result, read, last) if key_result.smooth else (read, {})
    judged = judge(
        Facts(
            key_result=key_result,
            value=value,
            before=last,
            now=moments.now,
            expected=moments.of(key_result.cycle).expected,
            calendar=moments.calendar,
            readings=readings,
            known=known,
        )
    )
    current = _current(key_result, value, judged)
    return KeyResultState(
        subject=key_result.subject,
        title=key_result.title,
        tier=key_result.tier,
        team=key_result.team,
        owner=key_result.owner,
        unit=key_result.unit,
        kind=key_result.kind.name,
        start=judged.start,
        target=judged.target,
        current=current,
        progress=judged.progress,
        progress_unclamped=judged.unclamped,
        pace=judged.pace,
        freshness=_freshness(key_result, readings, mine, now=moments.now),
        error=value.error or judged.error,
        sequence=last.sequence if last else 0,
        as_of=value.as_of,
        last_good_at=value.last_good_at,
        origin=value.origin,
        measure_digest=key_result.measure_digest,
        evidence=value.evidence,
        details={**_latest(read, current), **smoothed, **(judged.details or {})} or None,
        path=key_result.place.path,
        line=key_result.place.line,
        digest=key_result.digest,
    )


def _current(key_result: KeyResult, value: Value, judged: Judged) -> float | None:
    # A rate's value is a period's amount, never the number that was read before there is one.
    if judged.current is not None or isinstance(key_result.kind, Rate):
        return judged.current
    return value.current


def _latest(read: Value, current: float | None) -> Details:
    """The value that was read, where another one is shown: the next evaluation goes on from it."""
    return {} if read.current is None or read.current == current else {LATEST: read.current}


def _freshness(
    key_result: KeyResult,
    readings: Mapping[QueryKey, Reading],
    mine: Sequence[Reading | None],
    *,
    now: datetime,
) -> Freshness | None:
    """The worst of what is still asked; what nobody asks any more does not grow old."""
    if asked := watched(key_result, readings, now=now):
        return freshness(asked, rule=key_result.freshness, now=now)
    return freshness(mine, rule=None, now=now)


def _objective_state(
    objective: Objective,
    key_results: Mapping[Subject, KeyResult],
    before: States,
    after: States,
    *,
    moments: _Moments,
) -> ObjectiveState:
    bands_count = moments.of(objective.cycle).bands_count
    parts = []
    for subject in objective.key_results:
        key_result = key_results[subject]
        state = after.get(subject) or before.get(subject)
        counts = state is not None and (bands_count or not isinstance(key_result.kind, Keep))
        parts.append(Part(state.progress if state and counts else None, key_result.weight))
    rolled_up = roll_up(parts)
    last = before.get(objective.subject)
    return ObjectiveState(
        subject=objective.subject,
        title=objective.title,
        tier=objective.tier,
        team=objective.team,
        owner=objective.owner,
        supports=tuple(
            [it.id if it.cycle == objective.subject.cycle else str(it) for it in objective.supports]
        ),
        progress=rolled_up.progress,
        known=rolled_up.known,
        of=rolled_up.of,
        sequence=last.sequence if last else 0,
        path=objective.place.path,
        line=objective.place.line,
        digest=objective.digest,
    )
