"""Cycles that were closed. A row is written once and stays: what is frozen is never taken up again."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.closing import Closing
from syncd.store.batch import DialectName
from syncd.store.schema import Instant, metadata

closed_cycles = Table(
    "closed_cycles",
    metadata,
    Column("cycle", Text, primary_key=True),
    Column("closed_at", Instant, nullable=False),
    # Null: nobody closed it, it froze by itself.
    Column("closed_by", Text),
)


class Cycles:
    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._dialect = dialect

    async def closed(self) -> dict[str, Closing]:
        """All that were closed, by name."""
        rows = await self._connection.execute(select(closed_cycles).order_by(closed_cycles.c.closed_at))
        return {row.cycle: Closing(cycle=row.cycle, at=row.closed_at, by=row.closed_by) for row in rows}

    async def close(self, closing: Closing) -> bool:
        """Whether it was open; of two that close it at once, one is told so."""
        insert = (sqlite if self._dialect == "sqlite" else postgresql).insert(closed_cycles)
        done = await self._connection.execute(
            insert.values(cycle=closing.cycle, closed_at=closing.at, closed_by=closing.by)
            .on_conflict_do_nothing()
            .returning(closed_cycles.c.cycle)
        )
        return done.one_or_none() is not None
