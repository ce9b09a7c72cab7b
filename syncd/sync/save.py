"""What is kept of an evaluation: states, check-ins, and what each was made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from syncd.okr.definition import Mappings, QueryKey, Subject
from syncd.okr.reading import Reading
from syncd.okr.snapshot import Occasion, news, snapshots
from syncd.okr.state import State, States
from syncd.store.transaction import Transaction
from syncd.sync.history import check_ins


async def save(
    tx: Transaction,
    *,
    before: States,
    after: States,
    mappings: Mappings,
    readings: Mapping[QueryKey, Reading],
    occasion: Occasion,
    kept: Collection[Subject] = (),
    unread: Collection[Subject] = (),
) -> None:
    """The states that differ, a check-in for every value that moved, a snapshot of all that is news.

    Args:
        kept: Subjects that were not evaluated.
        unread: Subjects that were evaluated on no readings.
    """
    changed: list[State] = [state for subject, state in after.items() if before.get(subject) != state]
    await tx.states.save(changed, at=occasion.at, sync_id=occasion.sync_id)
    await tx.history.add(check_ins(before, changed, at=occasion.at, sync_id=occasion.sync_id))
    await tx.snapshots.add(
        snapshots(
            news(before, changed),
            before=before,
            after=after,
            mappings=mappings,
            readings=readings,
            occasion=occasion,
            kept=kept,
            unread=unread,
        )
    )
