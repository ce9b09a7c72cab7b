"""A clock that is set by hours, forwards and backwards, while processes publish and deliver."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

from syncd.delivery.delivery import Lease
from syncd.store.store import Store
from syncd.webhooks.drain import LEASE
from tests.deliveries import NOW, an_event, enqueue, subscribe
from tests.histories import verdict
from tests.killing import end, judgeable, killing, wait_for
from tests.workers import SetClock

HOURS = (7.0, -2.0, 5.0, -9.0, 12.0, 0.0)
"""How far the clock is ahead, one after the other."""

AHEAD = timedelta(hours=7)
"""Of a clock that is set back."""


def test_a_clock_that_is_set_while_a_sender_runs_loses_and_hammers_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    with killing(sqlite_url, tmp_path, seed=5) as begun:
        begun.clock = SetClock(tmp_path / "clock")
        publisher, sender = begun.publisher(), begun.sender()
        try:
            for hours in HOURS:
                begun.clock.set(hours * 3600)
                # Whichever way it was set, what is published from then on comes.
                goal = len(begun.consumers.received) + 40
                wait_for(lambda goal=goal: len(begun.consumers.received) >= goal)
            still_there = publisher.is_alive() and sender.is_alive()
        finally:
            end(publisher)
            end(sender)
        begun.interruptions += 1
        begun.consumers.ahead_s = (max(HOURS) + 1) * 3600
        tried = Counter(it.name for it in begun.consumers.received)
        asyncio.run(begun.heal())
        life = asyncio.run(judgeable(begun))

    set_on = sum(after > before for before, after in zip((0.0, *HOURS), HOURS, strict=False))
    assert still_there
    assert verdict(life.history) == []
    assert life.duplicated_effects == 0
    # One attempt, one after five seconds, and one for each time that the next wait was skipped.
    assert max(tried.values()) <= 2 + set_on


async def test_what_came_by_a_clock_that_was_ahead_is_due_once_it_is_set_back(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(), at=NOW + AHEAD)

    async with store.transaction() as tx:
        await tx.outbox.deliveries.follow_clock(now=NOW, lease=LEASE)

    async with store.reading() as tx:
        assert await tx.outbox.deliveries.next_due_at("okr-store") == NOW


async def test_a_lease_that_a_clock_ahead_gave_to_who_was_killed_ends_as_soon_as_any(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    async with store.transaction() as tx:
        lease = Lease(token="theirs", until=NOW + AHEAD + LEASE)
        await tx.outbox.deliveries.claim("okr-store", now=NOW + AHEAD, lease=lease)

    async with store.transaction() as tx:
        await tx.outbox.deliveries.follow_clock(now=NOW, lease=LEASE)

    async with store.reading() as tx:
        assert await tx.outbox.deliveries.next_due_at("okr-store") == NOW + LEASE


async def test_a_wait_of_the_schedule_keeps_its_time(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    async with store.transaction() as tx:
        await tx.connection.exec_driver_sql(
            f"UPDATE deliveries SET state = 'waiting', attempts = 3, due_at = due_at + {2 * 3_600_000_000}"
        )

    async with store.transaction() as tx:
        await tx.outbox.deliveries.follow_clock(now=NOW, lease=LEASE)

    async with store.reading() as tx:
        assert await tx.outbox.deliveries.next_due_at("okr-store") == NOW + timedelta(hours=2)
