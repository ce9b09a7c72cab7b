"""What hooks have touched, and no sync has looked at since."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.batch import DialectName
from syncd.store.schema import metadata

ANYTHING = "*"
"""The key of a hint that may have touched anything of its connection."""

Hints = Mapping[str, int]
"""Routing key -> how often it was named since it was last looked at."""

hints = Table(
    "hints",
    metadata,
    Column("connection", Text),
    Column("key", Text),
    Column("times", BigInteger, nullable=False),
    PrimaryKeyConstraint("connection", "key"),
)


_ADD = {
    dialect: insert.on_conflict_do_update(
        index_elements=("connection", "key"), set_={"times": hints.c.times + 1}
    )
    for dialect, insert in (("sqlite", sqlite.insert(hints)), ("postgresql", postgresql.insert(hints)))
}
_ALL = select(hints)
_SETTLE = hints.delete().where(
    hints.c.connection == bindparam("seen_at"),
    hints.c.key == bindparam("seen_key"),
    hints.c.times == bindparam("seen_times"),
)


class HintsTable:
    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._dialect = dialect

    async def add(self, touched: Collection[tuple[str, str]]) -> None:
        """Notes (connection, key)s."""
        if touched:
            await self._connection.execute(
                _ADD[self._dialect],
                # Sorted: two processes take the rows in the same order, and so never wait for each other.
                [{"connection": name, "key": key, "times": 1} for name, key in sorted(touched)],
            )

    async def all(self) -> dict[str, dict[str, int]]:
        """Connection -> its hints."""
        found: dict[str, dict[str, int]] = {}
        for row in await self._connection.execute(_ALL):
            found.setdefault(row.connection, {})[row.key] = row.times
        return found

    async def settle(self, name: str, seen: Hints) -> None:
        """Forgets what was looked at; a key that was named again since stays."""
        if seen:
            await self._connection.execute(
                _SETTLE,
                [{"seen_at": name, "seen_key": key, "seen_times": times} for key, times in seen.items()],
            )
