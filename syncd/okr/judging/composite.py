"""Composite: a mix of other key results, over those of them whose progress is known.

One that is live does not see its parts in shadow; they are named under `shadow_parts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from syncd.okr.freshness import worst
from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.kinds import Composite
from syncd.okr.mode import is_seen
from syncd.okr.names import Subject
from syncd.okr.pace import reach_pace
from syncd.okr.rollup import Part, bands_count, roll_up, worst_of
from syncd.okr.state import KeyResultState
from syncd.okr.value import Value

SHADOW_PARTS: Final = "shadow_parts"
"""The detail that names the parts in shadow, each with its weight; it is sent to nobody."""


def judge(kind: Composite, facts: Facts) -> Judged:
    own = facts.key_result.subject
    seen = [it for it in kind.parts if is_seen(it[0], by=own, shadow=facts.shadow)]
    states = {subject: _state(subject, facts) for subject, _weight in seen}
    parts = [Part(_progress(states[subject], facts), weight) for subject, weight in seen]
    mixed = worst_of(parts) if kind.take == "worst" else roll_up(parts)
    looked_at = [states[subject] for subject, weight in seen if weight > 0]
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
        details={
            "take": kind.take,
            "parts": {
                _name(subject, own=own): {"progress": part.progress, "weight": part.weight}
                for (subject, _weight), part in zip(seen, parts, strict=True)
            },
            "known": mixed.known,
            "of": mixed.of,
            **_shadow_parts([it for it in kind.parts if it not in seen], own=own),
        },
    )


def _state(subject: Subject, facts: Facts) -> KeyResultState | None:
    state = facts.known(subject)
    return state if isinstance(state, KeyResultState) else None


def _progress(state: KeyResultState | None, facts: Facts) -> float | None:
    cycle = facts.key_result.cycle
    # Parts of a running cycle have progress, and the way of this one has not begun.
    if state is None or facts.now < cycle.starts_at:
        return None
    if state.kind == "keep" and not bands_count(cycle, now=facts.now):
        return None
    return state.progress


def _shadow_parts(unseen: Sequence[tuple[Subject, float]], *, own: Subject) -> dict[str, Any]:  # Any: JSON
    return {SHADOW_PARTS: {_name(subject, own=own): weight for subject, weight in unseen}} if unseen else {}


def _name(subject: Subject, *, own: Subject) -> str:
    return subject.id if subject.cycle == own.cycle else str(subject)
