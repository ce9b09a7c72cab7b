"""Live or in shadow: who sees whom, and since when.

Consumers hear of what is live, and what is live knows nothing of what is in shadow: its number would
carry the other one to them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from syncd.okr.definition import KeyResult, Objective
from syncd.okr.names import Subject
from syncd.okr.state import State


def is_seen(part: Subject, *, by: Subject, shadow: Collection[Subject]) -> bool:
    """Whether `part` counts in, and is named by, the number of `by`.

    Args:
        shadow: Everything that is in shadow.
    """
    return by in shadow or part not in shadow


def shadow_since(definition: KeyResult | Objective, last: State | None, *, now: datetime) -> datetime | None:
    """Since when nobody hears of it; None: it is live."""
    if not definition.is_shadow:
        return None
    return last.shadow_since if last is not None and last.shadow_since is not None else now


def in_mode(state: State, definition: KeyResult | Objective, *, now: datetime) -> State:
    """The state of a subject that is not evaluated now, with the mode that its file gives it."""
    since = shadow_since(definition, state, now=now)
    if (since, definition.is_pushed) == (state.shadow_since, state.is_pushed):
        return state
    return replace(state, shadow_since=since, is_pushed=definition.is_pushed)
