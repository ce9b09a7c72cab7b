"""What is known of key results and objectives: their states, found, kept and archived."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Literal

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.definition import Subject
from syncd.okr.state import State, States, blank
from syncd.store.batch import DialectName, given, is_one_of, is_one_of_given, upserting
from syncd.store.former_names import FormerNames
from syncd.store.schema import to_micros
from syncd.store.subjects import STATE_COLUMNS, from_state, subjects, to_state

Via = Literal["ours", "others", "anybody"]

SET_ASIDE = "~"
"""In the id of an archived subject whose name another one has taken; no file can define such an id."""

_save = upserting(subjects, by=("cycle", "id"), keeping=("check_ins",))


# Built once for each way to ask: building a statement takes longer than sending it.
@cache
def _rows(dialect: DialectName, *, is_named: bool, lock: bool, removed: bool, via: Via) -> Select[Any]:
    rows = select(*STATE_COLUMNS)
    if is_named:
        rows = rows.where(is_one_of_given((subjects.c.cycle, subjects.c.id), dialect=dialect))
    if not removed:
        rows = rows.where(subjects.c.removed_at.is_(None))
    if via != "anybody":
        rows = rows.where(subjects.c.via.is_(None) if via == "ours" else subjects.c.via.is_not(None))
    if lock and dialect == "postgresql":
        # One order for everybody, Python's, or two syncs wait for each other in a circle. On
        # SQLite a transaction that may write is alone anyway.
        order = (subjects.c.cycle.collate("C"), subjects.c.id.collate("C"))
        rows = rows.order_by(*order).with_for_update()
    return rows


@cache
def _keys(dialect: DialectName) -> Select[Any]:
    rows = select(subjects.c.cycle, subjects.c.id, subjects.c.key)
    return rows.where(is_one_of_given((subjects.c.cycle, subjects.c.id), dialect=dialect))


class StatesTable:
    def __init__(self, connection: AsyncConnection, dialect: DialectName) -> None:
        self._connection = connection
        self._dialect = dialect

    async def get(
        self,
        wanted: Iterable[Subject] | None = None,
        *,
        lock: bool = False,
        removed: bool = False,
        via: Via = "ours",
    ) -> States:
        """States of the subjects `wanted`, or all; one that was never saved is not among them.

        Args:
            via: Our own, those that another syncd told, or both.
            lock: Nobody else changes these rows until this transaction ends.
            removed: Also those that were archived.
        """
        rows = _rows(self._dialect, is_named=wanted is not None, lock=lock, removed=removed, via=via)
        names = {} if wanted is None else given(wanted)
        found = [to_state(row) for row in await self._connection.execute(rows, names)]
        return {state.subject: state for state in found}

    async def save(self, states: Iterable[State], *, at: datetime, sync_id: int | None) -> None:
        """Add or replace; a removed subject that is saved is back."""
        tail = (to_micros(at), sync_id, None)
        in_order = sorted(states, key=attrgetter("subject"))
        await _save.run(self._connection, [(*from_state(state), *tail) for state in in_order])

    async def move(self, moved: Mapping[Subject, Subject], *, at: datetime) -> None:
        """Rename subjects, new -> old: key, history and the order of deliveries stay.

        Consumers count sequences by name, those of check-ins too. So a name that comes into use again
        goes on with the sequences that it had: the old name stays behind as an archived row, and
        what was archived under the new one is set aside.
        """
        keys = await self.keys([*moved, *moved.values()])
        taken_over = {new: keys[new] for new in moved if new in keys}
        renamed = [(key, name) for name, key in taken_over.items()] + [
            (keys[it], it) for it in moved.values()
        ]
        await FormerNames(self._connection).add(renamed, until=at)
        for new, old in sorted(moved.items()):
            taken = taken_over.get(new)
            greatest = select(func.max(subjects.c.sequence), func.max(subjects.c.check_ins))
            of_both = greatest.where(subjects.c.key.in_([keys[old], taken]))
            sequence, spoken = (await self._connection.execute(of_both)).one()
            if taken is not None:
                await self._rewrite(taken, id=f"{new.id}{SET_ASIDE}{taken}")
            state = (await self.get([old], via="anybody"))[old]
            await self._rewrite(keys[old], id=new.id, sequence=sequence, check_ins=spoken)
            # From there on both names count: whoever takes the old one is newer than all before the move.
            await self.save([replace(blank(state), sequence=sequence)], at=at, sync_id=None)
            await self._rewrite((await self.keys([old]))[old], check_ins=spoken)
            await self.archive([old], at=at)

    async def count_check_in(self, spoken_of: Subject) -> int:
        """The sequence of one more event that says what a person said."""
        named = (subjects.c.cycle == spoken_of.cycle, subjects.c.id == spoken_of.id)
        one_more = update(subjects).where(*named).values(check_ins=subjects.c.check_ins + 1)
        counted = await self._connection.execute(one_more.returning(subjects.c.check_ins))
        sequence: int = counted.scalar_one()
        return sequence

    async def advance(self, told: Iterable[Subject]) -> None:
        """Each takes the next sequence; nothing else of it changes."""
        which = is_one_of((subjects.c.cycle, subjects.c.id), told, dialect=self._dialect)
        await self._connection.execute(update(subjects).where(which).values(sequence=subjects.c.sequence + 1))

    async def _rewrite(self, key: int, **values: object) -> None:
        await self._connection.execute(update(subjects).where(subjects.c.key == key).values(**values))

    async def keys(self, wanted: Collection[Subject]) -> dict[Subject, int]:
        """What history and order run on, whatever a subject is called; archived ones too."""
        found = await self._connection.execute(_keys(self._dialect), given(wanted))
        return {Subject(cycle, id_): key for cycle, id_, key in found}

    async def archive(self, removed: Iterable[Subject], *, at: datetime) -> None:
        """Take subjects off the books; row, sequence and history stay."""
        which = is_one_of((subjects.c.cycle, subjects.c.id), removed, dialect=self._dialect)
        await self._connection.execute(update(subjects).where(which).values(removed_at=at))

    async def restore(self, defined: Iterable[Subject]) -> None:
        """Put those of `defined` that were archived back on the books: their sequence goes on.

        Whoever applies mappings does so before it evaluates them; a subject that began again
        at sequence 1 would look old to every consumer.
        """
        which = is_one_of((subjects.c.cycle, subjects.c.id), defined, dialect=self._dialect)
        archived = subjects.c.removed_at.is_not(None)
        await self._connection.execute(update(subjects).where(archived, which).values(removed_at=None))
