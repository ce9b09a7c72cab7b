"""What each sync did, and how each connection is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Column, Table, Text, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.reading import ErrorFact
from syncd.store.batch import upserting
from syncd.store.facts import error_columns, from_error, to_error
from syncd.store.schema import Instant, generated_key, metadata, to_json, to_micros

Outcome = Literal["ok", "partial", "failed"]
Trigger = Literal["schedule", "hook", "request", "command"]

syncs = Table(
    "syncs",
    metadata,
    generated_key("id"),
    Column("trigger", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("outcome", Text),
    Column("record", Text),
)

connections = Table(
    "connections",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failing_since", Instant),
    *error_columns(),
    Column("sequence", BigInteger, nullable=False),
    Column("last_synced_at", Instant),
    Column("not_before", Instant),
)

_save_connections = upserting(connections, by=("name",))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRecord:
    """A sync that began. `finished_at` is None while it runs, and for ever when it was killed."""

    id: int
    trigger: Trigger
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome | None
    # Any: JSON as the sync wrote it, printed as it is.
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionState:
    """How a connection is.

    Attributes:
        failing_since: None: the last sync could ask it.
        error: Why it could not.
        sequence: Of the connection's last event (`sync.failed`, `sync.recovered`); 0: none yet.
        not_before: The source asked to be left alone until then.
    """

    failing_since: datetime | None = None
    error: ErrorFact | None = None
    sequence: int = 0
    last_synced_at: datetime | None = None
    not_before: datetime | None = None


_START = insert(syncs).returning(syncs.c.id)
_FINISH = (
    update(syncs)
    .where(syncs.c.id == bindparam("key"))
    .values(finished_at=bindparam("at"), outcome=bindparam("how"), record=bindparam("what"))
)
_CONNECTIONS = select(connections)


class Syncs:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def start(self, *, at: datetime, trigger: Trigger) -> int:
        """Note that a sync began; its id."""
        started = await self._connection.execute(_START, {"trigger": trigger, "started_at": at})
        sync_id: int = started.scalar_one()
        return sync_id

    # Any: see `SyncRecord.record`.
    async def finish(
        self, sync_id: int, *, at: datetime, outcome: Outcome, record: Mapping[str, Any]
    ) -> None:
        given = {"key": sync_id, "at": at, "how": outcome, "what": to_json(dict(record))}
        await self._connection.execute(_FINISH, given)

    async def last(self, n: int, *, before: int | None = None) -> Sequence[SyncRecord]:
        """The last `n`, newest first; older than the one with the id `before`."""
        which = select(syncs).order_by(syncs.c.id.desc()).limit(n)
        if before is not None:
            which = which.where(syncs.c.id < before)
        return [_to_record(row) for row in await self._connection.execute(which)]

    async def get(self, sync_id: int) -> SyncRecord | None:
        row = (await self._connection.execute(select(syncs).where(syncs.c.id == sync_id))).first()
        return None if row is None else _to_record(row)

    async def trigger(self, sync_id: int) -> Trigger | None:
        """What started a sync."""
        found = select(syncs.c.trigger).where(syncs.c.id == sync_id)
        trigger: Trigger | None = (await self._connection.execute(found)).scalar_one_or_none()
        return trigger

    async def connections(self) -> dict[str, ConnectionState]:
        rows = await self._connection.execute(_CONNECTIONS)
        return {
            row.name: ConnectionState(
                failing_since=row.failing_since,
                error=to_error(row.error_code, row.error_message, row.error_actor),
                sequence=row.sequence,
                last_synced_at=row.last_synced_at,
                not_before=row.not_before,
            )
            for row in rows
        }

    async def save_connections(self, states: Mapping[str, ConnectionState]) -> None:
        await _save_connections.run(
            self._connection,
            [
                (
                    name,
                    to_micros(state.failing_since),
                    *from_error(state.error),
                    state.sequence,
                    to_micros(state.last_synced_at),
                    to_micros(state.not_before),
                )
                for name, state in sorted(states.items())
            ],
        )


# Any: a row of `syncs`.
def _to_record(row: Any) -> SyncRecord:
    return SyncRecord(
        id=row.id,
        trigger=row.trigger,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        record=json.loads(row.record) if row.record else {},
    )
