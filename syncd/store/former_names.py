"""What subjects were called before they were renamed: whose number an id meant at a past moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Column, ForeignKey, Index, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.names import Subject
from syncd.store.schema import Instant, generated_key, metadata
from syncd.store.subjects import subjects

former_names = Table(
    "former_names",
    metadata,
    generated_key("id"),
    Column("subject_key", ForeignKey("subjects.key"), nullable=False),
    Column("cycle", Text, nullable=False),
    # What it was called; not the key that counts the rows.
    Column("name", Text, nullable=False),
    Column("until", Instant, nullable=False),
    Index(None, "cycle", "name", "until"),
    Index(None, "subject_key", "until"),
)


class Named(NamedTuple):
    """A subject by its key. `is_archived`: it has the name, and is off the books."""

    key: int
    is_archived: bool


class Moved(NamedTuple):
    """What somebody is called now, and since when not as before."""

    name: Subject
    at: datetime


class FormerNames:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, names: Iterable[tuple[int, Subject]], *, until: datetime) -> None:
        """From `until` on these keys have other names."""
        rows = [
            {"subject_key": key, "cycle": name.cycle, "name": name.id, "until": until} for key, name in names
        ]
        if rows:
            await self._connection.execute(former_names.insert(), rows)

    async def today(self, name: Subject) -> Named | None:
        """Who has the name now."""
        found = select(subjects.c.key, subjects.c.removed_at).where(
            subjects.c.cycle == name.cycle, subjects.c.id == name.id
        )
        row = (await self._connection.execute(found)).one_or_none()
        return None if row is None else Named(row.key, row.removed_at is not None)

    async def bearer(self, name: Subject, at: datetime) -> int | None:
        """The key of who had the name then."""
        then = (
            select(former_names.c.subject_key)
            .where(former_names.c.cycle == name.cycle, former_names.c.name == name.id)
            .where(former_names.c.until > at)
            .order_by(former_names.c.until)
            .limit(1)
        )
        key: int | None = (await self._connection.execute(then)).scalar_one_or_none()
        if key is None:
            today = await self.today(name)
            return today.key if today else None
        return key

    async def name(self, key: int) -> Subject:
        """What the subject is called now."""
        row = (
            await self._connection.execute(
                select(subjects.c.cycle, subjects.c.id).where(subjects.c.key == key)
            )
        ).one()
        return Subject(row.cycle, row.id)

    async def moved_to(self, name: Subject) -> Moved | None:
        """Who had the name last, and lost it."""
        last = (
            select(subjects.c.cycle, subjects.c.id, former_names.c.until)
            .join(former_names, former_names.c.subject_key == subjects.c.key)
            .where(former_names.c.cycle == name.cycle, former_names.c.name == name.id)
            .order_by(former_names.c.until.desc())
            .limit(1)
        )
        row = (await self._connection.execute(last)).one_or_none()
        return None if row is None else Moved(Subject(row.cycle, row.id), row.until)

    async def cycles(self, id_: str) -> set[str]:
        """Every cycle in which something is, or was, called so."""
        now = select(subjects.c.cycle).where(subjects.c.id == id_)
        then = select(former_names.c.cycle).where(former_names.c.name == id_)
        return set((await self._connection.execute(now.union(then))).scalars())
