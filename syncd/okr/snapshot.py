"""Snapshots: what was said of a subject from a moment on, and everything that it was made of.

The last state is enough to go on from; it is not enough to go back. A snapshot holds what an
evaluation was given, so that it can be done once more, years later (`syncd.okr.replay`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from syncd.okr.definition import Calendar, Cycle, FreshnessRule, KeyResult, Mappings, Objective
from syncd.okr.judging.ends import asked_by
from syncd.okr.kinds import Composite
from syncd.okr.names import QueryKey, Subject
from syncd.okr.periodic import begun, key_of
from syncd.okr.reading import Reading
from syncd.okr.state import Freshness, KeyResultState, State, States

Cause = Literal["sync", "check_in", "confirm", "apply", "rebase", "close", "time", "remove"]
"""What made syncd say something new; `time`: nothing but the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When states were evaluated, and why.

    Attributes:
        version: Digest of the mappings that were active.
        calendar: As syncd.yaml had it.
        author: Who spoke or applied; None: nobody, a sync or the time.
    """

    at: datetime
    cause: Cause
    version: str
    calendar: Calendar
    author: str | None = None
    sync_id: int | None = None


class PartThen(NamedTuple):
    """What a composite or an objective looked at in one of its parts. `kind` None: an objective."""

    progress: float | None
    kind: str | None = None
    freshness: Freshness | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was said of `said.subject`, as it was called then, and what it was made of.

    Attributes:
        said: Without owner and evidence; the latter is in `readings`.
        before: The state that the evaluation went on from, its memory; None: there was none.
        readings: Of every query that it stands on; None: it was never answered.
        parts: Of a composite its parts, of an objective its key results or supporters.
        cycle, freshness: As they were, whatever syncd.yaml says today.
        is_kept: Nothing was evaluated: renamed, back on the books, spoken of without a number, removed.
    """

    occasion: Occasion
    said: State
    before: State | None = None
    readings: Mapping[QueryKey, Reading | None] = field(default_factory=dict)
    parts: Mapping[Subject, PartThen] = field(default_factory=dict)
    cycle: Cycle | None = None
    freshness: FreshnessRule | None = None
    is_kept: bool = False

    @property
    def at(self) -> datetime:
        return self.occasion.at


def news(before: States, after: Iterable[State]) -> list[State]:
    """The states that say something else than before. Being read once more says nothing."""
    return [state for state in after if says_other(before.get(state.subject), state)]


def says_other(before: State | None, after: State) -> bool:
    return before is None or _said(before) != _said(after)


def snapshots(
    states: Iterable[State],
    *,
    before: States,
    after: States,
    mappings: Mappings,
    readings: Mapping[QueryKey, Reading],
    occasion: Occasion,
    kept: Collection[Subject] = (),
    unread: Collection[Subject] = (),
) -> list[Snapshot]:
    """A snapshot of each of the `states`.

    Args:
        before, after: What the evaluation was given, and all that it made.
        readings: As it was given them.
        kept: Subjects that were not evaluated.
        unread: Subjects that were evaluated on no readings.
    """
    taken = []
    for state in states:
        subject = state.subject
        if subject in kept:
            taken.append(Snapshot(occasion=occasion, said=state, is_kept=True))
            continue
        key_result = mappings.key_results.get(subject)
        definition = key_result or mappings.objectives[subject]
        keys = stands_on(key_result, now=occasion.at) if key_result else ()
        parts = {part: after.get(part) or before.get(part) for part in made_of(definition)}
        taken.append(
            Snapshot(
                occasion=occasion,
                said=state,
                before=before.get(subject),
                readings={key: None if subject in unread else readings.get(key) for key in keys},
                parts={part: _part(found) for part, found in parts.items() if found is not None},
                cycle=definition.cycle,
                freshness=key_result.freshness if key_result else None,
            )
        )
    return taken


def stands_on(key_result: KeyResult, *, now: datetime) -> list[QueryKey]:
    """Every query that an evaluation of it looks at: of a rate, for each period that has begun."""
    periods = begun(key_result, now=now) if any(used.per_period for used in key_result.inputs) else [None]
    keys = [key_of(used, period) for period in periods for used in key_result.inputs]
    keys += [asked.query for _, asked in asked_by(key_result)]
    return list(dict.fromkeys(keys))


def made_of(definition: KeyResult | Objective) -> tuple[Subject, ...]:
    """Whose states an evaluation of it looks at."""
    if isinstance(definition, Objective):
        by_rollup = {"key_results": definition.key_results, "supporters": definition.supporters}
        return by_rollup.get(definition.rollup, ())
    kind = definition.kind
    return tuple(part for part, _weight in kind.parts) if isinstance(kind, Composite) else ()


def _part(state: State) -> PartThen:
    if isinstance(state, KeyResultState):
        return PartThen(state.progress, state.kind, state.freshness)
    return PartThen(state.progress)


def _said(state: State) -> tuple[object, ...]:
    if not isinstance(state, KeyResultState):
        return (state.subject, state.sequence, state.progress, state.known, state.of, state.mode)
    details = state.details or {}
    override = details.get("override")
    return (
        state.subject,
        state.sequence,
        state.unit,
        state.kind,
        state.start,
        state.target,
        state.current,
        state.progress,
        state.progress_unclamped,
        state.pace,
        state.freshness,
        # Not its message, which may count seconds.
        state.error.code if state.error else None,
        state.origin,
        state.confidence,
        state.mode,
        (override["value"], override["until"]) if override else None,
        "held" in details and details["held"]["value"],
    )
