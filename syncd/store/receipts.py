"""Hooks that came in: which, and what they touched. Never a body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.batch import DialectName
from syncd.store.schema import Instant, metadata, to_json

KEPT = timedelta(days=7)
"""How long a hook that is sent again is known; GitHub and Jira redeliver within three days."""

receipts = Table(
    "receipts",
    metadata,
    Column("connection", Text),
    Column("delivery", Text),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("keys", Text, nullable=False),
    PrimaryKeyConstraint("connection", "delivery"),
)
Index("ix_receipts_at", receipts.c.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One hook.

    Attributes:
        delivery: The vendor's name of it.
        kind: What happened, in the vendor's words.
        digest: SHA-256 of the body.
        keys: Routing keys of what it touched.
    """

    connection: str
    delivery: str
    kind: str
    digest: str
    keys: tuple[str, ...]
    at: datetime


_ADD = {
    dialect: insert.on_conflict_do_nothing().returning(receipts.c.connection, receipts.c.delivery)
    for dialect, insert in (("sqlite", sqlite.insert(receipts)), ("postgresql", postgresql.insert(receipts)))
}


class Receipts:
    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._dialect = dialect

    async def add(self, found: Sequence[Receipt]) -> set[tuple[str, str]]:
        """Keeps those that did not come before; (connection, delivery) of each."""
        if not found:
            return set()
        rows = [
            {
                "connection": one.connection,
                "delivery": one.delivery,
                "at": one.at,
                "kind": one.kind,
                "digest": one.digest,
                "keys": to_json(list(one.keys)),
            }
            for one in found
        ]
        added = await self._connection.execute(_ADD[self._dialect], rows)
        return {(row.connection, row.delivery) for row in added}

    async def forget_old(self, *, now: datetime) -> None:
        await self._connection.execute(receipts.delete().where(receipts.c.at <= now - KEPT))
