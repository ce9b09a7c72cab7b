"""Definitions + readings + states before -> states after. Pure, and in batches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, TypeVar

from syncd.errors import EvaluationError
from syncd.okr.definition import (
    Calendar,
    Cycle,
    Keep,
    KeyResult,
    Kind,
    Mappings,
    Objective,
    QueryKey,
    Reach,
    Subject,
)
from syncd.okr.exact import needs_exact
from syncd.okr.freshness import freshness
from syncd.okr.pace import expected_progress, keep_pace, reach_pace
from syncd.okr.progress import band_progress, clamp, progress
from syncd.okr.reading import ErrorFact, Reading
from syncd.okr.rollup import Part, roll_up
from syncd.okr.state import KeyResultState, ObjectiveState, Pace, States
from syncd.okr.value import error_fact, value_of

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
    for key_result in _chosen(mappings.key_results, subjects):
        last = before.get(key_result.subject)
        after[key_result.subject] = _key_result_state(
            key_result,
            [readings.get(asked.query) for asked in key_result.inputs],
            last if isinstance(last, KeyResultState) else None,
            moments=moments,
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


class _Judged(NamedTuple):
    """What a kind makes of a value."""

    progress: float | None = None
    unclamped: float | None = None
    pace: Pace | None = None
    error: ErrorFact | None = None


_NOT_JUDGED = _Judged()


def _key_result_state(
    key_result: KeyResult,
    readings: list[Reading | None],
    before: KeyResultState | None,
    *,
    moments: _Moments,
) -> KeyResultState:
    kind = key_result.kind
    value = value_of(key_result, readings, before)
    judged = _NOT_JUDGED
    if value.current is not None:
        expected = moments.of(key_result.cycle).expected
        judged = _judge(kind, value.current, expected=expected, calendar=moments.calendar)
    return KeyResultState(
        subject=key_result.subject,
        title=key_result.title,
        tier=key_result.tier,
        team=key_result.team,
        owner=key_result.owner,
        unit=key_result.unit,
        kind=kind.name,
        start=kind.start if isinstance(kind, Reach) else None,
        target=kind.target if isinstance(kind, Reach) else None,
        current=value.current,
        progress=judged.progress,
        progress_unclamped=judged.unclamped,
        pace=judged.pace,
        freshness=freshness(readings, rule=key_result.freshness, now=moments.now),
        error=value.error or judged.error,
        sequence=before.sequence if before else 0,
        as_of=value.as_of,
        last_good_at=value.last_good_at,
        origin=value.origin,
        measure_digest=key_result.measure_digest,
        evidence=value.evidence,
        path=key_result.place.path,
        line=key_result.place.line,
        digest=key_result.digest,
    )


def _judge(kind: Kind, current: float, *, expected: float | None, calendar: Calendar) -> _Judged:
    if isinstance(kind, Reach):
        try:
            way = progress(start=kind.start, target=kind.target, current=current)
        except EvaluationError as error:
            return _Judged(error=error_fact(error))
        return _Judged(clamp(way), way, reach_pace(way, expected=expected, calendar=calendar))
    if isinstance(kind, Keep):
        held = band_progress(kind, current=current)
        return _Judged(held, held, keep_pace(kind, current=current, expected=expected))
    return _NOT_JUDGED  # observed: a value, no progress


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
