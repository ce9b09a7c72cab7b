"""States before and after -> events, each with its subject's next sequence."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from syncd.okr.body import (
    connection_data,
    from_data,
    key_result_data,
    moment,
    objective_data,
    retargeted_data,
    to_bytes,
)
from syncd.okr.definition import Subject, Tier
from syncd.okr.lifecycle import UNCHANGED, Lifecycle
from syncd.okr.reading import ErrorFact
from syncd.okr.state import KeyResultState, ObjectiveState, State, States

EventKind = Literal["key_result", "objective", "log"]

MOVED: Final = "key_result.moved"
RETARGETED: Final = "key_result.retargeted"
DEFINED: Final = "key_result.defined"
REMOVED: Final = "key_result.removed"
HELD: Final = "key_result.held"
PROGRESSED: Final = "key_result.progressed"
ACHIEVED: Final = "key_result.achieved"
PACE_CHANGED: Final = "key_result.pace_changed"
FRESHNESS_CHANGED: Final = "key_result.freshness_changed"
OBJECTIVE_MOVED: Final = "objective.moved"
OBJECTIVE_DEFINED: Final = "objective.defined"
OBJECTIVE_REMOVED: Final = "objective.removed"
OBJECTIVE_PROGRESSED: Final = "objective.progressed"
SYNC_FAILED: Final = "sync.failed"
SYNC_RECOVERED: Final = "sync.recovered"
ENDPOINT_DISABLED: Final = "endpoint.disabled"
INSTANCE_ALIVE: Final = "instance.alive"
PING: Final = "ping"

SUPERSEDING: Final = frozenset(
    {PROGRESSED, PACE_CHANGED, FRESHNESS_CHANGED, OBJECTIVE_PROGRESSED, INSTANCE_ALIVE}
)
"""Types that carry the whole state and no fact of their own: a newer one stands for an older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who speaks. `epoch` grows when a store is lost, restored or moved, so that sequences may restart."""

    instance: str
    epoch: int


class Address(NamedTuple):
    """Where a key result or an objective stands: what endpoints filter by."""

    tier: Tier
    team: str | None
    objective: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a subject.

    Attributes:
        sequence: The subject's, gap-free from 1.
        tier, team, objective: What endpoints filter by; None where it is of no key result or objective.
        left: Where it stood until now: who heard of it there is told by this event that it has gone.
        data: What its type says in the published schema.
    """

    subject: Subject
    kind: EventKind
    type: str
    sequence: int
    at: datetime
    tier: Tier | None = None
    team: str | None = None
    objective: str | None = None
    left: Address | None = None
    data: Mapping[str, Any]  # Any: JSON

    @property
    def supersedes(self) -> bool:
        """Whether it takes the place of an older one, of such a type too, that still waits."""
        return self.type in SUPERSEDING

    def body(self, source: Source) -> bytes:
        """The bytes that are stored, signed and sent; under 20 kB."""
        return to_bytes(
            {
                "type": self.type,
                "timestamp": moment(self.at),
                "data": self.data,
                "source": {"instance": source.instance, "epoch": source.epoch},
            }
        )


def events_between(
    before: States, after: States, *, now: datetime, lifecycle: Lifecycle = UNCHANGED
) -> tuple[States, list[Event]]:
    """What consumers must hear of, and `after` with the sequences that this takes.

    The events of a subject are in the order of their sequence, subjects in the order of `after`.
    Nothing changed: no event. A subject that only `before` knows is left alone. Of one that is not
    sent nobody hears, and it takes no sequence; one that begins to be sent is told as if it were new,
    and one that is not sent any more as `removed`, with what was known of it until then.

    Args:
        before: A subject that was moved stands here under its new name.
    """
    states: States = {}
    events: list[Event] = []
    for subject, state in after.items():
        found = _events_of(before.get(subject), state, now=now, lifecycle=lifecycle)
        states[subject] = _numbered(state, found[-1].sequence) if found else state
        events += found
    return states, events


def removals(removed: States, *, now: datetime) -> tuple[States, list[Event]]:
    """What consumers hear of subjects that are taken off the books: their last state, once more."""
    states: States = {}
    events: list[Event] = []
    for subject, state in removed.items():
        if not state.is_sent:
            continue
        found = _farewell(state, now=now, lifecycle=UNCHANGED)
        states[subject] = _numbered(state, found[-1].sequence)
        events += found
    return states, events


