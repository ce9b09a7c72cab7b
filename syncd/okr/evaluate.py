"""Definitions + readings + states before -> states after. Pure, and in batches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from syncd.okr.definition import Calendar, Cycle, KeyResult, Mappings, Objective
from syncd.okr.dependence import moved_by, parts_first, scope_of, supporters_first
from syncd.okr.exact import needs_exact
from syncd.okr.freshness import freshness
from syncd.okr.guarding import guarded
from syncd.okr.judging import judge
from syncd.okr.judging.facts import Facts, Judged, Known
from syncd.okr.kinds import Composite, Keep, Milestones, Rate
from syncd.okr.mode import is_seen, shadow_since
from syncd.okr.names import QueryKey, Subject
from syncd.okr.overriding import as_measured, overridden, standing
from syncd.okr.pace import expected_progress
from syncd.okr.periodic import latest, watched
from syncd.okr.reading import Reading
from syncd.okr.rollup import Part, RollUp, bands_count, roll_up
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
    """Every key result once, composites after their parts, then every objective over them.

    Args:
        before: The last states; of a part of the subjects, those of `scope_of` are needed.
        subjects: Key results and objectives to evaluate, with all that is made of them: composites,
            objectives, objectives that these support and that roll up from it; None: all.

    Returns:
        States of what was evaluated and of nothing else, key results first. What only `before`
        knows is not among them.
    """
    moments = _Moments(now, calendar)
    after: States = {}

    def known(subject: Subject) -> State | None:
        return after.get(subject) or before.get(subject)

    touched = None if subjects is None else moved_by(mappings, subjects)
    for key_result in parts_first(_chosen(mappings.key_results, touched)):
        after[key_result.subject] = _key_result_state(
            key_result, readings, before, known=known, shadow=mappings.shadow, moments=moments
        )
    for objective in supporters_first(_chosen(mappings.objectives, touched)):
        after[objective.subject] = _objective_state(objective, mappings, before, known=known, moments=moments)
    return after


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
            moment = self._known[cycle.name] = _Moment(
                expected=expected_progress(cycle, now=self.now, calendar=self.calendar),
                bands_count=bands_count(cycle, now=self.now),
            )
        return moment


def _key_result_state(
    key_result: KeyResult,
    readings: Mapping[QueryKey, Reading],
    before: States,
    *,
    known: Known,
    shadow: Collection[Subject],
    moments: _Moments,
) -> KeyResultState:
    last = before.get(key_result.subject)
    last = last if isinstance(last, KeyResultState) else None
    said, last = standing(last, key_result, now=moments.now), as_measured(last, key_result)
    mine = latest(key_result, readings, now=moments.now)
    makes_its_own = isinstance(key_result.kind, Milestones | Composite)
    read = Value() if makes_its_own else value_of(key_result, mine, last)
    held: Details = {}
    if key_result.guard is not None:
        read, held = guarded(key_result.guard, key_result, read, last, now=moments.now)
    value, smoothed = smooth(key_result.smooth, key_result, read, last) if key_result.smooth else (read, {})
    facts = Facts(
        key_result=key_result,
        value=value,
        before=last,
        now=moments.now,
        expected=moments.of(key_result.cycle).expected,
        calendar=moments.calendar,
        readings=readings,
        known=known,
        shadow=shadow,
    )
    judged = judge(facts)
    value = judged.value or value
    current = _current(key_result, value, judged)
    state = KeyResultState(
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
        freshness=(
            judged.freshness if makes_its_own else _freshness(key_result, readings, mine, now=moments.now)
        ),
        error=value.error or judged.error,
        sequence=last.sequence if last else 0,
        as_of=value.as_of,
        last_good_at=value.last_good_at,
        origin=value.origin,
        confidence=last.confidence if last else None,
        measure_digest=key_result.measure_digest,
        evidence=value.evidence,
        details={**held, **_latest(read, current), **smoothed, **(judged.details or {})} or None,
        shadow_since=shadow_since(key_result, last, now=moments.now),
        is_pushed=key_result.is_pushed,
        path=key_result.place.path,
        line=key_result.place.line,
        digest=key_result.digest,
    )
    return overridden(state, said, facts=facts) if said else state


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
    mappings: Mappings,
    before: States,
    *,
    known: Known,
    moments: _Moments,
) -> ObjectiveState:
    last = before.get(objective.subject)
    seen = partial(is_seen, by=objective.subject, shadow=mappings.shadow)
    is_said = objective.rollup == "by_hand" and isinstance(last, ObjectiveState) and last.rollup == "by_hand"
    if objective.rollup == "by_hand":
        # What was computed by an earlier rule is nobody's word.
        rolled_up = RollUp(progress=last.progress if last and is_said else None, known=0, of=0)
    elif objective.rollup == "supporters":
        states = [known(supporter) for supporter in objective.supporters if seen(supporter)]
        rolled_up = roll_up([Part(state.progress if state else None, 1.0) for state in states])
    else:
        parts = [mappings.key_results[subject] for subject in objective.key_results if seen(subject)]
        rolled_up = _of_key_results(parts, all_count=moments.of(objective.cycle).bands_count, known=known)
    return ObjectiveState(
        subject=objective.subject,
        title=objective.title,
        tier=objective.tier,
        team=objective.team,
        owner=objective.owner,
        supports=tuple(
            [
                it.id if it.cycle == objective.subject.cycle else str(it)
                for it in objective.supports
                if seen(it)
            ]
        ),
        progress=rolled_up.progress,
        known=rolled_up.known,
        of=rolled_up.of,
        rollup=objective.rollup,
        said=last.said if is_said and isinstance(last, ObjectiveState) else None,
        sequence=last.sequence if last else 0,
        shadow_since=shadow_since(objective, last, now=moments.now),
        is_pushed=objective.is_pushed,
        path=objective.place.path,
        line=objective.place.line,
        digest=objective.digest,
    )


def _of_key_results(key_results: Iterable[KeyResult], *, all_count: bool, known: Known) -> RollUp:
    parts = []
    for key_result in key_results:
        state = known(key_result.subject)
        counts = state is not None and (all_count or not isinstance(key_result.kind, Keep))
        parts.append(Part(state.progress if state and counts else None, key_result.weight))
    return roll_up(parts)
