"""Check-ins: how a key result's number came to be what it is, one row per change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Table,
    Text,
    bindparam,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.definition import Subject
from syncd.okr.state import Evidence, Origin
from syncd.store.batch import Batch
from syncd.store.facts import from_evidence, to_evidence
from syncd.store.schema import Instant, generated_key, metadata, to_micros
from syncd.store.subjects import subjects

_COMPARED = text("said IS NOT NULL AND computed IS NOT NULL")

check_ins = Table(
    "check_ins",
    metadata,
    generated_key("id"),
    Column("subject_key", ForeignKey("subjects.key"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("current", Double),
    Column("progress", Double),
    Column("origin", Text, nullable=False),
    Column("author", Text),
    Column("comment", Text),
    Column("confidence", Double),
    Column("said", Double),
    Column("computed", Double),
    # What it did may be deleted, and its number stays.
    Column("sync_id", BigInteger),
    Column("evidence", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("measure_digest", Text, nullable=False),
    # A page of one subject's history is a walk along this index, however long the history is.
    Index(None, "subject_key", "at", "id"),
    # The words of people among them are few; whoever looks for these alone walks along another one.
    Index(
        "ix_check_ins_compared",
        "subject_key",
        "at",
        "id",
        sqlite_where=_COMPARED,
        postgresql_where=_COMPARED,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """The number of a key result from `at` on.

    Attributes:
        author: The person who set it, or said something about it; None when a sync read it.
        said: The number that the author gave; `current` where it stands for the computed one.
        computed: What was measured at that moment, beside what was `said`; None: nothing is measured.
        digest: Of the mapping file that it was evaluated under.
        measure_digest: Of what was measured; numbers of another measure are other numbers.
        id: Given by the store; 0: not stored yet.
    """

    subject: Subject
    at: datetime
    current: float | None
    progress: float | None
    origin: Origin = "sync"
    author: str | None = None
    comment: str | None = None
    confidence: float | None = None
    said: float | None = None
    computed: float | None = None
    sync_id: int | None = None
    evidence: tuple[Evidence, ...] = ()
    digest: str = ""
    measure_digest: str = ""
    id: int = 0


# The key is looked up where the row is written, so that nobody above needs to know that there is one.
_COPIED = (
    "at",
    "current",
    "progress",
    "origin",
    "author",
    "comment",
    "confidence",
    "said",
    "computed",
    "sync_id",
    "evidence",
    "digest",
    "measure_digest",
)
_add_statement = (
    check_ins.insert()
    .from_select(
        ["subject_key", *_COPIED],
        select(subjects.c.key, *(bindparam(name, type_=check_ins.c[name].type) for name in _COPIED)).where(
            subjects.c.cycle == bindparam("cycle"), subjects.c.id == bindparam("subject")
        ),
    )
    .inline()
)
_add = Batch({"sqlite": _add_statement, "postgresql": _add_statement}, [*_COPIED, "cycle", "subject"])


class History:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, added: Iterable[CheckIn]) -> None:
        """Append; the subjects' states must have been saved before."""
        await _add.run(
            self._connection,
            [
                (
                    to_micros(check_in.at),
                    check_in.current,
                    check_in.progress,
                    check_in.origin,
                    check_in.author,
                    check_in.comment,
                    check_in.confidence,
                    check_in.said,
                    check_in.computed,
                    check_in.sync_id,
                    from_evidence(check_in.evidence),
                    check_in.digest,
                    check_in.measure_digest,
                    *check_in.subject,
                )
                for check_in in added
            ],
        )

    async def newest(self, subject: Subject, *, until: datetime) -> CheckIn | None:
        """The last check-in that there was by then."""
        found = await self.of(subject, limit=1, until=until)
        return found[0] if found else None

    async def of(
        self,
        subject: Subject,
        *,
        limit: int,
        before: CheckIn | None = None,
        until: datetime | None = None,
    ) -> Sequence[CheckIn]:
        """The newest `limit` check-ins, newest first.

        Args:
            before: The last of the page before: only older ones.
            until: Only those of this moment and before.
        """
        page = (
            select(check_ins)
            .join(subjects, check_ins.c.subject_key == subjects.c.key)
            .where(subjects.c.cycle == subject.cycle, subjects.c.id == subject.id)
            .order_by(check_ins.c.at.desc(), check_ins.c.id.desc())
            .limit(limit)
        )
        if until is not None:
            page = page.where(check_ins.c.at <= until)
        if before is not None:
            mark = tuple_(literal(before.at, Instant), literal(before.id))
            page = page.where(tuple_(check_ins.c.at, check_ins.c.id) < mark)
        rows = await self._connection.execute(page)
        return [
            CheckIn(
                subject=subject,
                at=row.at,
                current=row.current,
                progress=row.progress,
                origin=row.origin,
                author=row.author,
                comment=row.comment,
                confidence=row.confidence,
                said=row.said,
                computed=row.computed,
                sync_id=row.sync_id,
                evidence=to_evidence(row.evidence),
                digest=row.digest,
                measure_digest=row.measure_digest,
                id=row.id,
            )
            for row in rows
        ]
