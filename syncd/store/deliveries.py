"""How far each event is on its way to each endpoint.

    pending -> in_flight (lease) -> delivered | waiting (due_at) | dead;  pending, waiting -> superseded

A lease's end, not a process's death, gives a delivery back: `due_at` of one in flight is the end of
its lease. A disabled endpoint's deliveries stay open; nothing of it is claimed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    exists,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.batch import Row, adding
from syncd.store.delivery import Attempt, Delivery, Lease, Settlement
from syncd.store.endpoints import REMOVED, Endpoints, endpoints
from syncd.store.events import events
from syncd.store.schema import Instant, generated_key, metadata, to_micros
from syncd.store.superseding import Queued, supersede

BATCH = 100
"""Most deliveries that one claim takes: what a crash may repeat."""

deliveries = Table(
    "deliveries",
    metadata,
    generated_key("id"),
    Column("event_id", ForeignKey("events.id"), nullable=False),
    Column("endpoint_id", ForeignKey("endpoints.id"), nullable=False),
    Column("webhook_id", Text, nullable=False),
    # Endpoint and lane in one: inside a queue, in the order of its sequence, order holds.
    Column("queue", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("coalesces", Boolean, nullable=False),
    Column("coalesced_from", BigInteger),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease", Text),
    Column("first_failed_at", Instant),
    Column("settled_at", Instant),
    Column("reason", Text),
    UniqueConstraint("event_id", "endpoint_id"),
)
_OPEN = deliveries.c.settled_at.is_(None)
# What is settled costs the claims nothing, however much of it there is.
Index(
    "ix_deliveries_due",
    deliveries.c.endpoint_id,
    deliveries.c.due_at,
    deliveries.c.id,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
# PostgreSQL's planner, without statistics, takes any index that fits a little: this one alone fits
# a look at a queue, and the one above alone a look at what is due.
Index(
    "ix_deliveries_queue",
    deliveries.c.queue,
    deliveries.c.sequence,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

attempts = Table(
    "attempts",
    metadata,
    generated_key("id"),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("code", Text),
    Column("message", Text),
)

_earlier = deliveries.alias("earlier")
_IS_HEAD = ~exists().where(
    _earlier.c.queue == deliveries.c.queue,
    _earlier.c.sequence < deliveries.c.sequence,
    _earlier.c.settled_at.is_(None),
)
"""The first open delivery of its queue: it alone may be sent, so that order holds."""

_WITH_EVENT = (
    select(
        deliveries.c.id,
        deliveries.c.endpoint_id,
        endpoints.c.name.label("endpoint"),
        endpoints.c.url,
        deliveries.c.webhook_id,
        events.c.body,
        deliveries.c.coalesced_from,
        deliveries.c.attempts,
        deliveries.c.due_at,
        deliveries.c.first_failed_at,
        endpoints.c.last_delivered_at.label("endpoint_delivered_at"),
    )
    .join_from(deliveries, events)
    .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
)
_QUEUED = [deliveries.c[name] for name in Queued.__slots__]
_QUEUES_AT_ONCE = 1_000

_add_attempts = adding(attempts)


class Deliveries:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._endpoints = Endpoints(connection)

    async def due_endpoints(self, now: datetime) -> list[str]:
        """Names of enabled endpoints that have something to send now."""
        due = exists().where(
            deliveries.c.endpoint_id == endpoints.c.id, _OPEN, deliveries.c.due_at <= now, _IS_HEAD
        )
        names = select(endpoints.c.name).where(endpoints.c.disabled_at.is_(None), due)
        return list(await self._connection.scalars(names.order_by(endpoints.c.name)))

    async def next_due_at(self, endpoint: str) -> datetime | None:
        """When the endpoint's next delivery is due; None: it is disabled, or nothing is open."""
        first = (
            select(deliveries.c.due_at)
            .join(endpoints)
            .where(endpoints.c.name == endpoint, endpoints.c.disabled_at.is_(None), _OPEN, _IS_HEAD)
            .order_by(deliveries.c.due_at)
            .limit(1)
        )
        due_at: datetime | None = await self._connection.scalar(first)
        return due_at

    async def count_open(self) -> int:
        """Deliveries that are neither delivered nor given up, of the endpoints that still exist."""
        still_there = endpoints.c.disabled_reason.is_distinct_from(REMOVED)
        counted = select(func.count()).select_from(deliveries).join(endpoints).where(_OPEN, still_there)
        return await self._connection.scalar(counted) or 0

    async def release_all(self, *, now: datetime) -> None:
        """Ends every lease now; for who knows that nobody holds one."""
        await self._connection.execute(
            deliveries.update()
            .where(_OPEN, deliveries.c.state == "in_flight")
            .values(
                due_at=now, lease=None, state=case((deliveries.c.attempts > 0, "waiting"), else_="pending")
            )
        )

    async def claim(
        self, endpoint: str, *, now: datetime, lease: Lease, limit: int = BATCH
    ) -> list[Delivery]:
        """Takes due deliveries of one endpoint, the head of each queue alone, longest due first."""
        enabled = select(endpoints.c.id).where(
            endpoints.c.name == endpoint, endpoints.c.disabled_at.is_(None)
        )
        ready = (
            select(deliveries.c.id)
            .where(
                deliveries.c.endpoint_id == enabled.scalar_subquery(),
                _OPEN,
                deliveries.c.due_at <= now,
                _IS_HEAD,
            )
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit)
            # One locked by another drain is open still: it keeps those behind it from being heads.
            .with_for_update(skip_locked=True, of=deliveries)
        )
        ids = list(await self._connection.scalars(ready))
        if not ids:
            return []
        # Read before the lease overwrites when it was due.
        rows = await self._connection.execute(_WITH_EVENT.where(deliveries.c.id.in_(ids)))
        claimed = {row.id: Delivery(**row._mapping) for row in rows}
        await self._connection.execute(
            deliveries.update()
            .where(deliveries.c.id.in_(ids))
            .values(state="in_flight", lease=lease.token, due_at=lease.until)
        )
        return [claimed[key] for key in ids]

    async def settle(
        self, settlements: Sequence[Settlement], *, lease: Lease, now: datetime
    ) -> list[Settlement]:
        """Writes what became of a claimed batch.

        Returns:
            Those that were written. The lease of the others had ended and somebody else claimed
            them since: what comes of that attempt is newer, and stays.
        """
        held = set(
            await self._connection.scalars(
                select(deliveries.c.id)
                .where(
                    deliveries.c.id.in_([settlement.delivery.id for settlement in settlements]),
                    deliveries.c.lease == lease.token,
                )
                .with_for_update()
            )
        )
        written = [settlement for settlement in settlements if settlement.delivery.id in held]
        if not written:
            return []
        await self._connection.execute(_SETTLE, [_settled(settlement, now) for settlement in written])
        tried = [(s.delivery.id, s.attempt) for s in written if s.attempt is not None]
        await _add_attempts.run(self._connection, [_attempt_row(*one) for one in tried])
        await self._tell_endpoints(written, at=now)
        await self._supersede_waiting([s.delivery.id for s in written if s.state == "waiting"], at=now)
        return written

    async def open_in(self, queues: Collection[str]) -> dict[str, list[Queued]]:
        """Open deliveries by queue, in order, kept from being claimed until this transaction ends.

        One that is being claimed just now is left out: it is as good as in flight.
        """
        found: dict[str, list[Queued]] = defaultdict(list)
        wanted = sorted(queues)
        for start in range(0, len(wanted), _QUEUES_AT_ONCE):
            rows = await self._connection.execute(
                select(deliveries.c.queue, *_QUEUED)
                .where(deliveries.c.queue.in_(wanted[start : start + _QUEUES_AT_ONCE]), _OPEN)
                .order_by(deliveries.c.queue, deliveries.c.sequence)
                .with_for_update(skip_locked=True)
            )
            for queue, *values in rows:
                found[queue].append(Queued(**dict(zip(Queued.__slots__, values, strict=True))))
        return found

    async def mark_superseded(self, superseded: Sequence[Queued], *, at: datetime) -> None:
        if superseded:
            await self._connection.execute(_SUPERSEDE, [{"key": one.id, "at": at} for one in superseded])

    async def _supersede_waiting(self, ids: Sequence[int], *, at: datetime) -> None:
        """What came behind a delivery while it was in flight supersedes it now that it waits."""
        if not ids:
            return
        touched = await self._connection.scalars(
            select(deliveries.c.queue).where(deliveries.c.id.in_(ids), deliveries.c.coalesces)
        )
        queues = await self.open_in(set(touched))
        heirs: list[Queued] = []
        superseded: list[Queued] = []
        for head, second in (queue[:2] for queue in queues.values() if len(queue) > 1):
            heir, run = supersede([head], second)
            if run:
                heirs.append(heir)
                superseded += run
        await self.mark_superseded(superseded, at=at)
        if heirs:
            await self._connection.execute(_INHERIT, [_inherited(heir) for heir in heirs])

    async def _tell_endpoints(self, written: Sequence[Settlement], *, at: datetime) -> None:
        await self._endpoints.note_delivered(
            {s.delivery.endpoint_id for s in written if s.state == "delivered"}, at=at
        )
        disabled = {s.delivery.endpoint_id: s.disables for s in written if s.disables}
        for endpoint_id, reason in disabled.items():
            await self._endpoints.disable(endpoint_id, reason=reason, at=at)


