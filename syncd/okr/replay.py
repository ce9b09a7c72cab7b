"""Replay: a snapshot and the mappings of then -> what is to be said of them, computed once more."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from syncd.errors import EvaluationError
from syncd.okr.definition import KeyResult, Mappings, Objective
from syncd.okr.evaluate import evaluate
from syncd.okr.names import Subject
from syncd.okr.snapshot import PartThen, Snapshot, stands_on
from syncd.okr.state import KeyResultState, ObjectiveState, State, States

COMPARED: Final = (
    "current",
    "progress",
    "progress_unclamped",
    "pace",
    "freshness",
    "start",
    "target",
    "unit",
    "kind",
    "origin",
    "confidence",
    "mode",
)
"""Of a key result; the error's code beside it."""

COMPARED_OF_OBJECTIVES: Final = ("progress", "known", "of", "mode")


def replay(snapshot: Snapshot, mappings: Mappings) -> State:
    """What `mappings` make of the snapshot.

    Args:
        mappings: The version that was active then, as it reads today.

    Raises:
        EvaluationError: `not_replayable`; they do not fit together.
    """
    subject = snapshot.said.subject
    key_result, objective = mappings.key_results.get(subject), mappings.objectives.get(subject)
    before: States = {part: _state(part, then) for part, then in snapshot.parts.items()}
    if snapshot.before is not None:
        before[subject] = snapshot.before
    if key_result is not None:
        only = replace(mappings, objectives={}, key_results={subject: _as_of_then(key_result, snapshot)})
    elif objective is not None:
        only = replace(mappings, objectives={subject: _in_its_cycle(objective, snapshot)})
    else:
        raise EvaluationError(
            f"the version of then does not define {subject}", code="not_replayable", hint=CHANGED_HINT
        )
    occasion = snapshot.occasion
    answered = {key: reading for key, reading in snapshot.readings.items() if reading is not None}
    after = evaluate(only, answered, before, now=occasion.at, calendar=occasion.calendar, subjects={subject})
    return after[subject]


CHANGED_HINT: Final = "syncd.yaml, or syncd itself, reads that version otherwise today"


def differences(said: State, replayed: State) -> list[str]:
    """The names of what was said and comes out otherwise today; none: it is the same."""
    if isinstance(said, KeyResultState) and isinstance(replayed, KeyResultState):
        found = [name for name in COMPARED if getattr(said, name) != getattr(replayed, name)]
        codes = [state.error.code if state.error else None for state in (said, replayed)]
        return found if codes[0] == codes[1] else [*found, "error"]
    if isinstance(said, ObjectiveState) and isinstance(replayed, ObjectiveState):
        return [name for name in COMPARED_OF_OBJECTIVES if getattr(said, name) != getattr(replayed, name)]
    return ["kind"]


def _as_of_then(key_result: KeyResult, snapshot: Snapshot) -> KeyResult:
    """Under the cycle and the freshness of then.

    Raises:
        EvaluationError: `not_replayable`; it asks other queries.
    """
    key_result = replace(key_result, cycle=snapshot.cycle or key_result.cycle, freshness=snapshot.freshness)
    if set(stands_on(key_result, now=snapshot.at)) != snapshot.readings.keys():
        raise EvaluationError(
            f"the queries of {key_result.subject} are others than those that were asked then",
            code="not_replayable",
            hint=CHANGED_HINT,
        )
    return key_result


def _in_its_cycle(objective: Objective, snapshot: Snapshot) -> Objective:
    return replace(objective, cycle=snapshot.cycle or objective.cycle)


def _state(subject: Subject, then: PartThen) -> State:
    """As much of a part as the rest looks at."""
    if then.kind is None:
        return ObjectiveState(
            subject=subject, title="", tier="team", team=None, owner=None, progress=then.progress
        )
    return KeyResultState(
        subject=subject,
        title="",
        tier="team",
        team=None,
        owner=None,
        unit="",
        kind=then.kind,
        start=None,
        target=None,
        progress=then.progress,
        freshness=then.freshness,
    )
