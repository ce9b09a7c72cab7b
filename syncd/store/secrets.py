"""The secrets of endpoints that people added, sealed; several of one while it is rotated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Select, Table, Text, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.endpoints import endpoints
from syncd.store.schema import Instant, generated_key, metadata

endpoint_secrets = Table(
    "endpoint_secrets",
    metadata,
    generated_key("id"),
    Column("endpoint_id", ForeignKey("endpoints.id"), nullable=False, index=True),
    Column("sealed", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ends_at", Instant),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecret:
    """
    Attributes:
        sealed: See `syncd.store.sealing`.
        ends_at: From then on it signs nothing; None: it is the one that stays.
    """

    id: int
    sealed: str = field(repr=False)
    made_at: datetime
    ends_at: datetime | None

    def signs(self, now: datetime) -> bool:
        return self.ends_at is None or now < self.ends_at


class Secrets:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, endpoint: str) -> list[SealedSecret]:
        """Of one endpoint, the newest first; those that ended too, until they are erased."""
        which = (
            select(endpoint_secrets)
            .join(endpoints, endpoints.c.id == endpoint_secrets.c.endpoint_id)
            .where(endpoints.c.name == endpoint)
        )
        return await self._read(which.order_by(endpoint_secrets.c.id.desc()))

    async def all(self) -> list[SealedSecret]:
        return await self._read(select(endpoint_secrets).order_by(endpoint_secrets.c.id))

    async def add(self, endpoint_id: int, sealed: str, *, at: datetime) -> None:
        row = endpoint_secrets.insert().values(endpoint_id=endpoint_id, sealed=sealed, made_at=at)
        await self._connection.execute(row)

    async def end(self, endpoint_id: int, *, at: datetime) -> None:
        """Those that stay end then; those that end sooner anyway do."""
        staying = endpoint_secrets.c.ends_at.is_(None) | (endpoint_secrets.c.ends_at > at)
        which = endpoint_secrets.update().where(endpoint_secrets.c.endpoint_id == endpoint_id, staying)
        await self._connection.execute(which.values(ends_at=at))

    async def erase(self, endpoint_id: int) -> None:
        """All of an endpoint."""
        which = endpoint_secrets.delete().where(endpoint_secrets.c.endpoint_id == endpoint_id)
        await self._connection.execute(which)

    async def erase_ended(self, *, now: datetime) -> None:
        await self._connection.execute(endpoint_secrets.delete().where(endpoint_secrets.c.ends_at <= now))

    async def replace(self, sealed: Sequence[tuple[int, str]]) -> None:
        """Sealed anew, by their numbers."""
        if sealed:
            change = endpoint_secrets.update().where(endpoint_secrets.c.id == bindparam("key"))
            rows = [{"key": key, "anew": text} for key, text in sealed]
            await self._connection.execute(change.values(sealed=bindparam("anew")), rows)

    # Any: the types of the columns.
    async def _read(self, which: Select[Any]) -> list[SealedSecret]:
        return [
            SealedSecret(id=row.id, sealed=row.sealed, made_at=row.made_at, ends_at=row.ends_at)
            for row in await self._connection.execute(which)
        ]
