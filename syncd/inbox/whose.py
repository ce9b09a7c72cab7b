"""One id names one key result: whoever told it first speaks of it alone."""

from __future__ import annotations

from syncd.inbox.published import EventRefused
from syncd.okr.state import State


def check_whose(state: State, instance: str) -> None:
    """
    Raises:
        EventRefused: `id_taken`; it is ours, or told by another one than `instance`.
    """
    if state.via is None or state.via.partition("/")[0] != instance:
        whose = "ours" if state.via is None else f"told by {state.via}"
        raise EventRefused(
            f"{state.subject} is {whose} already",
            code="id_taken",
            hint="one id names one key result: give the teams different names",
        )
