"""Who may send what: the head of each subject, under a lease that ends."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from syncd.delivery.delivery import Delivery, Lease, Tried
from syncd.delivery.settling import Verdict
from syncd.okr.event import FRESHNESS_CHANGED
from syncd.store.deliveries import attempts, deliveries
from syncd.store.store import Store
from syncd.store.transaction import Transaction
from tests.deliveries import NOW, an_endpoint, an_event, enqueue, statements, subscribe, tried

MOVED = "key_result.moved"
LEASE = Lease(token="mine", until=NOW + timedelta(seconds=60))
THEIRS = Lease(token="theirs", until=NOW + timedelta(seconds=120))


async def test_only_the_head_of_each_subject_is_claimed(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event("product/a/x", 1), an_event("product/a/y", 1))
    await enqueue(store, an_event("product/a/x", 2, type_=MOVED))

    claimed = await claim(store)

    assert sorted(subject(delivery) for delivery in claimed) == [("product/a/x", 1), ("product/a/y", 1)]


async def test_one_in_flight_keeps_the_next_of_its_subject_back(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1), an_event(sequence=2, type_=FRESHNESS_CHANGED))

    (first,) = await claim(store)
    meanwhile = await claim(store, lease=THEIRS)
    await settle(store, tried(first, "delivered"))
    (second,) = await claim(store, lease=THEIRS)

    assert meanwhile == []
    assert (subject(first)[1], subject(second)[1]) == (1, 2)


async def test_one_that_waits_keeps_the_next_of_its_subject_back_and_no_other(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event("product/a/x", 1, type_=MOVED), an_event("product/a/y", 1))
    await fail_all(store)
    await enqueue(store, an_event("product/a/x", 2), an_event("product/a/z", 1))

    claimed = await claim(store)

    assert [subject(delivery) for delivery in claimed] == [("product/a/z", 1)]


async def test_order_is_kept_per_endpoint(store: Store) -> None:
    await subscribe(store, an_endpoint("okr-store"), an_endpoint("warehouse"))
    await enqueue(store, an_event())

    await claim(store, "okr-store")

    assert len(await claim(store, "warehouse", lease=THEIRS)) == 1


async def test_what_is_due_longest_comes_first_up_to_the_limit(store: Store) -> None:
    await subscribe(store)
    for minute in (3, 1, 2):
        await enqueue(store, an_event(f"product/a/kr-{minute}"), at=NOW - timedelta(minutes=minute))

    claimed = await claim(store, limit=2)

    assert [subject(delivery)[0] for delivery in claimed] == ["product/a/kr-3", "product/a/kr-2"]


async def test_the_end_of_a_lease_gives_a_delivery_to_others(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    (lost,) = await claim(store)

    early = await claim(store, lease=THEIRS, now=LEASE.until - timedelta(seconds=1))
    (found,) = await claim(store, lease=THEIRS, now=LEASE.until)

    assert early == []
    assert (found.webhook_id, found.body) == (lost.webhook_id, lost.body)


async def test_who_slept_past_the_lease_cannot_overwrite_what_is_newer(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    (slept,) = await claim(store)
    (taken,) = await claim(store, lease=THEIRS, now=LEASE.until)
    await settle(store, tried(taken, "delivered"), lease=THEIRS)

    written = await settle(store, tried(slept, "refused"))

    assert written is None
    assert await states(store) == ["delivered"]


async def test_without_anybody_else_all_leases_can_be_ended_at_once(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    await claim(store)

    async with store.transaction() as tx:
        await tx.outbox.deliveries.release_all(now=NOW)

    assert await states(store) == ["pending"]
    assert len(await claim(store, lease=THEIRS)) == 1


async def test_two_that_claim_at_the_same_time_share_without_overlap(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(40)))

    shares = await asyncio.gather(
        *(claim(store, lease=Lease(token=str(n), until=LEASE.until), limit=15) for n in range(4))
    )

    ids = [delivery.id for share in shares for delivery in share]
    assert len(ids) == len(set(ids))
    # On PostgreSQL one may pass over what another is just locking; the next claim finds it.
    rest = await claim(store, lease=THEIRS)
    assert len(ids) + len(rest) == 40


async def test_a_number_that_came_while_the_older_one_was_in_flight_replaces_it_when_that_fails(
    store: Store,
) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1))
    (first,) = await claim(store)
    await enqueue(store, an_event(sequence=2))

    await settle(store, tried(first, "busy"))

    assert await states(store) == ["superseded", "waiting"]
    (heir,) = await claim(store, lease=THEIRS, now=NOW + timedelta(seconds=5))
    assert (heir.coalesced_from, heir.attempts, heir.first_failed_at) == (1, 1, NOW)


async def test_every_attempt_leaves_a_row(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    await fail_all(store)

    (delivery,) = await claim(store, now=NOW + timedelta(seconds=5))
    await settle(store, tried(delivery, "delivered"))

    async with store.reading() as tx:
        kept = list(await tx.connection.execute(select(attempts).order_by(attempts.c.id)))
    assert [(row.number, row.outcome, row.status, row.at) for row in kept] == [
        (1, "refused", 422, NOW - timedelta(seconds=0.5)),
        (2, "delivered", 204, NOW - timedelta(seconds=0.5)),
    ]


async def test_a_disabled_endpoint_is_left_alone_and_keeps_what_it_has(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event("product/a/x"), an_event("product/a/y"))
    (one, other) = await claim(store)

    await settle(
        store,
        tried(one, "gone"),
        tried(other, "busy"),
    )

    later = NOW + timedelta(days=1)
    assert await claim(store, lease=THEIRS, now=later) == []
    async with store.reading() as tx:
        assert await tx.outbox.deliveries.due_endpoints(later) == []
        assert await tx.outbox.deliveries.next_due_at("okr-store") is None
        assert await tx.outbox.deliveries.count_open() == 2


async def test_the_next_due_time_is_that_of_a_head(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1, type_=MOVED))
    await fail_all(store)
    await enqueue(store, an_event(sequence=2))

    async with store.reading() as tx:
        due_at = await tx.outbox.deliveries.next_due_at("okr-store")

    assert due_at == NOW + timedelta(seconds=5)


async def test_a_claim_among_ten_thousand_looks_at_what_it_takes(new_store: Store) -> None:
    store = new_store
    await subscribe(store)
    await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(10_000)))

    async with store.transaction() as tx:
        with statements(tx) as seen:
            await tx.outbox.deliveries.claim("okr-store", now=NOW, lease=LEASE)
        # On PostgreSQL without statistics, as right after a first large sync.
        (ready,) = [each for each in seen if "ORDER BY deliveries.due_at" in each[0]]
        plan = await explain(tx, *ready)

    assert "ix_deliveries_due" in plan
    assert "sort" not in plan.lower()
    assert "temp b-tree" not in plan.lower()


async def test_what_waits_behind_one_that_failed_costs_a_claim_nothing(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, *(an_event(sequence=number, type_=MOVED) for number in range(1, 2_000)))
    await fail_all(store)
    await enqueue(store, an_event("product/a/x"))

    async with store.transaction() as tx:
        due = deliveries.c.due_at.is_not(None)
        heads = list(await tx.connection.scalars(select(deliveries.c.sequence).where(due)))

    assert sorted(heads) == [1, 1]


async def explain(tx: Transaction, statement: str, parameters: Any) -> str:  # Any: the driver's own
    word = "EXPLAIN" if tx.connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    lines = await tx.connection.exec_driver_sql(f"{word} {statement}", parameters)
    return "\n".join(str(tuple(line)) for line in lines)


async def claim(
    store: Store,
    endpoint: str = "okr-store",
    *,
    lease: Lease = LEASE,
    now: datetime = NOW,
    limit: int = 100,
) -> list[Delivery]:
    async with store.transaction() as tx:
        return await tx.outbox.deliveries.claim(endpoint, now=now, lease=lease, limit=limit)


async def settle(store: Store, *batch: Tried, lease: Lease = LEASE) -> Verdict | None:
    async with store.transaction() as tx:
        return await tx.outbox.deliveries.settle(batch, lease=lease, now=NOW)


async def fail_all(store: Store) -> None:
    claimed = await claim(store)
    await settle(store, *(tried(one, "refused") for one in claimed))


async def states(store: Store) -> list[str]:
    async with store.reading() as tx:
        return list(await tx.connection.scalars(select(deliveries.c.state).order_by(deliveries.c.sequence)))


def subject(delivery: Delivery) -> tuple[str, int]:
    said: dict[str, Any] = json.loads(delivery.body)["data"]  # Any: JSON
    return said["key_result"]["id"], said["sequence"]
