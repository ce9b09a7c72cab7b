"""Events to come and get: in order, without a gap, of what the key may see."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from syncd.okr.event import Event
from syncd.store.store import Store
from tests.apis import Api, an_api
from tests.deliveries import SOURCE, an_event
from tests.states import a_state

CYCLE_TIME = "product/faster/cycle-time"


@pytest.fixture
async def api(store: Store) -> Api:
    api = an_api(store)
    await api.record(a_state(CYCLE_TIME), a_state("product/faster/lead-time"))
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


async def test_a_cursor_that_cannot_go_on_without_a_gap_is_gone(api: Api) -> None:
    await happen(api, an_event(CYCLE_TIME))
    ahead = (await read(api))["next"]
    async with api.store.transaction() as tx:
        await tx.connection.exec_driver_sql("UPDATE events SET position = 9")

    async with api.client(await api.key("read")) as client:
        got = await client.get(f"/api/v1/events?after={ahead}")

    assert (got.status_code, got.json()["code"]) == (410, "events_gone")


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
