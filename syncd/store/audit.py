"""Who did what: apply, override, confirmation, key, endpoint. Rows are only ever added."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.schema import Instant, generated_key, metadata, to_json

audit = Table(
    "audit",
    metadata,
    generated_key("id"),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("details", Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    at: datetime
    actor: str
    action: str
    # Any: JSON whose shape belongs to the action.
    details: Mapping[str, Any]
    id: int = 0


class Audit:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # Any: see `AuditEntry.details`.
    async def add(self, *, at: datetime, actor: str, action: str, details: Mapping[str, Any]) -> None:
        await self._connection.execute(
            audit.insert().values(at=at, actor=actor, action=action, details=to_json(dict(details)))
        )

    async def last(self, n: int, *, before: int | None = None) -> Sequence[AuditEntry]:
        """The last `n`, newest first; older than the one with the id `before`."""
        which = select(audit).order_by(audit.c.id.desc()).limit(n)
        if before is not None:
            which = which.where(audit.c.id < before)
        return [
            AuditEntry(
                at=row.at, actor=row.actor, action=row.action, details=json.loads(row.details), id=row.id
            )
            for row in await self._connection.execute(which)
        ]
