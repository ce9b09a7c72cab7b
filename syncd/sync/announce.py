"""A new epoch: everything is told once more, so that consumers of a restored store come round to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.okr.event import Source, announcements
from syncd.store.epochs import Begun
from syncd.store.states import SET_ASIDE
from syncd.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """How many subjects were told whole, and how many as removed."""

    begun: Begun
    told: int
    removed: int


async def begin_epoch(tx: Transaction, *, source: Source, at: datetime) -> Announced:
    """Begins a new epoch, and announces in it all that consumers are to know.

    Sequences go on. What waits to be delivered stays as it is: a snapshot yields to its
    announcement, and the entries of logs keep ids that consumers who had them know.
    """
    # Subjects first and then the epoch, as everybody else who speaks of subjects locks them.
    known = await tx.states.get(lock=True, removed=True, via="anybody")
    known = {subject: state for subject, state in known.items() if SET_ASIDE not in subject.id}
    archived = known.keys() - (await tx.states.get(via="anybody")).keys()
    begun = await tx.epochs.begin(at=at)
    events = announcements(known, archived=archived, now=at)
    await tx.states.advance(event.subject for event in events)
    # Whoever spoke in the former epoch speaks in this one now, we too.
    await tx.outbox.enqueue(events, source=source, at=at)
    removed = sum(event.type.endswith(".removed") for event in events)
    return Announced(begun=begun, told=len(events) - removed, removed=removed)
