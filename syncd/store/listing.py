"""What people see of deliveries: with their attempts, and counted per endpoint."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.delivery.delivery import State
from syncd.store.deliveries import attempts, deliveries, is_open
from syncd.store.endpoints import REMOVED, endpoints
from syncd.store.events import events


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAttempt:
    """One attempt. `number` counts those of the schedule; probes of an open circuit repeat it.

    Attributes:
        outcome: See `syncd.delivery.outcome`.
        code, message: Why it was not delivered.
    """

    number: int
    at: datetime
    seconds: float
    outcome: str
    status: int | None
    code: str | None
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDelivery:
    """A delivery as it is recorded.

    Attributes:
        event_id: The number of its event, which a replay may begin at.
        due_at: When it is tried; None: settled, or another of its subject comes first.
        queued_at: When it came, or was opened again by hand.
        reason: Why it is dead.
        tried: Its attempts, in order.
    """

    id: int
    event_id: int
    endpoint: str
    webhook_id: str
    type: str
    cycle: str
    subject: str
    sequence: int
    coalesced_from: int | None
    state: State
    attempts: int
    refusals: int
    due_at: datetime | None
    queued_at: datetime
    first_failed_at: datetime | None
    settled_at: datetime | None
    reason: str | None
    tried: Sequence[KeptAttempt] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What an endpoint has open, and what was given up.

    Attributes:
        oldest_at: Since when the oldest open one is queued; None: nothing is open.
    """

    open: int = 0
    dead: int = 0
    oldest_at: datetime | None = None


_SHOWN = (
    select(
        deliveries.c.id,
        deliveries.c.event_id,
        endpoints.c.name.label("endpoint"),
        deliveries.c.webhook_id,
        events.c.type,
        events.c.cycle,
        events.c.subject,
        deliveries.c.sequence,
        deliveries.c.coalesced_from,
        deliveries.c.state,
        deliveries.c.attempts,
        deliveries.c.refusals,
        case((is_open, deliveries.c.due_at)).label("due_at"),
        deliveries.c.queued_at,
        deliveries.c.first_failed_at,
        deliveries.c.settled_at,
        deliveries.c.reason,
    )
    .join_from(deliveries, events)
    .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
)


class Listing:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def deliveries(
        self,
        *,
        states: Collection[State] = (),
        endpoint: str | None = None,
        subject: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[KeptDelivery]:
        """The last ones that fit every filter given, newest first, with their attempts.

        Args:
            subject: The id of a key result or objective, or a log's name, as it was called then.
            before: Those with smaller numbers, for the next page.
        """
        which = _SHOWN.order_by(deliveries.c.id.desc()).limit(limit)
        if states:
            which = which.where(deliveries.c.state.in_(sorted(states)))
        if endpoint is not None:
            mine = select(endpoints.c.id).where(endpoints.c.name == endpoint).scalar_subquery()
            which = which.where(deliveries.c.endpoint_id == mine)
        if subject is not None:
            which = which.where(events.c.subject == subject)
        if before is not None:
            which = which.where(deliveries.c.id < before)
        return await self._with_attempts(which)

    async def delivery(self, key: int) -> KeptDelivery | None:
        found = await self._with_attempts(_SHOWN.where(deliveries.c.id == key))
        return found[0] if found else None

    async def dead(self, endpoint: str) -> list[int]:
        """The numbers of an endpoint's dead deliveries, the oldest first; 10,000 at most."""
        mine = select(endpoints.c.id).where(endpoints.c.name == endpoint).scalar_subquery()
        which = select(deliveries.c.id).where(deliveries.c.endpoint_id == mine, deliveries.c.state == "dead")
        return list(await self._connection.scalars(which.order_by(deliveries.c.id).limit(10_000)))

    async def endpoints_of(self, ids: Collection[int]) -> set[str]:
        """Whom these deliveries are for."""
        names = select(endpoints.c.name).join(deliveries, deliveries.c.endpoint_id == endpoints.c.id)
        return set(await self._connection.scalars(names.where(deliveries.c.id.in_(ids)).distinct()))

    async def backlogs(self) -> dict[str, Backlog]:
        """Endpoint -> its backlog, of every endpoint that there is; of one that was removed nothing waits."""
        dead = deliveries.c.state == "dead"
        # By state, which its index has: what was delivered is not read.
        shown = deliveries.c.state.in_(["pending", "in_flight", "waiting", "dead"])
        counted = (
            select(
                endpoints.c.name,
                func.count(case((is_open, deliveries.c.id))),
                func.count(case((dead, deliveries.c.id))),
                func.min(case((is_open, deliveries.c.queued_at))),
            )
            .outerjoin_from(endpoints, deliveries, (deliveries.c.endpoint_id == endpoints.c.id) & shown)
            .where(endpoints.c.disabled_reason.is_distinct_from(REMOVED))
            .group_by(endpoints.c.name)
            .order_by(endpoints.c.name)
        )
        return {
            name: Backlog(open=opened, dead=died, oldest_at=oldest_at)
            for name, opened, died, oldest_at in await self._connection.execute(counted)
        }

    # Any: a select of `_SHOWN`.
    async def _with_attempts(self, which: Any) -> list[KeptDelivery]:
        rows = list(await self._connection.execute(which))
        tried: dict[int, list[KeptAttempt]] = defaultdict(list)
        found = await self._connection.execute(
            select(attempts)
            .where(attempts.c.delivery_id.in_([row.id for row in rows]))
            .order_by(attempts.c.delivery_id, attempts.c.id)
        )
        for row in found:
            tried[row.delivery_id].append(
                KeptAttempt(
                    number=row.number,
                    at=row.at,
                    seconds=row.seconds,
                    outcome=row.outcome,
                    status=row.status,
                    code=row.code,
                    message=row.message,
                )
            )
        return [KeptDelivery(**row._mapping, tried=tuple(tried[row.id])) for row in rows]
