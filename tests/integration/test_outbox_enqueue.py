"""Events and deliveries in the transaction of the state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from syncd.okr.event import FRESHNESS_CHANGED, PROGRESSED, webhook_id
from syncd.store.deliveries import deliveries
from syncd.store.endpoints import endpoints
from syncd.store.events import events
from syncd.store.store import Store
from tests.deliveries import NOW, SOURCE, an_endpoint, an_event, enqueue, statements, subscribe

MOVED = "key_result.moved"


async def test_a_body_is_stored_once_for_all_endpoints(store: Store) -> None:
    await subscribe(store, an_endpoint("okr-store"), an_endpoint("warehouse"))

    added = await enqueue(store, event := an_event())

    assert added == 2
    assert await bodies(store) == [event.body(SOURCE)]
    assert {row.webhook_id for row in await rows(store)} == {
        webhook_id(SOURCE, name, event.subject, 1) for name in ("okr-store", "warehouse")
    }


async def test_an_endpoint_gets_what_it_subscribes_to(store: Store) -> None:
    await subscribe(store, an_endpoint(events=("sync.*",)), an_endpoint("all", include=("individual",)))

    added = await enqueue(store, an_event(), an_event("anna/read/books", tier="individual"))

    assert added == 2
    assert len(await bodies(store)) == 2


async def test_what_is_rolled_back_was_never_said(store: Store) -> None:
    await subscribe(store)

    with pytest.raises(RuntimeError, match="the state could not be saved"):
        await fail_after_enqueue(store)

    assert await bodies(store) == []
    assert await rows(store) == []


async def fail_after_enqueue(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.outbox.enqueue([an_event()], source=SOURCE, at=NOW)
        raise RuntimeError("the state could not be saved")


async def test_a_new_endpoint_gets_events_from_then_on(store: Store) -> None:
    await enqueue(store, an_event(sequence=1))
    await subscribe(store)

    await enqueue(store, an_event(sequence=2))

    assert [row.sequence for row in await rows(store)] == [2]


async def test_an_endpoint_that_is_taken_away_gets_nothing_new_and_comes_back_with_what_it_had(
    store: Store,
) -> None:
    await subscribe(store, an_endpoint("okr-store"), an_endpoint("warehouse"))
    await enqueue(store, an_event("product/a/x"))

    await subscribe(store, an_endpoint("warehouse"))
    await enqueue(store, an_event("product/a/y"))
    due_without = await due(store)
    await subscribe(store, an_endpoint("okr-store"), an_endpoint("warehouse"))

    assert due_without == ["warehouse"]
    assert await due(store) == ["okr-store", "warehouse"]
    assert len(await rows(store)) == 3


async def test_a_disabled_endpoint_still_collects_and_starts_again_under_a_new_url(store: Store) -> None:
    await subscribe(store)
    async with store.transaction() as tx:
        await tx.outbox.endpoints.disable(1, reason="gone", at=NOW)
    await enqueue(store, an_event())
    await subscribe(store)
    still_disabled = await due(store)

    await subscribe(store, an_endpoint(url="https://okr.example/hooks/v2"))

    assert still_disabled == []
    assert await due(store) == ["okr-store"]


async def test_changed_filters_hold_from_the_next_event_on(store: Store) -> None:
    await subscribe(store)
    await subscribe(store, an_endpoint(events=("sync.*",)))

    assert await enqueue(store, an_event()) == 0


async def test_no_secret_has_a_place_in_the_store() -> None:
    assert not [column.name for column in endpoints.columns if "secret" in column.name]


async def test_a_newer_number_takes_the_turn_of_the_one_that_waits(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1))
    due_at = NOW + timedelta(hours=2)
    await change_all(store, state="waiting", attempts=4, due_at=due_at, first_failed_at=NOW)

    await enqueue(store, an_event(sequence=2), at=NOW + timedelta(hours=1))

    old, new = await rows(store)
    assert (old.state, old.settled_at) == ("superseded", NOW + timedelta(hours=1))
    assert (new.state, new.attempts, new.due_at, new.coalesced_from) == ("waiting", 4, due_at, 1)


async def test_the_events_of_one_change_are_all_sent(store: Store) -> None:
    await subscribe(store)

    await enqueue(store, an_event(sequence=1), an_event(sequence=2, type_=FRESHNESS_CHANGED))

    assert [row.state for row in await rows(store)] == ["pending", "pending"]


async def test_an_event_of_another_kind_is_neither_superseded_nor_skipped(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1))
    await enqueue(store, an_event(sequence=2, type_=MOVED))

    await enqueue(store, an_event(sequence=3, type_=PROGRESSED))

    assert [row.state for row in await rows(store)] == ["pending", "pending", "pending"]


async def test_superseding_stays_within_endpoint_and_subject(store: Store) -> None:
    await subscribe(store, an_endpoint("okr-store"), an_endpoint("other", events=("sync.*",)))
    await enqueue(store, an_event("product/a/x", 1), an_event("product/a/y", 1))

    await enqueue(store, an_event("product/a/x", 2))

    assert [(row.queue, row.sequence, row.state) for row in await rows(store)] == [
        ("1/product/a/x@2026-Q4", 1, "superseded"),
        ("1/product/a/x@2026-Q4", 2, "pending"),
        ("1/product/a/y@2026-Q4", 1, "pending"),
    ]


async def test_ten_thousand_events_take_a_few_statements(store: Store) -> None:
    await subscribe(store)
    first = [an_event(f"product/a/kr-{number}", 1) for number in range(10_000)]
    second = [an_event(f"product/a/kr-{number}", 2) for number in range(10_000)]
    await enqueue(store, *first)

    async with store.transaction() as tx:
        with statements(tx) as seen:
            await tx.outbox.enqueue(second, source=SOURCE, at=NOW)

    assert len(seen) < 40
    async with store.reading() as tx:
        assert await tx.outbox.deliveries.count_open() == 10_000


async def rows(store: Store) -> list[Any]:  # Any: a row of `deliveries`
    async with store.reading() as tx:
        found = await tx.connection.execute(
            select(deliveries).order_by(deliveries.c.queue, deliveries.c.sequence)
        )
        return list(found)


async def bodies(store: Store) -> list[bytes]:
    async with store.reading() as tx:
        return list(await tx.connection.scalars(select(events.c.body).order_by(events.c.id)))


async def due(store: Store) -> list[str]:
    async with store.reading() as tx:
        return await tx.outbox.deliveries.due_endpoints(NOW)


async def change_all(store: Store, **values: Any) -> None:
    async with store.transaction() as tx:
        await tx.connection.execute(deliveries.update().values(**values))
