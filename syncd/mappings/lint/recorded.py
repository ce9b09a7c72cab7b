"""Rules that need what was recorded so far."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from syncd.mappings.lint.rule import Matter, Note, rule
from syncd.okr import captured
from syncd.okr.definition import Cycle, KeyResult, Reach
from syncd.okr.kinds import Change
from syncd.okr.state import KeyResultState

START_OF_A_CYCLE = 0.25
"""Share of a cycle after which a target that is met may have been earned in it."""

_STAYS = frozenset({"keep"})
_MADE_OF_OTHERS = frozenset({"composite", "milestones"})


@rule(hint="raise the target, or set `start` to where it stood", is_recorded=True)
def met_at_start(matter: Matter) -> Iterator[Note]:
    """The first value of the cycle, read in its first quarter, met the target already."""
    for key_result, state, course in matter.recorded():
        at, first, cycle = course.first_at, course.first, key_result.cycle
        if at is None or first is None or at >= _end_of_the_start(cycle):
            continue
        # By what was said then, and by the target of today: it may have been raised since.
        if course.first_progress == 1 and _is_met(key_result, state, by=first):
            message = f"{key_result.subject.id!r} was met when first read: {first:g} on {_day(at, cycle)}"
            yield Note(place=key_result.place, message=message)


@rule(
    hint="does the measure still read what moves? else ask what stands in the way, or let go of it",
    is_recorded=True,
)
def unmoved(matter: Matter) -> Iterator[Note]:
    """A number that is read, or checked in, has been the same for long (`unmoved_after`, 28 days)."""
    for key_result, state, course in matter.recorded():
        seen_at = state.last_good_at if key_result.inputs else course.checked_in_at
        is_done = key_result.kind.name in _STAYS or (state.progress is not None and state.progress >= 1)
        if is_done or seen_at is None or course.moved_at is None or state.current is None:
            continue
        since = max(course.moved_at, key_result.cycle.starts_at)
        # By the last look and not by now: a source that fails is another trouble, told elsewhere.
        if seen_at - since >= matter.rulebook.unmoved_after:
            day = _day(since, key_result.cycle)
            message = f"{key_result.subject.id!r} has not moved since {day} ({state.current:g})"
            yield Note(place=key_result.place, message=message)


@rule(hint="check in, or measure it", is_recorded=True)
def no_check_in(matter: Matter) -> Iterator[Note]:
    """Nobody checked in a number that people set, for long (`no_check_in_after`, 14 days)."""
    for key_result, _state, course in matter.recorded():
        if key_result.inputs or key_result.kind.name in _MADE_OF_OTHERS:
            continue
        last, begun = course.checked_in_at, key_result.cycle.starts_at
        since = begun if last is None else max(last, begun)
        if matter.now - since >= matter.rulebook.no_check_in_after:
            said = f"since {_day(last, key_result.cycle)}" if last else "yet"
            yield Note(place=key_result.place, message=f"{key_result.subject.id!r} has no check-in {said}")


@rule(
    hint="what was recorded stays; put the file back, or write it into a cycle that is open",
    is_recorded=True,
)
def closed_cycle_changed(matter: Matter) -> Iterator[Note]:
    """The files say something else of a closed cycle than when it was closed; no number follows."""
    for key_result in matter.mappings.key_results.values():
        state = matter.states.get(key_result.subject)
        if key_result.subject.cycle not in matter.mappings.closed:
            continue
        if not isinstance(state, KeyResultState):
            message = f"{str(key_result.subject)!r} is new in a closed cycle: it gets no number"
        elif _promises_something_else(key_result, state):
            message = f"{str(key_result.subject)!r} changed after its cycle was closed"
        else:
            continue
        yield Note(place=key_result.place, message=message)


@rule(hint="`syncd rebase` takes it anew, with a reason", is_recorded=True)
def start_of_another_measure(matter: Matter) -> Iterator[Note]:
    """A start was captured while something else was measured than today."""
    for key_result, state, _course in matter.recorded():
        if start := captured.start_of_another_measure(key_result, state):
            message = (
                f"the start of {key_result.subject.id!r}, {start.value:g}, was captured under another measure"
            )
            yield Note(place=key_result.place, message=message)


def _promises_something_else(key_result: KeyResult, state: KeyResultState) -> bool:
    kind = key_result.kind
    now = (kind.name, key_result.unit, key_result.measure_digest)
    written = [(kind.start, state.start)] if isinstance(kind, Reach | Change) else []
    written += [(kind.target, state.target)] if isinstance(kind, Reach) else []
    is_other_end = any(end is not None and end != was for end, was in written)
    return is_other_end or now != (state.kind, state.unit, state.measure_digest)


def _end_of_the_start(cycle: Cycle) -> datetime:
    return cycle.starts_at + START_OF_A_CYCLE * (cycle.ends_at - cycle.starts_at)


def _is_met(key_result: KeyResult, state: KeyResultState, *, by: float) -> bool:
    """Bands and the like have no way to go, and are never met."""
    start, target = state.start, state.target
    if isinstance(kind := key_result.kind, Reach):
        start = start if kind.start is None else kind.start
        target = target if kind.target is None else kind.target
    if start is None or target is None or start == target:
        return False
    return by >= target if target > start else by <= target


def _day(at: datetime, cycle: Cycle) -> str:
    return at.astimezone(cycle.zone).date().isoformat()
