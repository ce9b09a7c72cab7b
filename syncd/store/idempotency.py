"""Answers to writes that came with an `Idempotency-Key`, kept in the transaction of their effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Row,
    Table,
    Text,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.batch import DialectName
from syncd.store.schema import Instant, metadata

KEPT = timedelta(hours=24)

idempotency = Table(
    "idempotency",
    metadata,
    Column("caller", Text),
    Column("key", Text),
    Column("request", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", Integer),
    Column("location", Text),
    Column("body", LargeBinary),
    PrimaryKeyConstraint("caller", "key"),
)
Index("ix_idempotency_at", idempotency.c.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What a write was answered with.

    Attributes:
        request: Digest of what was asked.
        location: Where what it made is found.
    """

    request: str
    status: int
    location: str | None
    body: bytes


class Idempotency:
    """Inside one transaction: `claim`, then the effect, then `keep`."""

    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._insert = sqlite.insert if dialect == "sqlite" else postgresql.insert

    async def claim(self, *, caller: str, key: str, request: str, at: datetime) -> KeptAnswer | None:
        """None: it is ours, and nobody else's until this transaction ends. Else what was answered then."""
        await self._connection.execute(
            idempotency.delete().where(
                idempotency.c.caller == caller, idempotency.c.key == key, idempotency.c.at <= at - KEPT
            )
        )
        # Where another transaction has just claimed it, this waits for that one's end.
        made = await self._connection.execute(
            self._insert(idempotency)
            .values(caller=caller, key=key, request=request, at=at)
            .on_conflict_do_nothing()
            .returning(idempotency.c.key)
        )
        if made.one_or_none() is not None:
            return None
        which = select(idempotency).where(idempotency.c.caller == caller, idempotency.c.key == key)
        return _to_answer((await self._connection.execute(which)).one())

    async def known(self, *, caller: str, key: str, at: datetime) -> KeptAnswer | None:
        """What was answered, without a claim: for a write that does something before its transaction."""
        which = select(idempotency).where(
            idempotency.c.caller == caller, idempotency.c.key == key, idempotency.c.at > at - KEPT
        )
        row = (await self._connection.execute(which)).one_or_none()
        return None if row is None else _to_answer(row)

    async def keep(self, answer: KeptAnswer, *, caller: str, key: str) -> None:
        await self._connection.execute(
            idempotency.update()
            .where(idempotency.c.caller == caller, idempotency.c.key == key)
            .values(status=answer.status, location=answer.location, body=answer.body)
        )

    async def forget_old(self, *, now: datetime) -> None:
        await self._connection.execute(idempotency.delete().where(idempotency.c.at <= now - KEPT))


def _to_answer(row: Row[Any]) -> KeptAnswer:  # Any: a row of `idempotency`
    return KeptAnswer(request=row.request, status=row.status, location=row.location, body=row.body)