_ONE = deliveries.update().where(deliveries.c.id == bindparam("key"))
_SETTLE = _ONE.values(
    state=bindparam("state"),
    attempts=bindparam("attempts"),
    due_at=bindparam("due_at"),
    lease=None,
    first_failed_at=bindparam("first_failed_at"),
    settled_at=bindparam("settled_at"),
    reason=bindparam("reason"),
)
_SUPERSEDE = _ONE.values(state="superseded", settled_at=bindparam("at"))
_INHERIT = _ONE.values(
    state=bindparam("state"),
    attempts=bindparam("attempts"),
    due_at=bindparam("due_at"),
    first_failed_at=bindparam("first_failed_at"),
    coalesced_from=bindparam("coalesced_from"),
)


def _settled(settlement: Settlement, now: datetime) -> dict[str, object]:
    return {
        "key": settlement.delivery.id,
        "state": settlement.state,
        "attempts": settlement.attempts,
        "due_at": settlement.due_at,
        "first_failed_at": settlement.first_failed_at,
        "settled_at": now if settlement.state in ("delivered", "dead") else None,
        "reason": settlement.reason,
    }


def _inherited(heir: Queued) -> dict[str, object]:
    return {
        "key": heir.id,
        "state": heir.state,
        "attempts": heir.attempts,
        "due_at": heir.due_at,
        "first_failed_at": heir.first_failed_at,
        "coalesced_from": heir.coalesced_from,
    }


def _attempt_row(delivery_id: int, attempt: Attempt) -> Row:
    return (
        delivery_id,
        attempt.number,
        to_micros(attempt.at),
        attempt.seconds,
        attempt.outcome,
        attempt.status,
        attempt.code,
        attempt.message,
    )
