"""Comparisons: what people said beside what was computed then, of many key results in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.definition import Subject
from syncd.okr.drift import Comparison
from syncd.store.history import check_ins
from syncd.store.subjects import subjects


class Comparisons:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self) -> Mapping[Subject, Sequence[Comparison]]:
        """Of every key result on the books that has any; oldest first."""
        found: dict[Subject, list[Comparison]] = {}
        for row in await self._connection.execute(_COMPARED):
            comparison = Comparison(at=row.at, author=row.author, said=row.said, computed=row.computed)
            found.setdefault(Subject(row.cycle, row.id), []).append(comparison)
        return found


_COMPARED = (
    select(
        subjects.c.cycle,
        subjects.c.id,
        check_ins.c.at,
        check_ins.c.author,
        check_ins.c.said,
        check_ins.c.computed,
    )
    .join(subjects, check_ins.c.subject_key == subjects.c.key)
    .where(
        check_ins.c.said.is_not(None),
        check_ins.c.computed.is_not(None),
        subjects.c.removed_at.is_(None),
    )
    .order_by(check_ins.c.subject_key, check_ins.c.at, check_ins.c.id)
)
