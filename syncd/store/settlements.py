"""What became of deliveries, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.delivery.delivery import Lease, Settlement
from syncd.delivery.settling import Verdict
from syncd.store.batch import Row, adding
from syncd.store.deliveries import attempts, deliveries, is_open
from syncd.store.queues import Queues
from syncd.store.schema import to_micros

_add_attempts = adding(attempts)

_SETTLE = (
    deliveries.update()
    .where(deliveries.c.id == bindparam("key"))
    .values(
        state=bindparam("state"),
        attempts=bindparam("attempts"),
        refusals=bindparam("refusals"),
        due_at=bindparam("due_at"),
        lease=None,
        first_failed_at=bindparam("first_failed_at"),
        waits_for=bindparam("waits_for"),
        settled_at=bindparam("settled_at"),
        reason=bindparam("reason"),
    )
)


class Settlements:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._queues = Queues(connection)

    async def held(self, ids: Sequence[int], *, lease: Lease) -> set[int]:
        """Which of them are still under this lease."""
        which = select(deliveries.c.id).where(deliveries.c.id.in_(ids), deliveries.c.lease == lease.token)
        return set(await self._connection.scalars(which))

    async def write(self, verdict: Verdict, *, endpoint_id: int, now: datetime) -> None:
        settlements = verdict.settlements
        which = select(deliveries.c.id, deliveries.c.queue, deliveries.c.coalesces)
        ids = [settlement.delivery.id for settlement in settlements]
        rows = list(await self._connection.execute(which.where(deliveries.c.id.in_(ids))))
        await self._connection.execute(_SETTLE, [_settled(settlement, now) for settlement in settlements])
        tried = [row for settlement in settlements if (row := _attempt_row(settlement))]
        await _add_attempts.run(self._connection, tried)
        if verdict.hastens:
            await self._hasten(endpoint_id, verdict.hastens, now=now)
        ended = {it.delivery.id for it in settlements if it.is_settled}
        await self._queues.promote([row.queue for row in rows if row.id in ended], now=now)
        yielding = [row.queue for row in rows if row.coalesces and row.id not in ended]
        await self._queues.supersede_heads(yielding, at=now)

    async def _hasten(self, endpoint_id: int, waiting_for: frozenset[str], *, now: datetime) -> None:
        await self._connection.execute(
            deliveries.update()
            .where(
                deliveries.c.endpoint_id == endpoint_id,
                is_open,
                deliveries.c.waits_for.in_(sorted(waiting_for)),
                deliveries.c.state != "in_flight",
                deliveries.c.due_at > now,
            )
            .values(due_at=now)
        )


def _settled(settlement: Settlement, now: datetime) -> dict[str, object]:
    return {
        "key": settlement.delivery.id,
        "state": settlement.state,
        "attempts": settlement.attempts,
        "refusals": settlement.refusals,
        "due_at": settlement.due_at,
        "first_failed_at": settlement.first_failed_at,
        "waits_for": settlement.waits_for,
        "settled_at": now if settlement.is_settled else None,
        "reason": settlement.reason,
    }


def _attempt_row(settlement: Settlement) -> Row | None:
    attempt = settlement.attempt
    if attempt is None:
        return None
    return (
        settlement.delivery.id,
        settlement.delivery.attempts + 1,
        to_micros(attempt.started_at),
        (attempt.ended_at - attempt.started_at).total_seconds(),
        attempt.outcome,
        attempt.status,
        attempt.code,
        attempt.message,
    )
