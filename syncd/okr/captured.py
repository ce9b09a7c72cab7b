"""A start that was captured while something else was measured than its mapping measures today.

It stays, since a reworded query often asks the same; whether it does, only a person can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.okr.definition import KeyResult
from syncd.okr.kinds import Change, Reach
from syncd.okr.state import KeyResultState, State


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStart:
    """A captured start that another measure gave.

    Attributes:
        value: In the key result's unit; it goes on counting.
        at: When it was captured.
        if_rebased: The start that a rebase would take now; None: no value of today's measure is known.
    """

    value: float
    at: datetime
    if_rebased: float | None


def start_of_another_measure(key_result: KeyResult, state: State | None) -> OtherStart | None:
    """None: its start is written, asked for, of this measure, or about to be taken anew."""
    kind = key_result.kind
    if not isinstance(kind, Reach | Change) or kind.start is not None or kind.start_from is not None:
        return None
    if not isinstance(state, KeyResultState) or state.details is None:
        return None
    start = state.details.get("start")
    if start is None or start["from"] != "measured" or "again_after" in start:
        return None
    if start["digest"] == key_result.measure_digest:
        return None
    is_of_today = state.measure_digest == key_result.measure_digest and state.origin == "sync"
    return OtherStart(
        value=start["value"],
        at=datetime.fromisoformat(start["at"]),
        if_rebased=state.current if is_of_today and state.error is None else None,
    )
