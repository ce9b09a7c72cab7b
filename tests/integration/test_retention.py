"""What is old enough goes, a bounded page at a time; what is open, young or the last of its kind stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import Table, func, select, update

from syncd.engine.pruning import PAGES_AT_ONCE, Pruner
from syncd.errors import ConfigError
from syncd.okr.event import MOVED
from syncd.okr.retention import Retention
from syncd.store.deliveries import attempts, deliveries
from syncd.store.events import events
from syncd.store.history import CheckIn, check_ins
from syncd.store.retention import PAGE, Aging
from syncd.store.store import Store
from syncd.store.syncs import syncs
from syncd.webhooks.drain import attempt_due_once
from tests.deliveries import NOW, Obeying, Time, an_answer, an_event, enqueue, outgoing, statements, subscribe
from tests.plans import whole_reads
from tests.states import a_state, a_subject

DAY = timedelta(days=1)
KEPT = Retention(deliveries=30 * DAY, events=90 * DAY, syncs=90 * DAY, history=400 * DAY)
ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
A, B, C = "product/a/one", "product/a/two", "product/a/three"


async def prune(store: Store, *, days: int, times: int = 1, retention: Retention = KEPT) -> None:
    """As it would be done so many days after NOW."""
    pruner = Pruner(store, retention, clock=lambda: NOW + days * DAY)
    for _ in range(times):
        await pruner.prune()


async def send(store: Store, *, status: int = 204, at: datetime = NOW) -> Obeying:
    sender = Obeying(lambda _: an_answer(status))
    await attempt_due_once(outgoing(store, sender, time=Time(at)))
    return sender


async def count(store: Store, table: Table) -> int:
    async with store.reading() as tx:
        return await tx.connection.scalar(select(func.count()).select_from(table)) or 0


async def sequences(store: Store) -> list[int]:
    async with store.reading() as tx:
        return list(await tx.connection.scalars(select(events.c.sequence).order_by(events.c.id)))


async def test_what_was_settled_long_ago_goes_with_its_attempts(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(A), an_event(B))
    await send(store)
    await enqueue(store, an_event(C), at=NOW + 31 * DAY)
    await send(store, at=NOW + 31 * DAY)

    await prune(store, days=31)

    assert (await count(store, deliveries), await count(store, attempts)) == (1, 1)
    assert await count(store, events) == 3


async def test_an_open_delivery_stays_however_old_and_so_does_its_event(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(A, 1, type_=MOVED), an_event(A, 2), an_event(B))
    await send(store, status=503)

    await prune(store, days=1000)

    assert await sequences(store) == [1, 2, 1]


@ON_SQLITE
async def test_a_dead_one_is_there_to_be_looked_at_as_long_as_events_are(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(A), an_event(B), an_event(C))
    async with store.transaction() as tx:
        await tx.connection.execute(update(deliveries).values(state="dead", settled_at=NOW))

    await prune(store, days=89)
    young = await count(store, deliveries)
    await prune(store, days=91)

    assert (young, await count(store, deliveries)) == (3, 1)


async def test_an_old_event_goes_but_the_last_of_each_lane_and_the_last_of_all_stay(store: Store) -> None:
    await enqueue(store, an_event(A, 1), an_event(A, 2), an_event(B, 7), an_event(C, 1), an_event(C, 2))

    await prune(store, days=91)

    assert await sequences(store) == [2, 7, 2]


async def test_who_replays_from_before_is_refused_and_who_begins_behind_gets_all(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(A, 1), an_event(A, 2), an_event(B))
    async with store.transaction() as tx:
        await tx.connection.execute(update(deliveries).values(state="delivered", settled_at=NOW))
    await prune(store, days=91)

    async def replay(**since: object) -> int:
        async with store.transaction() as tx:
            again: int = await tx.outbox.operating.replay("okr-store", at=NOW, **since)  # type: ignore[arg-type]  # one of the two
            return again

    refused = []
    for since in ({"from_event": 1}, {"since": NOW}):
        with pytest.raises(ConfigError) as raised:
            await replay(**since)
        refused.append(raised.value.code)

    assert refused == ["beyond_retention"] * 2
    assert await replay(from_event=2) == 2
    assert await replay(since=NOW + timedelta(seconds=1)) == 0


@ON_SQLITE
async def test_an_event_is_replayed_under_its_id_when_its_delivery_is_gone(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(A), an_event(B))
    first = await send(store)
    await prune(store, days=31)

    async with store.transaction() as tx:
        await tx.outbox.operating.replay("okr-store", since=NOW, at=NOW + 31 * DAY)
    second = await send(store, at=NOW + 31 * DAY)

    assert {it.webhook_id for it in second.sent} == {it.webhook_id for it in first.sent}


async def test_history_keeps_what_held_at_its_horizon_and_everything_where_nothing_is_said(
    store: Store,
) -> None:
    async with store.transaction() as tx:
        await tx.states.save([a_state(A), a_state(B)], at=NOW, sync_id=None)
        await tx.history.add(
            CheckIn(subject=a_subject(name), at=NOW + day * DAY, current=float(day), progress=None)
            for name, day in [(A, 0), (A, 1), (A, 50), (B, 0), (B, 2)]
        )

    await prune(store, days=410, retention=Retention())
    everything = await count(store, check_ins)
    await prune(store, days=410, retention=KEPT)

    async with store.reading() as tx:
        left = [
            (it.subject.id, it.current)
            for name in (A, B)
            for it in await tx.history.of(a_subject(name), limit=9)
        ]
    assert everything == 5
    assert left == [(A, 50.0), (A, 1.0), (B, 2.0)]


@ON_SQLITE
async def test_what_a_sync_did_goes_and_the_history_that_names_it_stays(store: Store) -> None:
    async with store.transaction() as tx:
        old = await tx.syncs.start(at=NOW, trigger="command")
        await tx.syncs.start(at=NOW, trigger="command")
        await tx.states.save([a_state(A)], at=NOW, sync_id=old)
        await tx.history.add([CheckIn(subject=a_subject(A), at=NOW, current=1.0, progress=None, sync_id=old)])

    await prune(store, days=91)

    async with store.reading() as tx:
        assert (await tx.syncs.get(old), (await tx.history.of(a_subject(A), limit=1))[0].sync_id) == (
            None,
            old,
        )
    assert await count(store, syncs) == 1


@ON_SQLITE
async def test_one_round_looks_at_so_many_and_the_next_goes_on_behind_it(store: Store) -> None:
    many = PAGE * PAGES_AT_ONCE + 10
    async with store.transaction() as tx:
        await tx.connection.execute(
            syncs.insert(), [{"trigger": "command", "started_at": NOW} for _ in range(many)]
        )
    pruner = Pruner(store, KEPT, clock=lambda: NOW + 91 * DAY)

    left = []
    for _ in range(2):
        await pruner.prune()
        left.append(await count(store, syncs))

    assert left == [10, 1]


@pytest.mark.parametrize("what", get_args(Aging))
async def test_looking_and_deleting_read_no_table_whole(store: Store, what: Aging) -> None:
    horizon = KEPT.horizon(NOW)

    async with store.transaction() as tx:
        with statements(tx) as seen:
            await tx.retained.old(what, horizon, after=0)
            await tx.retained.delete(what, [1, 2], horizon)
        found = await whole_reads(tx, seen)

    assert len(seen) >= 2
    assert found == []
