"""What becomes of a key result's number when a person says another one.

A number that nobody measures is what was said last. On a measured one a person's number is an
override: it stands in the details of the state, `{value, at, until, author, comment, measured}`,
and is shown in place of the measured one, which is measured on and on, until its time is over.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from syncd.okr.body import moment
from syncd.okr.definition import KeyResult
from syncd.okr.guarding import CONFIRMED
from syncd.okr.judging import judge
from syncd.okr.judging.facts import Facts
from syncd.okr.kinds import Change, Composite, Keep, Milestones, Observe, Reach
from syncd.okr.state import Details, KeyResultState
from syncd.okr.value import LATEST, Value
from syncd.okr.word import Word

OVERRIDE: Final = "override"
"""The detail that holds what a person says in place of what was measured."""


def is_by_hand(key_result: KeyResult) -> bool:
    """Whether its number comes from people alone."""
    makes_its_own = isinstance(key_result.kind, Milestones | Composite)
    return not (key_result.inputs or key_result.formula or makes_its_own)


def is_comparison(key_result: KeyResult) -> bool:
    """Whether what a person says stands beside the computed number, and not in its place."""
    return key_result.is_shadow and not is_by_hand(key_result)


def can_be_overridden(key_result: KeyResult) -> bool:
    """Whether one number can stand for what was measured; periods, steps and parts are many."""
    return isinstance(key_result.kind, Reach | Change | Keep | Observe)


def spoken(word: Word, state: KeyResultState, *, key_result: KeyResult) -> KeyResultState:
    """The last state as it stands after the word; what follows from it is for `evaluate`."""
    if word.confidence is not None:
        state = replace(state, confidence=word.confidence)
    details = dict(state.details or {})
    if word.confirms is not None:
        return replace(state, details={**details, CONFIRMED: word.confirms})
    if word.ends_override:
        return as_measured(state, key_result) or state
    if word.value is None or is_comparison(key_result):
        return state
    if is_by_hand(key_result):
        details.pop(LATEST, None)
        return replace(state, current=word.value, origin="person", as_of=word.at, details=details or None)
    details[OVERRIDE] = _override(word, measured=measured_of(state))
    return replace(state, details=details)


def measured_of(state: KeyResultState) -> dict[str, Any]:  # Any: JSON
    """What the sources say, whatever is shown."""
    override = (state.details or {}).get(OVERRIDE)
    return override["measured"] if override else {"value": state.current, "as_of": moment(state.as_of)}


def _override(word: Word, *, measured: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    return {
        "value": word.value,
        "at": moment(word.at),
        "until": moment(word.until),
        "author": word.author,
        **({"comment": word.comment} if word.comment else {}),
        "measured": measured,
    }


def standing(last: KeyResultState | None, key_result: KeyResult, *, now: datetime) -> Details | None:
    """The override that counts now; in shadow the computed number is what there is to see."""
    said = (last.details or {}).get(OVERRIDE) if last else None
    if said is None or key_result.is_shadow or not can_be_overridden(key_result) or is_by_hand(key_result):
        return None
    return said if now < datetime.fromisoformat(said["until"]) else None


def as_measured(last: KeyResultState | None, key_result: KeyResult) -> KeyResultState | None:
    """The last state as if nobody had overridden it: what is measured goes on from there.

    Where nothing is measured any more, what the person said is the number.
    """
    if last is None or last.details is None or OVERRIDE not in last.details:
        return last
    details = {name: fact for name, fact in last.details.items() if name != OVERRIDE}
    if is_by_hand(key_result):
        details.pop(LATEST, None)
        return replace(last, details=details or None)
    measured = measured_of(last)
    as_of = measured["as_of"]
    return replace(
        last,
        current=measured["value"],
        as_of=datetime.fromisoformat(as_of) if as_of else None,
        origin="sync",
        details=details or None,
    )


def overridden(state: KeyResultState, said: Details, *, facts: Facts) -> KeyResultState:
    """`state`, as it was measured, with the person's number and what it means.

    Args:
        facts: Those that the measured value was judged by.
    """
    kind = facts.key_result.kind
    if isinstance(kind, Keep):
        # What is said is the number that counts, not one more day of a mean.
        kind = replace(kind, by="latest")
    at = datetime.fromisoformat(said["at"])
    judged = judge(
        facts._replace(
            key_result=replace(facts.key_result, kind=kind),
            value=Value(current=said["value"], as_of=at, origin="person"),
            before=state,
        )
    )
    return replace(
        state,
        current=said["value"],
        progress=judged.progress,
        progress_unclamped=judged.unclamped,
        pace=judged.pace,
        error=state.error or judged.error,
        as_of=at,
        origin="person",
        details={**(state.details or {}), OVERRIDE: {**said, "measured": measured_of(state)}},
    )
