"""What is old enough to go, a bounded page at a time: first looked for, then deleted.

A page is so many rows in the order of their keys, so that a look costs the same however many rows there
are and however few of them go. The newest row of a table always stays: SQLite would give its key again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Table, and_, case, exists, false, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.retention import Horizon
from syncd.store.deliveries import attempts, deliveries
from syncd.store.endpoints import Endpoints
from syncd.store.events import events
from syncd.store.feed import Feed
from syncd.store.history import check_ins
from syncd.store.pruned import Pruned, PrunedEvents
from syncd.store.schema import Instant
from syncd.store.snapshots import snapshots
from syncd.store.syncs import syncs

PAGE = 500

Aging = Literal["deliveries", "events", "syncs", "check_ins", "snapshots"]
AGING: tuple[Aging, ...] = get_args(Aging)
"""What grows with time; deliveries before the events that they are of."""

_TABLES: dict[Aging, Table] = {
    "deliveries": deliveries,
    "events": events,
    "syncs": syncs,
    "check_ins": check_ins,
    "snapshots": snapshots,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """What a look found.

    Attributes:
        keys: Of rows that may go.
        next: Where the next look goes on; 0: from the beginning.
    """

    keys: Sequence[int]
    next: int


class Retained:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._endpoints = Endpoints(connection)
        self._feed = Feed(connection)
        self._pruned = PrunedEvents(connection)

    async def old(self, what: Aging, horizon: Horizon, *, after: int) -> Old:
        """Rows of the next page behind the key `after` that may go."""
        key = _TABLES[what].c.id
        page = select(key).where(key > after).order_by(key).limit(PAGE + 1)
        found = list(await self._connection.scalars(page))
        keys = await self._may_go(what, found[:-1], horizon) if len(found) > 1 else []
        return Old(keys=keys, next=found[-2] if len(found) > PAGE else 0)

    async def delete(self, what: Aging, keys: Collection[int], horizon: Horizon) -> int:
        """Deletes those that may go still; how many did."""
        if what == "deliveries":
            await self._lock_deliveries(keys)
        held = await self._hold_events(keys) if what == "events" else None
        gone = await self._may_go(what, keys, horizon)
        if what == "deliveries":
            await self._connection.execute(attempts.delete().where(attempts.c.delivery_id.in_(gone)))
        if held is not None:
            gone = await self._note_pruned(gone, before=held)
        table = _TABLES[what]
        await self._connection.execute(table.delete().where(table.c.id.in_(gone)))
        return len(gone)

    async def _may_go(self, what: Aging, keys: Collection[int], horizon: Horizon) -> list[int]:
        key = _TABLES[what].c.id
        which = select(key).where(key.in_(keys), _is_old(what, horizon)).order_by(key)
        return list(await self._connection.scalars(which))

    async def _lock_deliveries(self, keys: Collection[int]) -> None:
        """Whoever reopens or settles deliveries holds the lock of their endpoint."""
        whose = select(deliveries.c.endpoint_id).where(deliveries.c.id.in_(keys)).distinct()
        await self._endpoints.lock_all(list(await self._connection.scalars(whose)))

    async def _hold_events(self, keys: Collection[int]) -> Pruned:
        """Waits for who replays; and gives what nobody came to get the position that it would have had."""
        pruned = await self._pruned.locked()
        unnumbered = select(events.c.id).where(events.c.id.in_(keys), events.c.position.is_(None)).limit(1)
        if (await self._connection.execute(unnumbered)).first() is not None:
            await self._feed.number()
        return pruned

    async def _note_pruned(self, keys: Collection[int], *, before: Pruned) -> list[int]:
        """Which of them go: all but those that have no position, and the last, which positions go on from."""
        last = await self._feed.last_position()
        which = select(events.c.id, events.c.position, events.c.at)
        rows = list(
            await self._connection.execute(which.where(events.c.id.in_(keys), events.c.position < last))
        )
        if rows:
            gone = Pruned(
                event=max(row.id for row in rows),
                position=max(row.position for row in rows),
                at=max(row.at for row in rows),
            )
            await self._pruned.save(before.also(gone))
        return [row.id for row in rows]


def _is_old(what: Aging, horizon: Horizon) -> ColumnElement[bool]:
    """What may go. An open delivery, whose `settled_at` is NULL, never does."""
    match what:
        case "deliveries":
            until = case((deliveries.c.state == "dead", _at(horizon.dead)), else_=_at(horizon.deliveries))
            return and_(deliveries.c.settled_at < until, deliveries.c.id.is_distinct_from(_TRIED_LAST))
        case "events":
            return and_(events.c.at < horizon.events, _HAS_SUCCESSOR, ~_IS_SENT)
        case "syncs":
            return syncs.c.started_at < horizon.syncs
        case "check_ins" | "snapshots":
            return false() if horizon.history is None else _is_past(what, horizon.history)


# Its attempt has the newest key, which must not be given again.
_newest = select(func.max(attempts.c.id)).scalar_subquery()
_TRIED_LAST = select(attempts.c.delivery_id).where(attempts.c.id == _newest).scalar_subquery()
_IS_SENT = exists().where(deliveries.c.event_id == events.c.id)
_successor = events.alias("successor")
# Logs go on from the sequence of their newest.
_HAS_SUCCESSOR = exists().where(_successor.c.lane == events.c.lane, _successor.c.sequence > events.c.sequence)


def _is_past(what: Aging, horizon: datetime) -> ColumnElement[bool]:
    """Another one of the subject was in force by then: the last of before says what held at the horizon."""
    table = _TABLES[what]
    later = table.alias("later")
    is_followed = and_(
        later.c.subject_key == table.c.subject_key, later.c.at > table.c.at, later.c.at <= horizon
    )
    if what == "snapshots":
        # What was computed last is asked for beside what was said last.
        is_followed = and_(is_followed, or_(table.c.given.is_(None), later.c.given.is_not(None)))
    return and_(table.c.at < horizon, exists().where(is_followed))


def _at(moment: datetime) -> ColumnElement[datetime]:
    return literal(moment, Instant)
