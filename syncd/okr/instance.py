"""What an instance says of itself and of its endpoints: log events, each with a sequence of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from syncd.okr.body import moment
from syncd.okr.event import ENDPOINT_DISABLED, INSTANCE_ALIVE, PING, Event
from syncd.okr.names import Subject

ALIVE_EVERY: Final = timedelta(hours=1)
ALIVE_FOR: Final = timedelta(hours=2)
"""How long consumers may trust in silence after `instance.alive`: one may be late, or be missed."""

INSTANCE: Final = Subject(cycle="", id="instance")


def instance_alive(*, sequence: int, now: datetime) -> Event:
    """As long as these come, what consumers know of freshness holds."""
    return _of(INSTANCE, INSTANCE_ALIVE, {"alive_until": moment(now + ALIVE_FOR)}, sequence, now)


def endpoint_disabled(name: str, *, reason: str, since: datetime, sequence: int, now: datetime) -> Event:
    """For the other endpoints: this one gets nothing more until somebody enables it."""
    data = {"endpoint": name, "reason": reason, "since": moment(since)}
    return _of(endpoint_subject(name), ENDPOINT_DISABLED, data, sequence, now)


def ping(name: str, *, sequence: int, now: datetime) -> Event:
    """For that endpoint alone: a delivery that means nothing."""
    subject = Subject(cycle="", id=f"ping/{name}")
    return _of(subject, PING, {"endpoint": name}, sequence, now)


def endpoint_subject(name: str) -> Subject:
    return Subject(cycle="", id=f"endpoint/{name}")


def _of(subject: Subject, type_: str, data: Mapping[str, Any], sequence: int, now: datetime) -> Event:
    return Event(
        subject=subject,
        kind="log",
        type=type_,
        sequence=sequence,
        at=now,
        data={**data, "sequence": sequence},
    )
