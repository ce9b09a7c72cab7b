"""Queues: the open deliveries of one endpoint and lane, of which the first alone is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.delivery.superseding import Queued, supersede
from syncd.store.deliveries import deliveries, is_head, is_open
from syncd.store.schema import Instant

_QUEUED = [deliveries.c[name] for name in Queued.__slots__]
_AT_ONCE = 1_000

_ONE = deliveries.update().where(deliveries.c.id == bindparam("key"))
_SUPERSEDE = _ONE.values(state="superseded", settled_at=bindparam("at"))
_INHERIT = _ONE.values(
    state=bindparam("state"),
    attempts=bindparam("attempts"),
    due_at=bindparam("due_at"),
    first_failed_at=bindparam("first_failed_at"),
    waits_for=bindparam("waits_for"),
    coalesced_from=bindparam("coalesced_from"),
)

_open = deliveries.alias("open")
_FIRST = (
    select(_open.c.id)
    .where(_open.c.queue == bindparam("of_queue"), _open.c.settled_at.is_(None))
    .order_by(_open.c.sequence)
    .limit(1)
    .scalar_subquery()
)
_head = deliveries.alias("head")
_HAS_HEAD = exists().where(
    _head.c.queue == bindparam("of_queue"), _head.c.settled_at.is_(None), _head.c.due_at.is_not(None)
)
_NOW = bindparam("now", type_=Instant)
# Due since it was queued, or now, should the clock have been set back.
_PROMOTE = (
    deliveries.update()
    .where(deliveries.c.id == _FIRST, ~_HAS_HEAD)
    .values(due_at=case((deliveries.c.queued_at < _NOW, deliveries.c.queued_at), else_=_NOW))
)


class Queues:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open_in(self, queues: Collection[str]) -> dict[str, list[Queued]]:
        """Open deliveries by queue, in order."""
        found: dict[str, list[Queued]] = defaultdict(list)
        for some in _parts(queues):
            rows = await self._connection.execute(
                select(deliveries.c.queue, *_QUEUED)
                .where(deliveries.c.queue.in_(some), is_open)
                .order_by(deliveries.c.queue, deliveries.c.sequence)
            )
            for queue, *values in rows:
                found[queue].append(Queued(**dict(zip(Queued.__slots__, values, strict=True))))
        return found

    async def with_head(self, queues: Collection[str]) -> set[str]:
        """Those in which something is open."""
        found: set[str] = set()
        for some in _parts(queues):
            which = select(deliveries.c.queue).where(deliveries.c.queue.in_(some), is_head)
            found.update(await self._connection.scalars(which))
        return found

    async def promote(self, queues: Collection[str], *, now: datetime) -> None:
        """Makes the first open delivery of each the head, where there is one and no head is."""
        if queues:
            await self._connection.execute(
                _PROMOTE, [{"of_queue": queue, "now": now} for queue in sorted(set(queues))]
            )

    async def supersede_heads(self, queues: Collection[str], *, at: datetime) -> None:
        """What came behind a delivery while it was in flight supersedes it now that it waits."""
        heirs: list[Queued] = []
        superseded: list[Queued] = []
        for head, second in (found[:2] for found in (await self.open_in(queues)).values() if len(found) > 1):
            if head.due_at is None:
                continue  # opened again by hand, and older than what is on its way: its turn comes
            heir, run = supersede([head], second)
            if run:
                heirs.append(heir)
                superseded += run
        await self.mark_superseded(superseded, at=at)
        if heirs:
            await self._connection.execute(_INHERIT, [_inherited(heir) for heir in heirs])

    async def mark_superseded(self, superseded: Sequence[Queued], *, at: datetime) -> None:
        if superseded:
            await self._connection.execute(_SUPERSEDE, [{"key": one.id, "at": at} for one in superseded])


def queue_of(endpoint_id: int, lane: str) -> str:
    return f"{endpoint_id}/{lane}"


def _parts(queues: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(queues)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def _inherited(heir: Queued) -> dict[str, object]:
    return {
        "key": heir.id,
        "state": heir.state,
        "attempts": heir.attempts,
        "due_at": heir.due_at,
        "first_failed_at": heir.first_failed_at,
        "waits_for": heir.waits_for,
        "coalesced_from": heir.coalesced_from,
    }
