"""Cycles that were closed. A row is written once and stays: what is frozen is never taken up again.

Who moves numbers counts on which cycles are open, and who closes one counts on nobody moving its
numbers: many of the first at once, or one of the second. On PostgreSQL that is a lock which ends with
the transaction; on SQLite whoever may write is alone anyway. It comes before the locks of rows, so
that nobody who has some of these waits for it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Table, Text, func, select
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

_ALL = select(closed_cycles).order_by(closed_cycles.c.closed_at)
_CLOSING: Final = 0x636C6F73  # names the lock among the advisory ones of a database


class Cycles:
    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._dialect = dialect

    async def closed(self, *, lock: bool = False) -> dict[str, Closing]:
        """All that were closed, by name.

        Args:
            lock: Nobody closes another one until this transaction ends.
        """
        if lock and self._dialect == "postgresql":
            await self._connection.execute(select(func.pg_advisory_xact_lock_shared(_CLOSING)))
        rows = await self._connection.execute(_ALL)
        return {row.cycle: Closing(cycle=row.cycle, at=row.closed_at, by=row.closed_by) for row in rows}

    async def lock(self) -> None:
        """Nobody who counts on open cycles moves a number until this transaction ends."""
        if self._dialect == "postgresql":
            await self._connection.execute(select(func.pg_advisory_xact_lock(_CLOSING)))

    async def close(self, closing: Closing) -> bool:
        """Whether it was open; of two that close it at once, one is told so."""
        insert = (sqlite if self._dialect == "sqlite" else postgresql).insert(closed_cycles)
        done = await self._connection.execute(
            insert.values(cycle=closing.cycle, closed_at=closing.at, closed_by=closing.by)
            .on_conflict_do_nothing()
            .returning(closed_cycles.c.cycle)
        )
        return done.one_or_none() is not None
