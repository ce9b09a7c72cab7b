"""Up to where events may be missing: who asks for more is told so, and meets no silent gap."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.meta import PRUNED, meta
from syncd.store.schema import to_instant, to_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Of the events that were deleted, the greatest of each; 0, and None: none was ever deleted.

    Attributes:
        event: Its number.
        position: In the order of `syncd.store.feed`.
        at: When it happened.
    """

    event: int = 0
    position: int = 0
    at: datetime | None = None

    def also(self, other: Pruned) -> Pruned:
        at = max((it for it in (self.at, other.at) if it is not None), default=None)
        return Pruned(event=max(self.event, other.event), position=max(self.position, other.position), at=at)


class PrunedEvents:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self) -> Pruned:
        return await self._read(_ROW)

    async def held(self) -> Pruned:
        """No event goes until this transaction ends."""
        return await self._read(_ROW.with_for_update(read=True))

    async def locked(self) -> Pruned:
        """For who deletes: waits for all that hold it."""
        return await self._read(_ROW.with_for_update())

    async def save(self, pruned: Pruned) -> None:
        value = json.dumps({**asdict(pruned), "at": to_micros(pruned.at)})
        await self._connection.execute(meta.update().where(meta.c.name == PRUNED).values(value=value))

    async def _read(self, row: Select[str]) -> Pruned:
        found = json.loads((await self._connection.execute(row)).scalar_one())
        return Pruned(**{**found, "at": to_instant(found.get("at"))})


_ROW = select(meta.c.value).where(meta.c.name == PRUNED)
