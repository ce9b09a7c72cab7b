"""What the store can count for whoever watches this process: few statements, whatever its size."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.deliveries import attempts, deliveries
from syncd.store.endpoints import endpoints
from syncd.store.subjects import OBJECTIVE_KIND, subjects
from syncd.store.syncs import syncs

AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How far counting has come.

    Attributes:
        sync: Every sync up to this id was counted, or will never finish.
        counted: Syncs behind it that were counted already; one before them is still running.
        attempt: The last attempt that was counted.
    """

    sync: int
    counted: frozenset[int] = frozenset()
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedSync:
    id: int
    trigger: str
    outcome: str
    # Any: JSON as the sync wrote it; see `syncd.sync.report`.
    connections: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAttempts:
    endpoint: str
    outcome: str
    count: int
    last_id: int


class Metering:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def marks_before(self, at: datetime) -> Marks:
        """Where counting begins: behind what was done before `at`."""
        return Marks(
            sync=await self._last_before(syncs, syncs.c.started_at, at),
            attempt=await self._last_before(attempts, attempts.c.at, at),
        )

    async def first_running(self, *, since: datetime) -> int | None:
        """The oldest sync that runs; one that began before `since` was killed and runs no more."""
        running = select(func.min(syncs.c.id)).where(syncs.c.outcome.is_(None), syncs.c.started_at >= since)
        first: int | None = await self._connection.scalar(running)
        return first

    async def syncs_after(self, marks: Marks) -> Sequence[CountedSync]:
        """Finished ones that were not counted, the oldest first; about `AT_ONCE` at most."""
        rows = await self._connection.execute(
            select(syncs.c.id, syncs.c.trigger, syncs.c.outcome, syncs.c.record)
            .where(syncs.c.id > marks.sync, syncs.c.outcome.is_not(None))
            .order_by(syncs.c.id)
            .limit(AT_ONCE + len(marks.counted))
        )
        return [
            CountedSync(
                id=row.id,
                trigger=row.trigger,
                outcome=row.outcome,
                connections=json.loads(row.record).get("connections", {}) if row.record else {},
            )
            for row in rows
            if row.id not in marks.counted
        ]

    async def attempts_after(self, mark: int) -> Sequence[CountedAttempts]:
        rows = await self._connection.execute(
            select(endpoints.c.name, attempts.c.outcome, func.count(), func.max(attempts.c.id))
            .join_from(attempts, deliveries, attempts.c.delivery_id == deliveries.c.id)
            .join(endpoints, deliveries.c.endpoint_id == endpoints.c.id)
            .where(attempts.c.id > mark)
            .group_by(endpoints.c.name, attempts.c.outcome)
        )
        return [
            CountedAttempts(endpoint=name, outcome=outcome, count=count, last_id=last)
            for name, outcome, count, last in rows
        ]

    async def key_results(self) -> Mapping[str, int]:
        """How many are `fresh`, `late`, `stale`, `failing`; `none`: nothing of them is measured."""
        rows = await self._connection.execute(
            select(subjects.c.freshness, func.count())
            .where(subjects.c.kind != OBJECTIVE_KIND, subjects.c.removed_at.is_(None))
            .group_by(subjects.c.freshness)
        )
        return {freshness or "none": count for freshness, count in rows}

    async def _last_before(self, table: Table, when: Column[Any], at: datetime) -> int:  # Any: an Instant
        last = select(table.c.id).where(when < at).order_by(table.c.id.desc()).limit(1)
        return (await self._connection.scalar(last)) or 0
