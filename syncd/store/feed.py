"""Events in one order for those who come and ask: positions are given once events can be seen by all.

An event's id is given when it is written, so a slow transaction's may appear behind ids that somebody
has read already, and be skipped for ever. A position is given later, to what is committed, by one at a
time: whoever has read up to one has seen all before it. The events of a subject keep their order: the
next one is written only after the one before was committed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.store.events import events, has_no_position

NUMBERED_AT_ONCE = 5_000
_NUMBERING = 0x73796E63  # names the lock among the advisory ones of a database


@dataclass(frozen=True, slots=True, kw_only=True)
class FedEvent:
    """`body` as it is signed and sent."""

    position: int
    body: bytes


class Feed:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def is_behind(self) -> bool:
        """Whether committed events have no position yet."""
        one = select(events.c.id).where(has_no_position).limit(1)
        return (await self._connection.execute(one)).first() is not None

    async def number(self) -> None:
        """Gives the next positions to what is committed, in the order of ids."""
        # One at a time, and each sees what the one before gave: the lock comes first. It is nobody
        # else's: on a row that publishers hold, a reader would wait for the slowest of them. On
        # SQLite whoever may write is alone anyway.
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(select(func.pg_advisory_xact_lock(_NUMBERING)))
        last = await self.last_position()
        waiting = (
            select(events.c.id, func.row_number().over(order_by=events.c.id).label("n"))
            .where(has_no_position)
            .order_by(events.c.id)
            .limit(NUMBERED_AT_ONCE)
            .subquery()
        )
        await self._connection.execute(
            events.update().where(events.c.id == waiting.c.id).values(position=last + waiting.c.n)
        )

    async def last_position(self) -> int:
        """The newest one; 0: none was given yet. Whoever deletes old events keeps the one that has it."""
        return await self._connection.scalar(select(func.max(events.c.position))) or 0

    async def after(
        self,
        position: int,
        *,
        limit: int,
        types: Collection[str],
        teams: Collection[str] | None,
        for_everybody: Collection[str],
        with_individuals: bool,
    ) -> Sequence[FedEvent]:
        """The next events behind `position`, in order.

        Args:
            teams: Of these alone, of what moved away from them, and the types that are `for_everybody`;
                None: of all.
            with_individuals: Those of the individual tier among them.
        """
        page = (
            select(events.c.position, events.c.body)
            .where(events.c.position > position, events.c.type.in_(types))
            .order_by(events.c.position)
            .limit(limit)
        )
        if teams is not None:
            theirs = (events.c.team.in_(teams), events.c.left_team.in_(teams))
            page = page.where(or_(*theirs, events.c.type.in_(for_everybody)))
        if not with_individuals:
            page = page.where(events.c.tier.is_distinct_from("individual"))
        rows = await self._connection.execute(page)
        return [FedEvent(position=row.position, body=row.body) for row in rows]