def announcements(known: States, *, archived: Collection[Subject] = (), now: datetime) -> list[Event]:
    """All that consumers are to know, told whole, whatever they heard before: one event a subject.

    Of what is sent `progressed`, which changes nothing for whoever knows it, and takes the place of
    what waits. Of what they knew once and are told of no more, `removed`. What nobody ever heard of
    stays unheard.

    Args:
        archived: Those of `known` that are off the books.
    """
    events: list[Event] = []
    for subject, state in known.items():
        is_key_result = isinstance(state, KeyResultState)
        if state.is_sent and subject not in archived:
            type_ = PROGRESSED if is_key_result else OBJECTIVE_PROGRESSED
        elif state.sequence > 0:
            type_ = REMOVED if is_key_result else OBJECTIVE_REMOVED
        else:
            continue
        events += _events([type_], state, state, now=now, lifecycle=UNCHANGED)
    return events


def sync_failed(connection: str, *, error: ErrorFact, since: datetime, sequence: int, now: datetime) -> Event:
    """A connection that worked does not any more; sent once, not per sync."""
    data = connection_data(connection, error=error, since=since, sequence=sequence)
    return _log_event(SYNC_FAILED, connection, data, sequence=sequence, now=now)


def sync_recovered(connection: str, *, since: datetime, sequence: int, now: datetime) -> Event:
    """A connection works again. `since`: when it had begun to fail."""
    data = connection_data(connection, error=None, since=since, sequence=sequence)
    return _log_event(SYNC_RECOVERED, connection, data, sequence=sequence, now=now)


def connection_subject(connection: str) -> Subject:
    """What the log events of a connection belong to; it is of no cycle."""
    return Subject(cycle="", id=f"connection/{connection}")


def webhook_id(source: Source, endpoint: str, subject: Subject, sequence: int) -> str:
    """The `webhook-id` of an event for an endpoint: the same over attempts, crashes and processes."""
    name = json.dumps([source.instance, source.epoch, endpoint, subject.cycle, subject.id, sequence])
    return "msg_" + urlsafe_b64encode(hashlib.sha256(name.encode()).digest()[:18]).decode()


_FIELDS = {
    KeyResultState: tuple(field.name for field in fields(KeyResultState)),
    ObjectiveState: tuple(field.name for field in fields(ObjectiveState)),
}


def _numbered(state: State, sequence: int) -> State:
    # dataclasses.replace takes nearly twice as long, and a first sync comes here for every state.
    values = {name: getattr(state, name) for name in _FIELDS[type(state)]}
    values["sequence"] = sequence
    return type(state)(**values)


def _events_of(last: State | None, state: State, *, now: datetime, lifecycle: Lifecycle) -> list[Event]:
    # What comes back on the books was taken off those of the consumers.
    is_known = last is not None and last.is_sent and state.subject not in lifecycle.defined
    if not state.is_sent:
        return _farewell(last, now=now, lifecycle=lifecycle) if last is not None and is_known else []
    if last is not None and not last.is_sent:
        last, lifecycle = None, UNCHANGED
    if isinstance(state, KeyResultState):
        was = last if isinstance(last, KeyResultState) else None
        types = _key_result_types(was, state, lifecycle)
    else:
        types = _objective_types(last if isinstance(last, ObjectiveState) else None, state, lifecycle)
    if last is not None and _becomes_personal(last, state, lifecycle):
        gone = _gone(last, lifecycle.moved[state.subject], now=now)
        state = _numbered(state, gone.sequence)
        return [gone, *_events(types, last, state, now=now, lifecycle=lifecycle)]
    return _events(types, last, state, now=now, lifecycle=lifecycle)


def _becomes_personal(last: State, state: State, lifecycle: Lifecycle) -> bool:
    return state.subject in lifecycle.moved and last.tier != "individual" and state.tier == "individual"


def _gone(last: State, was: Subject, *, now: datetime) -> Event:
    """The end under the old name: whoever may not hear of persons hears of no move to one."""
    (removed,) = removals({was: replace(last, subject=was)}, now=now)[1]
    return replace(removed, subject=last.subject)


def _farewell(state: State, *, now: datetime, lifecycle: Lifecycle) -> list[Event]:
    """The end of what consumers know: under the name that it has now, with the last that was sent."""
    is_key_result = isinstance(state, KeyResultState)
    types = [REMOVED if is_key_result else OBJECTIVE_REMOVED]
    if state.subject in lifecycle.moved:
        types.insert(0, MOVED if is_key_result else OBJECTIVE_MOVED)
    return _events(types, state, state, now=now, lifecycle=lifecycle)


