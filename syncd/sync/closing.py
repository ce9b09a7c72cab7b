"""Cycles come to rest: closed by a person, or by themselves when nobody does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.okr.closing import Closing, cycle_closed, cycle_subject
from syncd.okr.definition import Cycle, Mappings
from syncd.okr.event import Event, Source
from syncd.store.transaction import Transaction
from syncd.sync.cycles import freezes_at, is_frozen


async def with_closed(tx: Transaction, mappings: Mappings, *, lock: bool = False) -> Mappings:
    """The mappings, knowing which of their cycles were closed.

    Args:
        lock: It stays so until the transaction ends. Whoever moves a number wants that, first of all.
    """
    return replace(mappings, closed=frozenset(await tx.cycles.closed(lock=lock)))


async def close(
    tx: Transaction, cycle: Cycle, closing: Closing, *, source: Source, now: datetime
) -> list[Event]:
    """Recorded and told, if it was open until now."""
    if not await tx.cycles.close(closing):
        return []
    sequence = 1 + await tx.outbox.last_sequence(cycle_subject(cycle.name))
    event = cycle_closed(cycle, closing, sequence=sequence, now=now)
    await tx.outbox.enqueue([event], source=source, at=now)
    return [event]


async def close_frozen(
    tx: Transaction, mappings: Mappings, *, source: Source, now: datetime
) -> tuple[Mappings, list[Event]]:
    """Records the cycles that nobody closed in time: from now on they stay so, whatever their dates."""
    cycles = {objective.cycle.name: objective.cycle for objective in mappings.objectives.values()}
    frozen = [
        cycle
        for name, cycle in sorted(cycles.items())
        if name not in mappings.closed and is_frozen(cycle, now=now)
    ]
    events: list[Event] = []
    for cycle in frozen:
        closing = Closing(cycle=cycle.name, at=freezes_at(cycle))
        events += await close(tx, cycle, closing, source=source, now=now)
    return replace(mappings, closed=mappings.closed | {cycle.name for cycle in frozen}), events
