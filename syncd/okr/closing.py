"""The end of a cycle for good: its numbers stay. A log event of the cycle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from syncd.okr.body import moment
from syncd.okr.definition import Cycle
from syncd.okr.event import Event
from syncd.okr.names import Subject

CYCLE_CLOSED: Final = "cycle.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """`at`: from then on its numbers stay. `by`: who closed it; None: it froze by itself."""

    cycle: str
    at: datetime
    by: str | None = None


def cycle_closed(cycle: Cycle, closing: Closing, *, sequence: int, now: datetime) -> Event:
    """Told once. No body names who closed it."""
    return Event(
        subject=cycle_subject(cycle.name),
        kind="log",
        type=CYCLE_CLOSED,
        sequence=sequence,
        at=now,
        data={
            "cycle": {
                "name": cycle.name,
                "first_day": cycle.first_day.isoformat(),
                "last_day": cycle.last_day.isoformat(),
            },
            "closed_at": moment(closing.at),
            "origin": "sync" if closing.by is None else "person",
            "sequence": sequence,
        },
    )


def cycle_subject(name: str) -> Subject:
    """What the log events of a cycle belong to; its numbers have sequences of their own."""
    return Subject(cycle="", id=f"cycle/{name}")
