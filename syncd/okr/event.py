"""States before and after -> events, each with its subject's next sequence."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal

from syncd.okr.body import connection_data, key_result_data, moment, objective_data, to_bytes
from syncd.okr.definition import Subject, Tier
from syncd.okr.reading import ErrorFact
from syncd.okr.state import KeyResultState, ObjectiveState, State, States

EventKind = Literal["key_result", "objective", "log"]

HELD: Final = "key_result.held"
PROGRESSED: Final = "key_result.progressed"
FRESHNESS_CHANGED: Final = "key_result.freshness_changed"
OBJECTIVE_PROGRESSED: Final = "objective.progressed"
SYNC_FAILED: Final = "sync.failed"
SYNC_RECOVERED: Final = "sync.recovered"

SUPERSEDING: Final = frozenset({PROGRESSED, FRESHNESS_CHANGED, OBJECTIVE_PROGRESSED})
"""Types that carry the whole state and no fact of their own: a newer one stands for an older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who speaks. `epoch` grows when a store is lost, restored or moved, so that sequences may restart."""

    instance: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a subject.

    Attributes:
        sequence: The subject's, gap-free from 1.
        tier, team, objective: What endpoints filter by; None where it is of no key result or objective.
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


def events_between(before: States, after: States, *, now: datetime) -> tuple[States, list[Event]]:
    """What consumers must hear of, and `after` with the sequences that this takes.

    The events of a subject are in the order of their sequence, subjects in the order of `after`.
    Nothing changed: no event. A subject that only `before` knows is left alone.
    """
    states: States = {}
    events: list[Event] = []
    for subject, state in after.items():
        last = before.get(subject)
        if isinstance(state, KeyResultState):
            found = _key_result_events(last if isinstance(last, KeyResultState) else None, state, now=now)
        else:
            found = _objective_events(last if isinstance(last, ObjectiveState) else None, state, now=now)
        states[subject] = _numbered(state, found[-1].sequence) if found else state
        events += found
    return states, events


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


def _key_result_events(before: KeyResultState | None, after: KeyResultState, *, now: datetime) -> list[Event]:
    types = []
    if _is_held(after) and not (before and _is_held(before)):
        types.append(HELD)
    if _numbers(after) != (_numbers(before) if before else _NO_NUMBERS):
        types.append(PROGRESSED)
    was = before.freshness if before else None
    # `fresh` is what a first value says by itself.
    if after.freshness != was and (was, after.freshness) != (None, "fresh"):
        types.append(FRESHNESS_CHANGED)
    return [
        Event(
            subject=after.subject,
            kind="key_result",
            type=type_,
            sequence=sequence,
            at=now,
            tier=after.tier,
            team=after.team,
            objective=after.subject.id.rpartition("/")[0],
            data=key_result_data(after, before, sequence=sequence),
        )
        for sequence, type_ in enumerate(types, after.sequence + 1)
    ]


def _is_held(state: KeyResultState) -> bool:
    return bool(state.details and "held" in state.details)


_NO_NUMBERS = (None, None, None)


def _numbers(state: KeyResultState) -> tuple[float | None, float | None, float | None]:
    return state.current, state.progress, state.progress_unclamped


def _objective_events(before: ObjectiveState | None, after: ObjectiveState, *, now: datetime) -> list[Event]:
    if before and (before.progress, before.known, before.of) == (after.progress, after.known, after.of):
        return []
    if after.known == 0 and after.sequence == 0:  # nobody has heard of it, and there is nothing to say
        return []
    sequence = after.sequence + 1
    return [
        Event(
            subject=after.subject,
            kind="objective",
            type=OBJECTIVE_PROGRESSED,
            sequence=sequence,
            at=now,
            tier=after.tier,
            team=after.team,
            objective=after.subject.id,
            data=objective_data(after, before, sequence=sequence),
        )
    ]


def _log_event(
    type_: str, connection: str, data: Mapping[str, Any], *, sequence: int, now: datetime
) -> Event:  # Any: JSON
    return Event(
        subject=connection_subject(connection), kind="log", type=type_, sequence=sequence, at=now, data=data
    )
