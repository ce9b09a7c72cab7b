"""What is remembered of other syncds that send us events: how new each subject is, what was taken, life."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Boolean, Column, Index, PrimaryKeyConstraint, Table, Text, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.names import Subject
from syncd.store.batch import DialectName, is_one_of
from syncd.store.schema import Instant, metadata

ENTRIES_KEPT = timedelta(days=30)
"""Ids of log events: a sender tries one for some 76 hours."""

Mark = tuple[int, int, bool]
"""Epoch, sequence, and whether the name is left."""

sender_marks = Table(
    "sender_marks",
    metadata,
    Column("instance", Text),
    Column("cycle", Text),
    Column("id", Text),
    Column("epoch", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("is_gone", Boolean, nullable=False),
    PrimaryKeyConstraint("instance", "cycle", "id"),
)
sender_entries = Table(
    "sender_entries",
    metadata,
    Column("instance", Text),
    Column("webhook_id", Text),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("instance", "webhook_id"),
)
Index("ix_sender_entries_at", sender_entries.c.at)
sender_lives = Table(
    "sender_lives",
    metadata,
    Column("instance", Text, primary_key=True),
    Column("alive_until", Instant, nullable=False),
)


class Senders:
    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._dialect = dialect
        self._insert = sqlite.insert if dialect == "sqlite" else postgresql.insert

    async def marks(self, instance: str, subjects: Iterable[Subject]) -> dict[Subject, Mark]:
        which = is_one_of((sender_marks.c.cycle, sender_marks.c.id), subjects, dialect=self._dialect)
        rows = await self._connection.execute(
            select(sender_marks).where(sender_marks.c.instance == instance, which)
        )
        return {Subject(row.cycle, row.id): (row.epoch, row.sequence, row.is_gone) for row in rows}

    async def advance(self, instance: str, marks: Mapping[Subject, Mark]) -> None:
        for subject, (epoch, sequence, is_gone) in marks.items():
            values = {"epoch": epoch, "sequence": sequence, "is_gone": is_gone}
            await self._connection.execute(
                self._insert(sender_marks)
                .values(instance=instance, cycle=subject.cycle, id=subject.id, **values)
                .on_conflict_do_update(index_elements=["instance", "cycle", "id"], set_=values)
            )

    async def see(self, instance: str, webhook_id: str, *, at: datetime) -> bool:
        """Whether the entry is new; from now on it is not."""
        await self._connection.execute(
            sender_entries.delete().where(sender_entries.c.at <= at - ENTRIES_KEPT)
        )
        made = await self._connection.execute(
            self._insert(sender_entries)
            .values(instance=instance, webhook_id=webhook_id, at=at)
            .on_conflict_do_nothing()
            .returning(sender_entries.c.instance)
        )
        return made.one_or_none() is not None

    async def lives(self) -> dict[str, datetime]:
        """Sender -> until when its silence means that nothing changed."""
        rows = await self._connection.execute(select(sender_lives))
        return {row.instance: row.alive_until for row in rows}

    async def live(self, instance: str, *, until: datetime) -> None:
        await self._connection.execute(
            self._insert(sender_lives)
            .values(instance=instance, alive_until=until)
            .on_conflict_do_update(index_elements=["instance"], set_={"alive_until": until})
        )
