"""Rules about what is in shadow: it is a way to go live, and no place to stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from syncd.mappings.lint.rule import Matter, Note, rule
from syncd.okr.definition import KeyResult
from syncd.okr.overriding import is_by_hand

HALF_A_CYCLE = 0.5
UNCOMPARED_AFTER = timedelta(days=28)


@rule(hint="see `syncd drift`: turn it live, correct its measure, or let go of it", is_recorded=True)
def long_in_shadow(matter: Matter) -> Iterator[Note]:
    """A key result is in shadow for longer than half of its cycle."""
    for key_result, since in _in_shadow(matter):
        cycle = key_result.cycle
        if matter.now - since > HALF_A_CYCLE * (cycle.ends_at - cycle.starts_at):
            message = f"{key_result.subject.id!r} is in shadow since {_day(since, key_result)}"
            yield Note(place=key_result.place, message=message)


@rule(hint="say what you would enter by hand: `syncd check-in KR --value NUMBER`", is_recorded=True)
def uncompared(matter: Matter) -> Iterator[Note]:
    """A key result is in shadow, and for four weeks nobody said a number to compare."""
    for key_result, since in _in_shadow(matter):
        course = matter.courses.get(key_result.subject)
        if is_by_hand(key_result) or course is None:
            continue
        last = course.compared_at
        if matter.now - (since if last is None else max(last, since)) >= UNCOMPARED_AFTER:
            said = f"since {_day(last, key_result)}" if last else "yet"
            message = f"nobody said a number to compare with {key_result.subject.id!r} {said}"
            yield Note(place=key_result.place, message=message)


def _in_shadow(matter: Matter) -> Iterator[tuple[KeyResult, datetime]]:
    """Since when in its cycle; what is in shadow in the files alone waits to be applied."""
    for key_result in matter.key_results():
        state = matter.states.get(key_result.subject)
        if key_result.is_shadow and state is not None and state.shadow_since is not None:
            yield key_result, max(state.shadow_since, key_result.cycle.starts_at)


def _day(at: datetime, key_result: KeyResult) -> str:
    return at.astimezone(key_result.cycle.zone).date().isoformat()
