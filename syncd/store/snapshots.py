"""Snapshots: a row for everything new that was said, with all that it was made of. Rows are only added."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Row, Table, Text, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.definition import Calendar
from syncd.okr.snapshot import Occasion, Snapshot
from syncd.store.batch import Batch
from syncd.store.schema import Instant, generated_key, metadata, to_micros
from syncd.store.snapshot_text import Texts, from_calendar, to_calendar, to_snapshot, to_texts
from syncd.store.subjects import subjects
from syncd.store.versions import mapping_versions

calendars = Table(
    "calendars",
    metadata,
    generated_key("key"),
    Column("digest", Text, nullable=False, unique=True),
    Column("calendar", Text, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    generated_key("id"),
    Column("subject_key", ForeignKey("subjects.key"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("cause", Text, nullable=False),
    Column("author", Text),
    # What it did may be deleted, and its number stays.
    Column("sync_id", BigInteger),
    # An id and not a time: who waits for the store may have read the clock before who goes first.
    Column("version_id", ForeignKey("mapping_versions.id")),
    Column("calendar_key", ForeignKey("calendars.key"), nullable=False),
    Column("said", Text, nullable=False),
    Column("memory", Text),
    Column("given", Text),
    Index(None, "subject_key", "at", "id"),
)

_COPIED = ("at", "cause", "author", "sync_id", "version_id", "calendar_key", "said", "memory", "given")
_add_statement = (
    snapshots.insert()
    .from_select(
        ["subject_key", *_COPIED],
        select(subjects.c.key, *(bindparam(name, type_=snapshots.c[name].type) for name in _COPIED)).where(
            subjects.c.cycle == bindparam("cycle"), subjects.c.id == bindparam("subject")
        ),
    )
    .inline()
)
_add = Batch({"sqlite": _add_statement, "postgresql": _add_statement}, [*_COPIED, "cycle", "subject"])


_VERSION = (
    select(mapping_versions.c.id)
    .where(mapping_versions.c.digest == bindparam("wanted"))
    .order_by(mapping_versions.c.id.desc())
    .limit(1)
)
_CALENDAR = select(calendars.c.key).where(calendars.c.digest == bindparam("wanted"))


class Snapshots:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, taken: Sequence[Snapshot]) -> None:
        """Append those of one occasion; the subjects' states must have been saved before."""
        if not taken:
            return
        occasion = taken[0].occasion
        same = (
            to_micros(occasion.at),
            occasion.cause,
            occasion.author,
            occasion.sync_id,
            await self._version_id(occasion.version),
            await self._calendar_key(occasion.calendar),
        )
        await _add.run(
            self._connection, [(*same, *to_texts(snapshot), *snapshot.said.subject) for snapshot in taken]
        )

    async def at(self, key: int, moment: datetime, *, evaluated: bool = False) -> Snapshot | None:
        """What was in force at the moment, of the subject with this key; None: nothing yet.

        Args:
            evaluated: The last one that was computed, past renames and removals.
        """
        newest = (
            select(snapshots, mapping_versions.c.digest, calendars.c.calendar)
            .outerjoin(mapping_versions, mapping_versions.c.id == snapshots.c.version_id)
            .join(calendars, calendars.c.key == snapshots.c.calendar_key)
            .where(snapshots.c.subject_key == key, snapshots.c.at <= moment)
            .order_by(snapshots.c.at.desc(), snapshots.c.id.desc())
            .limit(1)
        )
        if evaluated:
            newest = newest.where(snapshots.c.given.is_not(None))
        row = (await self._connection.execute(newest)).one_or_none()
        return None if row is None else _to_snapshot(row)

    async def first_at(self, key: int) -> datetime | None:
        """When something was said of the subject for the first time."""
        first = (
            select(snapshots.c.at)
            .where(snapshots.c.subject_key == key)
            .order_by(snapshots.c.at, snapshots.c.id)
            .limit(1)
        )
        return (await self._connection.execute(first)).scalar_one_or_none()

    async def _version_id(self, digest: str) -> int | None:
        return (await self._connection.execute(_VERSION, {"wanted": digest})).scalar_one_or_none()

    async def _calendar_key(self, calendar: Calendar) -> int:
        """Of the row that holds it; made where there is none."""
        text = from_calendar(calendar)
        digest = hashlib.sha256(text.encode()).hexdigest()
        found = await self._connection.execute(_CALENDAR, {"wanted": digest})
        key: int | None = found.scalar_one_or_none()
        if key is None:
            insert = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
            added = insert(calendars).values(digest=digest, calendar=text)
            await self._connection.execute(added.on_conflict_do_nothing(index_elements=["digest"]))
            return await self._calendar_key(calendar)
        return key


def _to_snapshot(row: Row[tuple[object, ...]]) -> Snapshot:
    occasion = Occasion(
        at=row.at,
        cause=row.cause,
        version=row.digest or "",
        calendar=to_calendar(row.calendar),
        author=row.author,
        sync_id=row.sync_id,
    )
    return to_snapshot(Texts(row.said, row.memory, row.given), occasion)
