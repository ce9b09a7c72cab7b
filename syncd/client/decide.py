"""Whether an event is news, and what it changes. Decides, and does nothing."""

from __future__ import annotations

from dataclasses import dataclass

from .event import Event, Position, Subject
from .store import Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """News. Whoever does these two, in this order, ends with syncd's own state:

        if effect.drop: forget what is kept under it
        if effect.put:  keep `effect.event.data` under it

    Attributes:
        drop: The subject is not defined any more, or has another name now.
        put: The event tells the whole state of it. Both are None for an entry of a log.
    """

    event: Event
    drop: Subject | None = None
    put: Subject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """It was taken before."""

    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """Something newer was taken before."""

    event: Event


Outcome = Effect | Duplicate | Stale


def decide(event: Event, marks: Marks) -> Outcome:
    if event.subject is not None and event.position is not None:
        return _of_snapshot(event, event.subject, event.position, marks)
    if event.alive_until is not None:
        known = marks.alive_until(event.instance)
        if known is None or event.alive_until > known:
            return Effect(event=event)
        return Duplicate(event=event) if event.alive_until == known else Stale(event=event)
    return Duplicate(event=event) if marks.is_seen(event.id) else Effect(event=event)


def remember(effect: Effect, marks: Marks) -> None:
    """What makes the effect's event a duplicate from now on."""
    event = effect.event
    if event.subject is None or event.position is None:
        if event.alive_until is not None:
            marks.live(event.instance, until=event.alive_until)
        else:
            marks.see(event.id)
        return
    if effect.drop is not None and effect.drop == event.moved_from:
        marks.advance(effect.drop, _left(event.position))
    # A name that was removed is marked too, or a late event would bring it back.
    if effect.put is not None or effect.drop == event.subject:
        marks.advance(event.subject, event.position)


def _of_snapshot(event: Event, subject: Subject, position: Position, marks: Marks) -> Outcome:
    known = marks.position(subject)
    is_newer = known is None or position > known
    if is_newer and event.type.endswith(".removed"):
        return Effect(event=event, drop=subject)
    # A move that comes after what followed it still empties the old name.
    drop = event.moved_from if _is_left_behind(event, position, marks) else None
    if is_newer or drop is not None:
        return Effect(event=event, drop=drop, put=subject if is_newer else None)
    return Duplicate(event=event) if position == known else Stale(event=event)


def _is_left_behind(event: Event, position: Position, marks: Marks) -> bool:
    if event.moved_from is None or event.moved_from == event.subject:
        return False
    known = marks.position(event.moved_from)
    return known is None or known < _left(position)


def _left(moved: Position) -> Position:
    """Just before the move: who takes the old name later counts on from the move's own sequence."""
    return Position(moved.epoch, moved.sequence - 1, is_gone=True)
