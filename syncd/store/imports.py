"""Imports: what of the past of key results is recorded, and from when on they were really read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.definition import Subject
from syncd.store.history import check_ins
from syncd.store.schema import Instant
from syncd.store.subjects import OBJECTIVE_KIND, subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The past of one key result as it stands.

    Attributes:
        begins_at: Of its first value that a sync or a person recorded; None: there is none yet.
        imported: The moments that were filled in before.
    """

    begins_at: datetime | None = None
    imported: frozenset[datetime] = frozenset()


class Imports:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, wanted: Collection[Subject]) -> Mapping[Subject, Recorded]:
        """Of every key result on the books in the cycles of those `wanted`: two statements."""
        own = check_ins.c.subject_key == subjects.c.key
        begins_at = (
            select(check_ins.c.at)
            .where(own, check_ins.c.origin != "import", check_ins.c.current.is_not(None))
            .order_by(check_ins.c.at, check_ins.c.id)
            .limit(1)
            .correlate(subjects)
            .scalar_subquery()
        )
        among = (
            subjects.c.cycle.in_({subject.cycle for subject in wanted}),
            subjects.c.kind != OBJECTIVE_KIND,
            subjects.c.removed_at.is_(None),
        )
        starts = await self._connection.execute(
            select(subjects.c.cycle, subjects.c.id, begins_at.label("begins_at")).where(*among)
        )
        begun = {Subject(row.cycle, row.id): row.begins_at for row in starts}
        # Nothing is imported after the first real value, so no longer history is walked than that.
        forever = func.coalesce(begins_at, 2**62, type_=Instant)
        rows = await self._connection.execute(
            select(subjects.c.cycle, subjects.c.id, check_ins.c.at)
            .join(check_ins, own)
            .where(*among, check_ins.c.origin == "import", check_ins.c.at < forever)
        )
        imported: dict[Subject, set[datetime]] = {}
        for row in rows:
            imported.setdefault(Subject(row.cycle, row.id), set()).add(row.at)
        return {
            subject: Recorded(begins_at=begins_at, imported=frozenset(imported.get(subject, ())))
            for subject, begins_at in begun.items()
        }
