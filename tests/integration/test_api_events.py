"""Events to come and get: in order, without a gap, of what the key may see."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.engine.pruning import Pruner
from syncd.okr.event import Address, Event
from syncd.okr.retention import Retention
from syncd.store.store import Store
from tests.apis import Api, an_api
from tests.deliveries import SOURCE, an_event
from tests.states import a_state

CYCLE_TIME = "product/faster/cycle-time"


@pytest.fixture
async def api(store: Store) -> Api:
    api = an_api(store)
    await api.record(*map(a_state, (CYCLE_TIME, "product/faster/lead-time", "sales/faster/cycle-time")))
    return api


async def happen(api: Api, *events: Event) -> None:
    async with api.store.transaction() as tx:
        await tx.outbox.enqueue(events, source=SOURCE, at=api.clock())


async def read(api: Api, query: str = "", *, key: str | None = None) -> dict[str, Any]:
    async with api.client(key or await api.key("read")) as client:
        got = await client.get(f"/api/v1/events{query}")
    assert got.status_code == 200, got.text
    found: dict[str, Any] = got.json()
    return found


def sequences(page: dict[str, Any]) -> list[int]:
    return [item["data"]["sequence"] for item in page["items"]]


async def test_the_bodies_are_those_that_are_signed(api: Api) -> None:
    event = an_event(CYCLE_TIME)
    await happen(api, event)

    async with api.client(await api.key("read")) as client:
        got = await client.get("/api/v1/events")

    assert event.body(SOURCE) in got.content
    assert got.json()["items"] == [json.loads(event.body(SOURCE))]


async def test_who_goes_on_from_next_gets_everything_once(api: Api) -> None:
    await happen(api, *(an_event(CYCLE_TIME, n) for n in range(1, 6)))

    found, after = [], ""
    while True:
        page = await read(api, f"?limit=2{after}")
        found += sequences(page)
        after = f"&after={page['next']}"
        if not page["more"]:
            break
    await happen(api, an_event(CYCLE_TIME, 6))
    later = await read(api, f"?limit=2{after}")

    assert found == [1, 2, 3, 4, 5]
    assert (sequences(later), later["more"]) == ([6], False)


async def test_a_filter_that_lets_nothing_through_still_goes_on(api: Api) -> None:
    await happen(api, *(an_event(CYCLE_TIME, n) for n in range(1, 4)))

    page = await read(api, "?type=cycle.*&type=objective.progressed")

    assert (page["items"], page["more"]) == ([], False)
    assert (await read(api, f"?after={page['next']}"))["items"] == []


async def test_a_type_that_does_not_exist_is_refused(api: Api) -> None:
    async with api.client(await api.key("read")) as client:
        got = await client.get("/api/v1/events?type=key_result.progresed")

    assert (got.status_code, got.json()["code"]) == (422, "unknown_event_type")


async def test_a_key_of_a_team_gets_its_team_and_individuals_are_asked_for(api: Api) -> None:
    await happen(api, an_event(CYCLE_TIME), an_event("product/faster/lead-time", tier="individual"))
    product, people = await api.key("read", teams=["product"]), await api.key("read", teams=["people"])

    assert len((await read(api, key=product))["items"]) == 1
    assert len((await read(api, "?include=individual", key=product))["items"]) == 2
    assert (await read(api, "?include=individual", key=people))["items"] == []


async def test_a_key_of_a_team_gets_the_end_of_what_moves_away_from_it(api: Api) -> None:
    left = Address("team", "product", "product/faster")
    here = {"team": "sales", "objective": "sales/faster"}
    moved = replace(an_event("sales/faster/cycle-time", type_="key_result.moved"), **here, left=left)
    await happen(api, moved, replace(an_event("sales/faster/cycle-time", 2), **here))
    product, sales = await api.key("read", teams=["product"]), await api.key("read", teams=["sales"])

    assert sequences(await read(api, key=product)) == [1]
    assert sequences(await read(api, key=sales)) == [1, 2]


async def refused(api: Api, query: str) -> tuple[int, str]:
    async with api.client(await api.key("read")) as client:
        got = await client.get(f"/api/v1/events{query}")
    return got.status_code, got.json()["code"]


async def test_a_cursor_whose_next_events_are_deleted_is_told_so_and_a_later_one_goes_on(api: Api) -> None:
    await happen(api, *(an_event(CYCLE_TIME, n) for n in range(1, 4)))
    first = (await read(api, "?limit=1"))["next"]
    second = (await read(api, f"?limit=1&after={first}"))["next"]
    api.clock.now += timedelta(days=120)

    await Pruner(api.store, Retention(), clock=api.clock).prune()

    assert await refused(api, f"?after={first}") == (410, "beyond_retention")
    assert sequences(await read(api, f"?after={second}")) == [3]
    assert sequences(await read(api)) == [3]


async def test_what_nobody_came_to_get_before_it_was_deleted_is_missed_by_no_cursor(api: Api) -> None:
    await happen(api, an_event(CYCLE_TIME, 1))
    reached = (await read(api))["next"]
    await happen(api, an_event(CYCLE_TIME, 2), an_event(CYCLE_TIME, 3))
    api.clock.now += timedelta(days=120)

    await Pruner(api.store, Retention(), clock=api.clock).prune()

    assert await refused(api, f"?after={reached}") == (410, "beyond_retention")


async def test_a_cursor_from_before_a_restore_is_told_so_also_by_who_opened_the_store_before(
    api: Api,
) -> None:
    await happen(api, an_event(CYCLE_TIME, 1))
    before = (await read(api))["next"]

    async with api.store.transaction() as tx:
        await tx.epochs.begin(at=api.clock())

    assert await refused(api, f"?after={before}") == (410, "cursor_of_another_epoch")
    anew = await read(api)
    assert sequences(await read(api, f"?after={anew['next']}")) == []


async def test_a_cursor_ahead_of_a_store_that_was_restored_without_a_new_epoch_is_told_so(api: Api) -> None:
    await happen(api, an_event(CYCLE_TIME, 1), an_event(CYCLE_TIME, 2))
    ahead = (await read(api))["next"]

    async with api.store.transaction() as tx:
        await tx.connection.exec_driver_sql("DELETE FROM events WHERE sequence = 2")

    assert await refused(api, f"?after={ahead}") == (410, "cursor_of_another_epoch")


@pytest.mark.parametrize("store_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
async def test_a_slow_transaction_is_not_skipped(api: Api) -> None:
    slow_wrote, may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with api.store.transaction() as tx:
            await tx.outbox.enqueue([an_event(CYCLE_TIME, 1)], source=SOURCE, at=api.clock())
            slow_wrote.set()
            await may_commit.wait()

    running = asyncio.create_task(slow())
    await slow_wrote.wait()
    async with asyncio.timeout(20):  # a reader that waited for the publisher would wait for ever
        await happen(api, an_event("product/faster/lead-time", 7))
        first = await read(api)
    may_commit.set()
    await running
    second = await read(api, f"?after={first['next']}")

    assert (sequences(first), sequences(second)) == ([7], [1])


async def test_readers_that_come_at_once_number_each_event_once(api: Api) -> None:
    await happen(api, *(an_event(CYCLE_TIME, n) for n in range(1, 9)))

    pages = await asyncio.gather(*(read(api) for _ in range(5)))

    assert [sequences(page) for page in pages] == [list(range(1, 9))] * 5
