"""Courses: what the history of each key result says, for many key results at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.course import Course
from syncd.okr.definition import Subject
from syncd.store.history import check_ins
from syncd.store.subjects import OBJECTIVE_KIND, subjects


class Courses:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self) -> Mapping[Subject, Course]:
        """The course of every key result on the books."""
        return {
            Subject(row.cycle, row.id): Course(
                first=row.current,
                first_progress=row.progress,
                first_at=row.at,
                moved_at=row.moved_at,
                checked_in_at=row.checked_in_at,
                compared_at=row.compared_at,
            )
            for row in await self._connection.execute(_COURSES)
        }


# Any: columns have the types of their tables.
def _found(
    column: ColumnElement[Any], *where: ColumnElement[bool], newest_first: bool = False
) -> ScalarSelect[Any]:
    """`column` of the first check-in of the subject that `where` holds for.

    A walk along the index from one end of the history, however long it is, to the first hit.
    """
    at, key = check_ins.c.at, check_ins.c.id
    order = (at.desc(), key.desc()) if newest_first else (at, key)
    own = check_ins.c.subject_key == subjects.c.key
    return select(column).where(own, *where).order_by(*order).limit(1).correlate(subjects).scalar_subquery()


_first = check_ins.alias("first")
_is_other = check_ins.c.current.is_distinct_from(subjects.c.current)
_was_other_at = _found(check_ins.c.at, _is_other, newest_first=True)
_by_person_at = _found(check_ins.c.at, check_ins.c.author.is_not(None), newest_first=True)
_compared_at = _found(
    check_ins.c.at, check_ins.c.said.is_not(None), check_ins.c.computed.is_not(None), newest_first=True
)

_COURSES = (
    select(
        subjects.c.cycle,
        subjects.c.id,
        _first.c.at,
        _first.c.current,
        _first.c.progress,
        _found(check_ins.c.at, check_ins.c.at > func.coalesce(_was_other_at, 0)).label("moved_at"),
        # A history that only syncs wrote would be read to its end.
        case((subjects.c.origin == "person", _by_person_at)).label("checked_in_at"),
        _compared_at.label("compared_at"),
    )
    .select_from(subjects)
    .outerjoin(_first, _first.c.id == _found(check_ins.c.id, check_ins.c.current.is_not(None)))
    .where(subjects.c.kind != OBJECTIVE_KIND, subjects.c.removed_at.is_(None))
)
