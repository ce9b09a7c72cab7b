"""The active mappings, and those before them: every `apply` adds a version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.schema import Instant, generated_key, metadata, to_json

mapping_versions = Table(
    "mapping_versions",
    metadata,
    generated_key("id"),
    Column("digest", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("applied_at", Instant, nullable=False),
    Column("applied_by", Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingVersion:
    """Mappings as they were applied. `files`: path to text."""

    digest: str
    files: Mapping[str, str]
    applied_at: datetime
    applied_by: str


_NEWEST = select(mapping_versions).order_by(mapping_versions.c.id.desc()).limit(1)


class Versions:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def active(self) -> MappingVersion | None:
        return await self._found(_NEWEST)

    async def of(self, digest: str, *, at: datetime) -> MappingVersion | None:
        """The version with this digest, as it was applied last by then."""
        same = select(mapping_versions).where(
            mapping_versions.c.digest == digest, mapping_versions.c.applied_at <= at
        )
        return await self._found(same.order_by(mapping_versions.c.id.desc()).limit(1))

    async def _found(self, wanted: Select[Any]) -> MappingVersion | None:  # Any: columns of the table above
        row = (await self._connection.execute(wanted)).one_or_none()
        if row is None:
            return None
        return MappingVersion(
            digest=row.digest,
            files=json.loads(row.files),
            applied_at=row.applied_at,
            applied_by=row.applied_by,
        )

    async def active_digest(self) -> str | None:
        """As `active().digest`, without the files: cheap enough to ask often."""
        newest = select(mapping_versions.c.digest).order_by(mapping_versions.c.id.desc()).limit(1)
        return (await self._connection.execute(newest)).scalar_one_or_none()

    async def activate(self, files: Mapping[str, str], *, digest: str, at: datetime, by: str) -> None:
        await self._connection.execute(
            mapping_versions.insert().values(
                digest=digest,
                files=to_json(dict(files)),
                applied_at=at,
                applied_by=by,
            )
        )
