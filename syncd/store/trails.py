"""Trails: the history of many key results day by day, in one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Integer, and_, column, select, tuple_, values
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.definition import Subject
from syncd.okr.trail import DayEnd, Footprint, Trail
from syncd.store.history import check_ins
from syncd.store.schema import Instant
from syncd.store.subjects import subjects


class Trails:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(
        self, days: Sequence[DayEnd], *, kinds: Collection[str], subject: Subject | None = None
    ) -> Mapping[Subject, Trail]:
        """The newest check-in before the end of each day; a walk of one step along the index for each.

        What another measure made is another number: days on which that was the newest have none.

        Args:
            kinds: Only key results of these kinds.
            subject: Only this one; None: all that are on the books.
        """
        if not days:
            return {}
        ends = (
            values(column("n", Integer), column("ends_at", Instant), name="ends")
            .data([(n, day.ends_at) for n, day in enumerate(days)])
            .cte("day_ends")
        )
        newest = (
            select(check_ins.c.id)
            .where(check_ins.c.subject_key == subjects.c.key, check_ins.c.at < ends.c.ends_at)
            .order_by(check_ins.c.at.desc(), check_ins.c.id.desc())
            .limit(1)
            .correlate(subjects, ends)
            .scalar_subquery()
        )
        step = check_ins.alias("step")
        wanted = (
            select(
                subjects.c.cycle,
                subjects.c.id,
                ends.c.n,
                step.c.at,
                step.c.current,
                step.c.progress,
                step.c.origin,
            )
            .select_from(subjects)
            .join(ends, subjects.c.kind.in_(list(kinds)))
            .join(step, and_(step.c.id == newest, step.c.measure_digest == subjects.c.measure_digest))
            .where(subjects.c.removed_at.is_(None))
            .order_by(subjects.c.key, ends.c.n)
        )
        if subject is not None:
            wanted = wanted.where(tuple_(subjects.c.cycle, subjects.c.id) == tuple_(*subject))
        trails: dict[Subject, list[Footprint]] = {}
        for row in await self._connection.execute(wanted):
            trails.setdefault(Subject(row.cycle, row.id), []).append(
                Footprint(
                    day=days[row.n].day,
                    at=row.at,
                    current=row.current,
                    progress=row.progress,
                    origin=row.origin,
                )
            )
        return trails
