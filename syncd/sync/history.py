"""Which states become a check-in: a value that moved, with what it was made from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from syncd.okr.state import KeyResultState, ObjectiveState, State, States
from syncd.okr.word import Word
from syncd.store.history import CheckIn


def check_ins(
    before: States,
    after: Collection[State],
    *,
    at: datetime,
    sync_id: int | None,
    word: Word | None = None,
    computed: float | None = None,
) -> list[CheckIn]:
    """One per key result whose value or progress differs from before; always one for a person's word.

    Args:
        after: Iterated more than once.
        computed: What is measured of the word's key result, whatever is shown; None: nothing is.
    """
    moved = [
        CheckIn(
            subject=state.subject,
            at=at,
            current=state.current,
            progress=state.progress,
            origin=state.origin,
            sync_id=sync_id,
            evidence=state.evidence,
            digest=state.digest,
            measure_digest=state.measure_digest,
        )
        for state in after
        if isinstance(state, KeyResultState)
        and (has_moved(before.get(state.subject), state) or (word and word.subject == state.subject))
    ]
    if word is None:
        return moved
    said = [
        _of_objective(state, at=at)
        for state in after
        if isinstance(state, ObjectiveState) and state.subject == word.subject
    ]
    return [
        _with(word, it, computed=computed) if it.subject == word.subject else it for it in (*moved, *said)
    ]


def _of_objective(state: ObjectiveState, *, at: datetime) -> CheckIn:
    """A progress that a person set; one that rolls up has no history of its own."""
    return CheckIn(
        subject=state.subject,
        at=at,
        current=None,
        progress=state.progress,
        origin="person",
        digest=state.digest,
    )


def _with(word: Word, check_in: CheckIn, *, computed: float | None) -> CheckIn:
    return replace(
        check_in,
        author=word.author,
        comment=word.comment,
        confidence=word.confidence,
        said=word.value,
        computed=None if word.value is None else computed,
    )


def has_moved(before: State | None, after: KeyResultState) -> bool:
    if not isinstance(before, KeyResultState):
        return after.current is not None
    return (before.current, before.progress) != (after.current, after.progress)
