"""What a verified body says: of whom, of what, and how new it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from .errors import NotUnderstood

SNAPSHOTS = ("key_result", "objective")
"""What events of these speak of is told whole each time. All other events are entries of a log."""

ALIVE = "instance.alive"

_LARGEST = 2**53 - 1  # what every JSON reader keeps exactly


@dataclass(frozen=True, slots=True)
class Subject:
    """A key result or an objective of one syncd."""

    instance: str
    cycle: str
    id: str

    def __str__(self) -> str:
        return f"{self.id}@{self.cycle} of {self.instance}"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """How new something is: the epoch first, since sequences may begin again with it.

    Attributes:
        is_gone: The name is left, after that sequence: its subject has another one now.
    """

    epoch: int
    sequence: int
    is_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A delivery's body.

    Attributes:
        id: The `webhook-id`.
        subject, position: Of snapshots; None for entries of a log.
        moved_from: The name that the subject had.
        alive_until: Of `instance.alive`: silence before then means that nothing changed.
        data: As sent.
    """

    id: str
    type: str
    at: str
    instance: str
    subject: Subject | None = None
    position: Position | None = None
    moved_from: Subject | None = None
    alive_until: datetime | None = None
    data: Mapping[str, Any]  # Any: JSON


def read_event(body: bytes, *, webhook_id: str) -> Event:
    """
    Raises:
        NotUnderstood: It is no event of syncd's.
    """
    said = _parsed(body)
    type_, data, source = _text(said, "type"), _map(said, "data"), _map(said, "source")
    instance = _text(source, "instance")
    event = Event(id=webhook_id, type=type_, at=_text(said, "timestamp"), instance=instance, data=data)
    kind, _, what = type_.partition(".")
    if what and kind in SNAPSHOTS:
        return _snapshot(event, kind, is_move=what == "moved", epoch=_whole(source, "epoch"))
    if type_ == ALIVE:
        return _with(event, alive_until=_time(data, "alive_until"))
    return event


def _snapshot(event: Event, kind: str, *, is_move: bool, epoch: int) -> Event:
    return _with(
        event,
        subject=_subject(event.instance, _map(event.data, kind)),
        position=Position(epoch, _whole(event.data, "sequence")),
        moved_from=_subject(event.instance, _map(event.data, "from")) if is_move else None,
    )


def _subject(instance: str, said: Mapping[str, Any]) -> Subject:  # Any: JSON
    return Subject(instance, _text(said, "cycle"), _text(said, "id"))


def _with(event: Event, **more: Any) -> Event:  # Any: fields of Event
    known = {name: getattr(event, name) for name in Event.__slots__}
    return Event(**{**known, **more})


def _parsed(body: bytes) -> Mapping[str, Any]:  # Any: JSON
    try:
        said = json.loads(bytes(body).decode(), parse_constant=_refused)
    except (ValueError, RecursionError):
        raise NotUnderstood("the body is not JSON") from None
    if not isinstance(said, dict):
        raise NotUnderstood("the body is not a JSON object")
    return said


def _refused(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _map(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:  # Any: JSON
    value = said.get(name)
    if not isinstance(value, dict):
        raise NotUnderstood(f"{name!r} is missing in the body, or is no object")
    return value


def _text(said: Mapping[str, Any], name: str) -> str:  # Any: JSON
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise NotUnderstood(f"{name!r} is missing in the body, or is no text")
    return value


def _whole(said: Mapping[str, Any], name: str) -> int:  # Any: JSON
    value = said.get(name)
    if isinstance(value, float) and value.is_integer():  # 1.0 is 1 to other readers of JSON
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _LARGEST:
        raise NotUnderstood(f"{name!r} is missing in the body, or is no whole number from 1 on")
    return value


def _time(said: Mapping[str, Any], name: str) -> datetime:  # Any: JSON
    try:
        value = datetime.fromisoformat(_text(said, name))
    except ValueError:
        raise NotUnderstood(f"{name!r} is no time") from None
    if value.tzinfo is None:
        raise NotUnderstood(f"{name!r} is a time without its zone")
    return value