def _key_result_types(
    before: KeyResultState | None, after: KeyResultState, lifecycle: Lifecycle
) -> list[str]:
    """What happened, in the order in which consumers hear of it."""
    types = []
    if after.subject in lifecycle.moved:
        types.append(MOVED)
    if before is None or after.subject in lifecycle.defined:
        types.append(DEFINED)
    elif after.subject in lifecycle.retargeted | lifecycle.taken_over or _has_new_aim(before, after):
        types.append(RETARGETED)
    if _is_held(after) and not (before and _is_held(before)):
        types.append(HELD)
    has_progressed = _numbers(after) != (_numbers(before) if before else _NO_NUMBERS)
    if has_progressed:
        types.append(PROGRESSED)
    if _is_achieved(after) and not (before and _is_achieved(before)):
        types.append(ACHIEVED)
    pace = before.pace if before else None
    # A first pace comes with the first value, whose event tells it.
    if after.pace != pace and not (pace is None and has_progressed):
        types.append(PACE_CHANGED)
    freshness = before.freshness if before else None
    # `fresh` is what a first value says by itself.
    if after.freshness != freshness and (freshness, after.freshness) != (None, "fresh"):
        types.append(FRESHNESS_CHANGED)
    return types


def _is_held(state: KeyResultState) -> bool:
    return bool(state.details and "held" in state.details)


_NO_NUMBERS = (None, None, None)


def _numbers(state: KeyResultState) -> tuple[float | None, float | None, float | None]:
    return state.current, state.progress, state.progress_unclamped


def _has_new_aim(before: KeyResultState, after: KeyResultState) -> bool:
    """An end that was unknown and is captured now is the old aim still."""
    ends = ((before.start, after.start), (before.target, after.target))
    is_other_end = any(old is not None and new is not None and old != new for old, new in ends)
    is_other_band = before.band is not None and after.band is not None and before.band != after.band
    return is_other_end or is_other_band or (before.kind, before.unit) != (after.kind, after.unit)


def _is_achieved(state: KeyResultState) -> bool:
    """A band is kept until the cycle ends; being inside it today achieves nothing yet."""
    unclamped = state.progress_unclamped
    return state.kind != "keep" and unclamped is not None and unclamped >= 1


def _objective_types(before: ObjectiveState | None, after: ObjectiveState, lifecycle: Lifecycle) -> list[str]:
    types = []
    if after.subject in lifecycle.moved:
        types.append(OBJECTIVE_MOVED)
    if before is None or after.subject in lifecycle.defined | lifecycle.taken_over:
        types.append(OBJECTIVE_DEFINED)
    if before is None:
        has_progressed = after.progress is not None  # else there is nothing to say of it
    else:
        has_progressed = (before.progress, before.known, before.of) != (after.progress, after.known, after.of)
    if has_progressed:
        types.append(OBJECTIVE_PROGRESSED)
    return types


def _events(
    types: list[str], before: State | None, after: State, *, now: datetime, lifecycle: Lifecycle
) -> list[Event]:
    is_key_result = isinstance(after, KeyResultState)
    here = _address(after, after.subject)
    was = lifecycle.moved.get(after.subject)
    left = _address(before, was) if before is not None and was is not None else None
    # Where it is not told of any more, those who heard of it under its old name hear the end as well.
    telling = {MOVED, OBJECTIVE_MOVED} | ({REMOVED, OBJECTIVE_REMOVED} if not after.is_sent else set())
    return [
        Event(
            subject=after.subject,
            kind="key_result" if is_key_result else "objective",
            type=type_,
            sequence=sequence,
            at=now,
            tier=here.tier,
            team=here.team,
            objective=here.objective,
            left=left if type_ in telling and left != here else None,
            data=_data(type_, before, after, sequence=sequence, lifecycle=lifecycle),
        )
        for sequence, type_ in enumerate(types, after.sequence + 1)
    ]


def _address(state: State, name: Subject) -> Address:
    objective = name.id.rpartition("/")[0] if isinstance(state, KeyResultState) else name.id
    return Address(tier=state.tier, team=state.team, objective=objective)


def _data(
    type_: str, before: State | None, after: State, *, sequence: int, lifecycle: Lifecycle
) -> Mapping[str, Any]:  # Any: JSON
    if isinstance(after, KeyResultState):
        last = before if isinstance(before, KeyResultState) else None
        data = key_result_data(after, last, sequence=sequence)
        if type_ == RETARGETED and last is not None:
            data = retargeted_data(data, last)
    else:
        last_objective = before if isinstance(before, ObjectiveState) else None
        data = objective_data(after, last_objective, sequence=sequence)
    if type_ in (MOVED, OBJECTIVE_MOVED):
        data = from_data(data, lifecycle.moved[after.subject])
    return data


def _log_event(
    type_: str, connection: str, data: Mapping[str, Any], *, sequence: int, now: datetime
) -> Event:  # Any: JSON
    return Event(
        subject=connection_subject(connection), kind="log", type=type_, sequence=sequence, at=now, data=data
    )
