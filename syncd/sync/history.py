"""Which states become a check-in: a value that moved, with what it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from syncd.okr.state import KeyResultState, State, States
from syncd.store.history import CheckIn


def check_ins(before: States, after: Iterable[State], *, at: datetime, sync_id: int | None) -> list[CheckIn]:
    """One per key result whose value or progress differs from before."""
    return [
        CheckIn(
            subject=state.subject,
            at=at,
            current=state.current,
            progress=state.progress,
            origin=state.origin,
            sync_id=sync_id,
            evidence=state.evidence,
            digest=state.digest,
        )
        for state in after
        if isinstance(state, KeyResultState) and has_moved(before.get(state.subject), state)
    ]


def has_moved(before: State | None, after: KeyResultState) -> bool:
    if not isinstance(before, KeyResultState):
        return after.current is not None
    return (before.current, before.progress) != (after.current, after.progress)
