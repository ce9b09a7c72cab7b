"""API keys: who may ask this installation what. The secret itself is nowhere; its digest is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import JSON, Column, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.schema import Instant, metadata

Scope = Literal["read", "check-in", "admin"]

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("teams", JSON),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is recorded.

    Attributes:
        id: The part that names it; it is no secret.
        digest: SHA-256 of the whole key, hexadecimal.
        scope: What it may do at most; each includes those before it.
        teams: Whose key results it may see; None: everybody's.
    """

    id: str
    name: str
    digest: str = field(repr=False)
    scope: Scope
    teams: tuple[str, ...] | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class Keys:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, key: ApiKey) -> None:
        await self._connection.execute(
            api_keys.insert().values(
                id=key.id,
                name=key.name,
                digest=key.digest,
                scope=key.scope,
                teams=None if key.teams is None else list(key.teams),
                created_at=key.created_at,
                created_by=key.created_by,
                expires_at=key.expires_at,
            )
        )

    async def get(self, key_id: str) -> ApiKey | None:
        rows = await self._connection.execute(select(api_keys).where(api_keys.c.id == key_id))
        row = rows.one_or_none()
        return None if row is None else _to_key(row._mapping)

    async def all(self) -> Sequence[ApiKey]:
        """The newest first, revoked and expired ones too."""
        rows = await self._connection.execute(
            select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.id)
        )
        return [_to_key(row._mapping) for row in rows]

    async def revoke(self, key_id: str, *, at: datetime) -> bool:
        """Whether it was there and still worked."""
        done = await self._connection.execute(
            api_keys.update()
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        return bool(done.rowcount)

    async def note_use(self, key_id: str, *, at: datetime) -> None:
        await self._connection.execute(
            api_keys.update().where(api_keys.c.id == key_id).values(last_used_at=at)
        )


def _to_key(row: object) -> ApiKey:
    # A row's mapping has the columns above, which are the attributes.
    values = dict(row)  # type: ignore[call-overload]  # RowMapping is a Mapping[str, Any]
    teams = values.pop("teams")
    return ApiKey(**values, teams=None if teams is None else tuple(teams))
