"""What is known of subjects: one table for key results and objectives."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    select,
    update,
)
from sqlalchemy.engine import Row as Record
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.definition import Subject
from syncd.okr.state import KeyResultState, ObjectiveState, State, States
from syncd.store.batch import DialectName, Row, is_one_of, upserting
from syncd.store.facts import error_columns, from_error, from_evidence, to_error, to_evidence
from syncd.store.schema import Instant, generated_key, metadata, to_json, to_micros

_OBJECTIVE = "objective"

subjects = Table(
    "subjects",
    metadata,
    # History and order hang on the key; cycle and id may change when a subject is renamed.
    generated_key("key"),
    Column("cycle", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("team", Text),
    Column("owner", Text),
    Column("progress", Double),
    Column("sequence", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    # Key results alone, down to `evidence`.
    Column("unit", Text),
    Column("start", Double),
    Column("target", Double),
    Column("current", Double),
    Column("progress_unclamped", Double),
    Column("pace", Text),
    Column("freshness", Text),
    *error_columns(),
    Column("as_of", Instant),
    Column("last_good_at", Instant),
    Column("origin", Text),
    Column("measure_digest", Text),
    Column("evidence", Text),
    # Objectives alone, down to `of`.
    Column("supports", Text),
    Column("known", Integer),
    Column("of", Integer),
    Column("saved_at", Instant, nullable=False),
    Column("sync_id", ForeignKey("syncs.id")),
    Column("removed_at", Instant),
    UniqueConstraint("cycle", "id"),
)

_save = upserting(subjects, by=("cycle", "id"))


class StatesTable:
    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._dialect = dialect

    async def get(
        self, wanted: Iterable[Subject] | None = None, *, lock: bool = False, removed: bool = False
    ) -> States:
        """States of the subjects `wanted`, or all; one that was never saved is not among them.

        Args:
            lock: Nobody else changes these rows until this transaction ends.
            removed: Also those that were archived. Whoever brings a subject back needs its row
                from here, since its sequence goes on where it was.
        """
        rows = select(subjects)
        if wanted is not None:
            rows = rows.where(is_one_of((subjects.c.cycle, subjects.c.id), wanted, dialect=self._dialect))
        if not removed:
            rows = rows.where(subjects.c.removed_at.is_(None))
        if lock and self._dialect == "postgresql":
            # One order for everybody, Python's, or two syncs wait for each other in a circle. On
            # SQLite a transaction that may write is alone anyway.
            order = (subjects.c.cycle.collate("C"), subjects.c.id.collate("C"))
            rows = rows.order_by(*order).with_for_update()
        return {Subject(row.cycle, row.id): _to_state(row) for row in await self._connection.execute(rows)}

    async def save(self, states: Iterable[State], *, at: datetime, sync_id: int | None) -> None:
        """Add or replace; a removed subject that is saved is back."""
        tail = (to_micros(at), sync_id, None)
        in_order = sorted(states, key=attrgetter("subject"))
        await _save.run(self._connection, [(*_from_state(state), *tail) for state in in_order])

    async def archive(self, removed: Iterable[Subject], *, at: datetime) -> None:
        """Take subjects off the books; row, sequence and history stay."""
        which = is_one_of((subjects.c.cycle, subjects.c.id), removed, dialect=self._dialect)
        await self._connection.execute(update(subjects).where(which).values(removed_at=at))


def _from_state(state: State) -> Row:
    if isinstance(state, KeyResultState):
        return _from_key_result(state)
    return _from_objective(state)


def _from_key_result(state: KeyResultState) -> Row:
    return (
        *state.subject,
        state.kind,
        state.title,
        state.tier,
        state.team,
        state.owner,
        state.progress,
        state.sequence,
        state.path,
        state.line,
        state.digest,
        state.unit,
        state.start,
        state.target,
        state.current,
        state.progress_unclamped,
        state.pace,
        state.freshness,
        *from_error(state.error),
        to_micros(state.as_of),
        to_micros(state.last_good_at),
        state.origin,
        state.measure_digest,
        from_evidence(state.evidence),
        *_NOT_AN_OBJECTIVE,
    )


def _from_objective(state: ObjectiveState) -> Row:
    return (
        *state.subject,
        _OBJECTIVE,
        state.title,
        state.tier,
        state.team,
        state.owner,
        state.progress,
        state.sequence,
        state.path,
        state.line,
        state.digest,
        *_NOT_A_KEY_RESULT,
        to_json(list(state.supports)),
        state.known,
        state.of,
    )


_NOT_A_KEY_RESULT: Row = (None,) * 15
_NOT_AN_OBJECTIVE: Row = (None,) * 3


# Any: a row's columns have the types of the table above.
def _to_state(row: Record[Any]) -> State:
    return _to_objective(row) if row.kind == _OBJECTIVE else _to_key_result(row)


def _to_key_result(row: Record[Any]) -> KeyResultState:
    return KeyResultState(
        subject=Subject(row.cycle, row.id),
        title=row.title,
        tier=row.tier,
        team=row.team,
        owner=row.owner,
        unit=row.unit,
        kind=row.kind,
        start=row.start,
        target=row.target,
        current=row.current,
        progress=row.progress,
        progress_unclamped=row.progress_unclamped,
        pace=row.pace,
        freshness=row.freshness,
        error=to_error(row),
        sequence=row.sequence,
        as_of=row.as_of,
        last_good_at=row.last_good_at,
        origin=row.origin,
        measure_digest=row.measure_digest,
        evidence=to_evidence(row.evidence),
        path=row.path,
        line=row.line,
        digest=row.digest,
    )


def _to_objective(row: Record[Any]) -> ObjectiveState:
    return ObjectiveState(
        subject=Subject(row.cycle, row.id),
        title=row.title,
        tier=row.tier,
        team=row.team,
        owner=row.owner,
        supports=tuple(json.loads(row.supports)),
        progress=row.progress,
        known=row.known,
        of=row.of,
        sequence=row.sequence,
        path=row.path,
        line=row.line,
        digest=row.digest,
    )
