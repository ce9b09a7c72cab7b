"""The epoch of a store: by it consumers tell what it says now from what a lost one said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.errors import StoreError
from syncd.okr.event import Source
from syncd.store.meta import EPOCH, FORMER_EPOCHS, meta


class Begun(NamedTuple):
    """Unix seconds; `epoch` is the greater."""

    former: int
    epoch: int


_TODAY = select(meta.c.value).where(meta.c.name == EPOCH).with_for_update(read=True)


class Epochs:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, *, at: datetime) -> Begun:
        """A new one, from this transaction on. Waits for all that speak in the old one to end."""
        rows = select(meta.c.name, meta.c.value).where(meta.c.name == EPOCH).with_for_update()
        former = int((await self._connection.execute(rows)).one().value)
        known = await self._former()
        # Also when the clock is behind, or the store was made within this second.
        epoch = max(int(at.timestamp()), former + 1)
        await self._connection.execute(meta.update().where(meta.c.name == EPOCH).values(value=str(epoch)))
        await self._connection.execute(meta.delete().where(meta.c.name == FORMER_EPOCHS))
        await self._connection.execute(
            meta.insert().values(name=FORMER_EPOCHS, value=json.dumps([*known, former]))
        )
        return Begun(former, epoch)

    async def current(self) -> int:
        """The one that the store is in, whoever opened it when."""
        return int(
            (await self._connection.execute(select(meta.c.value).where(meta.c.name == EPOCH))).scalar_one()
        )

    async def today(self, source: Source) -> Source:
        """`source` as it speaks now: who opened the store in an earlier epoch goes on in this one.

        No other begins until this transaction ends.
        """
        epoch = (await self._connection.execute(_TODAY)).scalar_one_or_none()
        if epoch is None:
            raise StoreError("the store has lost its epoch", code="store_damaged")
        if source.epoch == int(epoch) or source.epoch not in await self._former():
            return source
        return replace(source, epoch=int(epoch))

    async def _former(self) -> list[int]:
        found = await self._connection.scalar(select(meta.c.value).where(meta.c.name == FORMER_EPOCHS))
        return [] if found is None else json.loads(found)
