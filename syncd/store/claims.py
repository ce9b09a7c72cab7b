"""Who may send what: the heads of the queues, under a lease that ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, case, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.delivery.circuit import claimed as with_probe
from syncd.delivery.circuit import places
from syncd.delivery.delivery import BATCH, Delivery, Lease, Tried
from syncd.delivery.settling import Verdict, settle
from syncd.store.deliveries import deliveries, is_head, is_open
from syncd.store.endpoints import REMOVED, Endpoints, endpoints
from syncd.store.events import events
from syncd.store.schema import Instant
from syncd.store.settlements import Settlements

_is_live = and_(endpoints.c.disabled_at.is_(None), endpoints.c.paused_at.is_(None))

_CLAIMED = (
    select(
        deliveries.c.id,
        deliveries.c.endpoint_id,
        endpoints.c.name.label("endpoint"),
        endpoints.c.url,
        deliveries.c.webhook_id,
        events.c.body,
        deliveries.c.coalesced_from,
        deliveries.c.attempts,
        deliveries.c.refusals,
        deliveries.c.due_at,
        deliveries.c.first_failed_at,
        deliveries.c.waits_for,
    )
    .join_from(deliveries, events)
    .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
)
_READY = (
    select(deliveries.c.id)
    .where(deliveries.c.endpoint_id == bindparam("of"), is_head, deliveries.c.due_at <= bindparam("by"))
    .order_by(deliveries.c.due_at, deliveries.c.id)
    .limit(bindparam("most"))
)
_LEASE = (
    deliveries.update()
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)))
    .values(state="in_flight", lease=bindparam("token"), due_at=bindparam("until"))
)
# In a subquery: joined to its endpoint, PostgreSQL reads and sorts all that waits there.
_FIRST = (
    select(deliveries.c.due_at)
    .where(deliveries.c.endpoint_id == endpoints.c.id, is_head)
    .order_by(deliveries.c.due_at)
    .limit(1)
    .scalar_subquery()
)
_NEXT = select(_FIRST.label("due_at"), endpoints.c.probe_at).where(
    endpoints.c.name == bindparam("wanted"), _is_live
)


class Deliveries:
    """What a drain claims and settles."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._endpoints = Endpoints(connection)
        self._settlements = Settlements(connection)

    async def due_endpoints(self, now: datetime) -> list[str]:
        """Names of endpoints that something may be sent to now."""
        due = exists().where(deliveries.c.endpoint_id == endpoints.c.id, is_head, deliveries.c.due_at <= now)
        lets_through = or_(endpoints.c.probe_at.is_(None), endpoints.c.probe_at <= now)
        names = select(endpoints.c.name).where(_is_live, lets_through, due)
        return list(await self._connection.scalars(names.order_by(endpoints.c.name)))

    async def next_due_at(self, endpoint: str) -> datetime | None:
        """When something may next be sent to an endpoint; None: disabled, paused, or nothing is open."""
        row = (await self._connection.execute(_NEXT, {"wanted": endpoint})).first()
        if row is None or row.due_at is None:
            return None
        due_at: datetime = row.due_at
        return due_at if row.probe_at is None else max(due_at, row.probe_at)

    async def count_open(self) -> int:
        """Deliveries that are neither delivered nor given up, of the endpoints that still exist."""
        still_there = endpoints.c.disabled_reason.is_distinct_from(REMOVED)
        counted = select(func.count()).select_from(deliveries).join(endpoints).where(is_open, still_there)
        return await self._connection.scalar(counted) or 0

    async def release_all(self, *, now: datetime) -> None:
        """Ends every lease now; for who knows that nobody holds one."""
        await self._connection.execute(
            deliveries.update()
            .where(is_open, deliveries.c.state == "in_flight")
            .values(
                due_at=now, lease=None, state=case((deliveries.c.attempts > 0, "waiting"), else_="pending")
            )
        )
        await self._endpoints.release_probes(now=now)

    async def follow_clock(self, *, now: datetime, lease: timedelta) -> None:
        """Brings back what a clock that was ahead, and has been set back, has put off.

        What came by that clock is due now; a lease that it gave lasts no longer than one that
        begins now, which is as long as its holder may need. What waits in its schedule keeps its time.
        """
        came_later = and_(deliveries.c.state == "pending", deliveries.c.queued_at > now)
        held_longer = and_(deliveries.c.state == "in_flight", deliveries.c.due_at > now + lease)
        put_off = and_(is_head, deliveries.c.due_at > now, or_(came_later, held_longer))
        whose = select(endpoints.c.id).where(
            exists().where(deliveries.c.endpoint_id == endpoints.c.id, put_off)
        )
        found = list(await self._connection.scalars(whose))
        if not found:
            return
        await self._endpoints.lock_all(found)
        until = case(
            (deliveries.c.state == "pending", literal(now, Instant)), else_=literal(now + lease, Instant)
        )
        await self._connection.execute(
            deliveries.update().where(deliveries.c.endpoint_id.in_(found), put_off).values(due_at=until)
        )

    async def claim(
        self, endpoint: str, *, now: datetime, lease: Lease, limit: int = BATCH
    ) -> list[Delivery]:
        """Takes due deliveries of one endpoint, the head of each queue alone, longest due first.

        One alone while the endpoint's circuit is open, and none before its probe is due.
        """
        locked = await self._endpoints.lock(endpoint)
        if locked is None or not locked.is_live:
            return []
        most = places(locked.reach.circuit, limit=limit, now=now)
        ready = await self._connection.scalars(_READY, {"of": locked.id, "by": now, "most": most})
        ids = list(ready)
        if not ids:
            return []
        # Read before the lease overwrites when it was due.
        rows = await self._connection.execute(_CLAIMED, {"ids": ids})
        claimed = {row.id: Delivery(**row._mapping) for row in rows}
        await self._connection.execute(_LEASE, {"ids": ids, "token": lease.token, "until": lease.until})
        if locked.reach.circuit.is_open:
            await self._endpoints.save_circuit(locked.id, with_probe(locked.reach.circuit, lease))
        return [claimed[key] for key in ids]

    async def settle(self, batch: Sequence[Tried], *, lease: Lease, now: datetime) -> Verdict | None:
        """Writes what became of a claimed batch.

        Returns:
            About those that were written; None: none was. The lease of the others had ended and
            somebody else claimed them since: what comes of that attempt is newer, and stays.
        """
        if not batch:
            return None
        locked = await self._endpoints.lock(batch[0].delivery.endpoint)
        if locked is None:
            return None
        held = await self._settlements.held([tried.delivery.id for tried in batch], lease=lease)
        written = [tried for tried in batch if tried.delivery.id in held]
        if not written:
            return None
        is_probe = locked.reach.circuit.probe == lease.token
        verdict = settle(locked.reach, written, is_probe=is_probe, at=now)
        await self._endpoints.save_reach(locked.id, verdict.reach, disables=verdict.disables, at=now)
        await self._settlements.write(verdict, endpoint_id=locked.id, now=now)
        return verdict
