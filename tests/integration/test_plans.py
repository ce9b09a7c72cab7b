"""Each statement of claiming, settling, queues, listing and operating has its index, on both databases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from syncd.delivery.delivery import Lease
from syncd.okr.event import MOVED
from syncd.store.store import Store
from syncd.store.transaction import Transaction
from syncd.webhooks.drain import LEASE
from tests.deliveries import NOW, SOURCE, an_endpoint, an_event, enqueue, statements, subscribe, tried
from tests.plans import whole_reads

OURS = Lease(token="ours", until=NOW + LEASE)
LATER = NOW + timedelta(days=1)

Act = Callable[[Transaction], Awaitable[object]]


async def claim_and_settle(tx: Transaction) -> None:
    """All that may become of a delivery: taken, refused, not answered, not attempted."""
    deliveries = tx.outbox.deliveries
    claimed = await deliveries.claim("okr-store", now=NOW, lease=OURS)
    results = ["delivered", "refused", "unreachable", None]
    batch = [tried(one, result) for one, result in zip(claimed, results, strict=False)]  # type: ignore[arg-type]  # outcomes
    await deliveries.settle(batch, lease=OURS, now=NOW)


async def read_the_feed(tx: Transaction) -> None:
    await tx.feed.is_behind()
    await tx.feed.number()
    await tx.feed.last_position()
    await tx.feed.after(
        1,
        limit=50,
        types=["key_result.progressed"],
        teams=["product"],
        for_everybody=[],
        with_individuals=False,
    )


ACTS: dict[str, Act] = {
    "enqueue": lambda tx: tx.outbox.enqueue([an_event("product/a/one", 3)], source=SOURCE, at=NOW),
    "claim and settle": claim_and_settle,
    "who is due": lambda tx: tx.outbox.deliveries.due_endpoints(NOW),
    "when next": lambda tx: tx.outbox.deliveries.next_due_at("okr-store"),
    "count what is open": lambda tx: tx.outbox.deliveries.count_open(),
    "take over": lambda tx: tx.outbox.deliveries.release_all(now=NOW),
    "follow the clock": lambda tx: tx.outbox.deliveries.follow_clock(now=NOW, lease=LEASE),
    "backlogs": lambda tx: tx.outbox.listing.backlogs(),
    "list the dead of an endpoint": lambda tx: tx.outbox.listing.deliveries(
        states=["dead"], endpoint="okr-store", before=99
    ),
    "list the next page": lambda tx: tx.outbox.listing.deliveries(before=99),
    "show one": lambda tx: tx.outbox.listing.delivery(1),
    "all dead": lambda tx: tx.outbox.listing.dead("okr-store"),
    "enable": lambda tx: tx.outbox.operating.enable("okr-store", at=NOW),
    "redeliver": lambda tx: tx.outbox.operating.redeliver([1, 2], at=NOW),
    "give up": lambda tx: tx.outbox.operating.give_up([1], reason="breaks it", at=NOW),
    "give up all": lambda tx: tx.outbox.operating.give_up_all("okr-store", reason="gone", at=NOW),
    "replay": lambda tx: tx.outbox.operating.replay("okr-store", at=NOW, since=NOW),
    "the last of a log": lambda tx: tx.outbox.last_sequence(an_event().subject),
    "read the feed": read_the_feed,
}


@pytest.mark.parametrize("name", ACTS)
async def test_no_table_that_grows_is_read_whole_or_sorted(store: Store, name: str) -> None:
    await subscribe(store, an_endpoint(), an_endpoint("warehouse"))
    await enqueue(
        store,
        *(an_event(f"product/a/{name}") for name in ("one", "two", "three", "four")),
        an_event("product/a/one", 2, type_=MOVED),
    )

    async with store.transaction() as tx:
        with statements(tx) as seen:
            await ACTS[name](tx)
        found = await whole_reads(tx, seen)

    assert seen
    assert found == []
