"""Composite: a mix of other key results, over those of them whose progress is known."""

from __future__ import annotations

from typing import Any

from syncd.okr.freshness import worst
from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.kinds import Composite
from syncd.okr.names import Subject
from syncd.okr.pace import reach_pace
from syncd.okr.rollup import Part, RollUp, bands_count, roll_up, worst_of
from syncd.okr.state import KeyResultState
from syncd.okr.value import Value


def judge(kind: Composite, facts: Facts) -> Judged:
    states = {subject: _state(subject, facts) for subject, _weight in kind.parts}
    parts = [Part(_progress(states[subject], facts), weight) for subject, weight in kind.parts]
    mixed = worst_of(parts) if kind.take == "worst" else roll_up(parts)
    looked_at = [states[subject] for subject, weight in kind.parts if weight > 0]
    counted = [
        state
        for state, part in zip(states.values(), parts, strict=True)
        if state and part.progress is not None
    ]
    pace = None
    if mixed.progress is not None:
        pace = reach_pace(mixed.progress, expected=facts.expected, calendar=facts.calendar)
    return Judged(
        value=Value(
            current=mixed.progress,
            as_of=min((state.as_of for state in counted if state.as_of), default=None),
            last_good_at=min((state.last_good_at for state in counted if state.last_good_at), default=None),
        ),
        freshness=worst(state.freshness for state in looked_at if state),
        start=0.0,
        target=1.0,
        progress=mixed.progress,
        unclamped=mixed.progress,
        pace=pace,
        details=_to_details(kind, parts, mixed, own=facts.key_result.subject),
    )


def _state(subject: Subject, facts: Facts) -> KeyResultState | None:
    state = facts.known(subject)
    return state if isinstance(state, KeyResultState) else None


def _progress(state: KeyResultState | None, facts: Facts) -> float | None:
    if state is None or (state.kind == "keep" and not bands_count(facts.key_result.cycle, now=facts.now)):
        return None
    return state.progress


def _to_details(
    kind: Composite, parts: list[Part], mixed: RollUp, *, own: Subject
) -> dict[str, Any]:  # Any: JSON
    return {
        "take": kind.take,
        "parts": {
            (subject.id if subject.cycle == own.cycle else str(subject)): {
                "progress": part.progress,
                "weight": part.weight,
            }
            for (subject, _weight), part in zip(kind.parts, parts, strict=True)
        },
        "known": mixed.known,
        "of": mixed.of,
    }
