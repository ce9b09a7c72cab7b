"""Syncs that somebody asked for, and what became of them: whoever asked can wait for his own."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Column, Index, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.reading import ErrorFact
from syncd.store.facts import error_columns, from_error, to_error
from syncd.store.schema import Instant, generated_key, metadata, to_json

sync_requests = Table(
    "sync_requests",
    metadata,
    generated_key("id"),
    # Null: all of them.
    Column("connections", Text),
    Column("requested_at", Instant, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("begun_at", Instant),
    Column("finished_at", Instant),
    # What it did may be deleted, and its number stays.
    Column("sync_id", BigInteger),
    *error_columns(),
)
_is_open = sync_requests.c.finished_at.is_(None)
Index("ix_sync_requests_open", sync_requests.c.id, sqlite_where=_is_open, postgresql_where=_is_open)

RequestState = Literal["waiting", "running", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """One request.

    Attributes:
        connections: By name, sorted; None: all.
        begun_at: When it was last taken up; a process that was killed leaves it so, and it is taken up again.
        sync_id: The sync that it became; None with `finished_at`: `error` says why there was none.
    """

    id: int
    connections: tuple[str, ...] | None
    requested_at: datetime
    requested_by: str
    begun_at: datetime | None = None
    finished_at: datetime | None = None
    sync_id: int | None = None
    error: ErrorFact | None = None

    @property
    def state(self) -> RequestState:
        if self.finished_at is not None:
            return "done"
        return "waiting" if self.begun_at is None else "running"


class SyncRequests:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, connections: Collection[str] | None, *, by: str, at: datetime) -> SyncRequest:
        """A new one; or one for the same connections that has not begun, and does as well."""
        wanted = None if connections is None else to_json(sorted(connections))
        same = select(sync_requests).where(
            _is_open,
            sync_requests.c.begun_at.is_(None),
            sync_requests.c.connections.is_not_distinct_from(wanted),
        )
        row = (await self._connection.execute(same.order_by(sync_requests.c.id).limit(1))).first()
        if row is None:
            made = sync_requests.insert().values(connections=wanted, requested_at=at, requested_by=by)
            row = (await self._connection.execute(made.returning(*sync_requests.columns))).one()
        return _to_request(row)

    async def get(self, request_id: int) -> SyncRequest | None:
        which = select(sync_requests).where(sync_requests.c.id == request_id)
        row = (await self._connection.execute(which)).first()
        return None if row is None else _to_request(row)

    async def open(self) -> Sequence[SyncRequest]:
        """Not done yet, the oldest first."""
        rows = await self._connection.execute(
            select(sync_requests).where(_is_open).order_by(sync_requests.c.id)
        )
        return [_to_request(row) for row in rows]

    async def begin(self, request_id: int, *, at: datetime) -> None:
        await self._change(request_id, begun_at=at)

    async def finish(
        self, request_id: int, *, at: datetime, sync_id: int | None = None, error: ErrorFact | None = None
    ) -> None:
        code, message, actor = from_error(error)
        await self._change(
            request_id,
            finished_at=at,
            sync_id=sync_id,
            error_code=code,
            error_message=message,
            error_actor=actor,
        )

    async def _change(self, request_id: int, **values: object) -> None:
        await self._connection.execute(
            sync_requests.update().where(sync_requests.c.id == request_id).values(**values)
        )


# Any: a row of `sync_requests`.
def _to_request(row: Any) -> SyncRequest:
    return SyncRequest(
        id=row.id,
        connections=None if row.connections is None else tuple(json.loads(row.connections)),
        requested_at=row.requested_at,
        requested_by=row.requested_by,
        begun_at=row.begun_at,
        finished_at=row.finished_at,
        sync_id=row.sync_id,
        error=to_error(row.error_code, row.error_message, row.error_actor),
    )
