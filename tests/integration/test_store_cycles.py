"""Cycles that were closed, on both databases: once, and for good."""

from __future__ import annotations

from datetime import timedelta

from syncd.okr.closing import Closing
from syncd.store.store import Store
from tests.states import NOW


async def test_what_was_closed_is_kept_with_who_and_when(store: Store) -> None:
    closings = [Closing(cycle="2026-Q3", at=NOW), Closing(cycle="2026-Q4", at=NOW, by="anna")]

    async with store.transaction() as tx:
        done = [await tx.cycles.close(closing) for closing in closings]

    assert done == [True, True]
    async with store.reading() as tx:
        assert await tx.cycles.closed() == {closing.cycle: closing for closing in closings}


async def test_a_second_closing_changes_nothing_and_says_so(store: Store) -> None:
    first = Closing(cycle="2026-Q4", at=NOW, by="anna")
    async with store.transaction() as tx:
        await tx.cycles.close(first)

    async with store.transaction() as tx:
        again = await tx.cycles.close(Closing(cycle="2026-Q4", at=NOW + timedelta(days=1)))

    assert again is False
    async with store.reading() as tx:
        assert await tx.cycles.closed() == {"2026-Q4": first}
