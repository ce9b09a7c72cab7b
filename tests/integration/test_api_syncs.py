"""A sync on request: who asked for it can see what became of it; and what else an operator looks at."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from syncd.engine.tasks import Keeper
from syncd.errors import SourceUnavailable
from syncd.okr.reading import ErrorFact
from syncd.store.store import Store
from syncd.store.syncs import ConnectionState
from tests.apis import CONNECTIONS, Api, an_api
from tests.builders import a_key_result, an_input, mappings_of

ERROR = ErrorFact(code="source_unavailable", message="the source is down", actor="nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The API, and the engine's tasks over the same store. `opened`: connections that were asked."""

    api: Api
    keeper: Keeper
    opened: list[str]

    async def run(self) -> None:
        """What the engine was told to run, as it would."""
        told = list(dict.fromkeys(self.api.wakes.told))
        self.api.wakes.told.clear()
        for task, key in told:
            if task == "requested_sync":
                await self.keeper.requested_sync(key)


@pytest.fixture
async def site(store: Store) -> Installation:
    api, opened = an_api(store, mappings=mappings_of(a_key_result(an_input()))), []
    await api.apply()

    def out_of_order(name: str) -> Any:  # Any: nobody gets it
        opened.append(name)
        raise SourceUnavailable("the source is down")

    keeper = Keeper(
        replace(api.service.site, open_connection=out_of_order),
        drain=nothing_due,
        min_interval={name: one.min_interval for name, one in CONNECTIONS.items()},
    )
    keeper.wake = api.wakes
    return Installation(api=api, keeper=keeper, opened=opened)


async def nothing_due(_: str) -> datetime | None:
    return None


async def ask(site: Installation, body: dict[str, Any], **headers: str) -> httpx.Response:
    async with site.api.client(await site.api.key(lasts=timedelta(days=9))) as client:
        return await client.post("/api/v1/syncs", json=body, headers=headers)


async def look(site: Installation, path: str) -> Any:  # Any: JSON
    async with site.api.client(await site.api.key()) as client:
        got = await client.get(path)
    assert got.status_code == 200, got.text
    return got.json()


async def test_who_asks_for_a_sync_sees_what_became_of_it(site: Installation) -> None:
    asked = await ask(site, {"connections": ["tracker"]})
    before = await look(site, asked.headers["location"])
    await site.run()
    after = await look(site, asked.headers["location"])

    assert (asked.status_code, before["state"]) == (202, "waiting")
    assert (after["state"], after["sync"]["outcome"], after["sync"]["trigger"]) == (
        "done",
        "failed",
        "request",
    )
    assert await look(site, f"/api/v1/syncs/{after['sync']['id']}") == after["sync"]
    assert (await look(site, "/api/v1/syncs"))["items"] == [after["sync"]]
    assert site.opened == ["tracker"]


async def test_a_request_waits_for_the_least_time_between_two_pulls(site: Installation) -> None:
    await ask(site, {})
    await site.run()
    second = await ask(site, {})
    await site.run()
    waiting = await look(site, second.headers["location"])
    site.api.clock.now += timedelta(seconds=30)
    await site.run()
    done = await look(site, second.headers["location"])

    assert (waiting["state"], done["state"]) == ("waiting", "done")
    assert site.opened == ["tracker", "tracker"]


async def test_two_that_wait_for_the_same_wait_for_one(site: Installation) -> None:
    first, second = await ask(site, {}), await ask(site, {})
    other = await ask(site, {"connections": ["usage"]})

    assert first.json()["id"] == second.json()["id"] != other.json()["id"]


async def test_a_connection_is_never_asked_by_two_at_the_same_time(site: Installation) -> None:
    first, second = await ask(site, {}), await ask(site, {"connections": ["tracker"]})
    requests = [site.keeper.requested_sync(str(one.json()["id"])) for one in (first, second)]

    await asyncio.gather(site.keeper.sync_connection("tracker"), *requests)

    assert site.opened == ["tracker"]


async def test_a_source_that_asked_to_be_left_alone_is_left_alone(site: Installation) -> None:
    resting = ConnectionState(not_before=site.api.clock() + timedelta(hours=1))
    async with site.api.store.transaction() as tx:
        await tx.syncs.save_connections({"tracker": resting})

    asked = await ask(site, {"connections": ["tracker"]})
    await site.run()

    done = await look(site, asked.headers["location"])
    assert (done["state"], done["sync"], done["error"]["code"]) == ("done", None, "left_alone")
    assert site.opened == []


async def test_a_request_that_a_killed_process_had_begun_is_taken_up_again(site: Installation) -> None:
    asked = await ask(site, {"connections": ["tracker"]})
    async with site.api.store.transaction() as tx:
        await tx.sync_requests.begin(asked.json()["id"], at=site.api.clock())
    site.api.wakes.told.clear()

    await site.keeper.reconcile()
    await site.run()

    assert (await look(site, asked.headers["location"]))["state"] == "done"


async def test_an_unknown_connection_is_named(site: Installation) -> None:
    got = await ask(site, {"connections": ["trakcer"]})

    assert (got.status_code, got.json()["code"]) == (404, "unknown_connection")
    assert got.json()["hint"] == "did you mean 'tracker'?"


async def test_nothing_can_be_synced_before_something_is_applied(store: Store) -> None:
    api = an_api(store)
    async with api.client(await api.key()) as client:
        got = await client.post("/api/v1/syncs", json={})

    assert (got.status_code, got.json()["code"]) == (409, "no_active_version")


async def test_connections_tell_how_they_are(site: Installation) -> None:
    at = site.api.clock()
    async with site.api.store.transaction() as tx:
        await tx.syncs.save_connections(
            {"tracker": ConnectionState(last_synced_at=at, failing_since=at, error=ERROR)}
        )

    found = (await look(site, "/api/v1/connections"))["items"]

    assert [(one["name"], one["state"]) for one in found] == [
        ("tracker", "failing"),
        ("usage", "never_asked"),
    ]
    assert found[0]["error"]["code"] == "source_unavailable"
    assert await look(site, "/api/v1/connections/usage") == found[1]


async def test_findings_are_those_of_the_active_mappings(store: Store) -> None:
    api = an_api(store, mappings=mappings_of(a_key_result()))
    await api.apply()
    async with api.client(await api.key()) as client:
        found = (await client.get("/api/v1/findings")).json()["items"]

    assert [(one["code"], one["path"]) for one in found] == [("supports_nothing", "mappings/product.yaml")]


async def test_a_source_of_other_teams_alone_is_not_there(site: Installation) -> None:
    usage = replace(CONNECTIONS["usage"], teams=frozenset({"people"}))
    service = replace(site.api.service, connections={**CONNECTIONS, "usage": usage})
    key = await site.api.key("read", teams=["product"])

    async with replace(site.api, service=service).client(key) as client:
        listed, one = await client.get("/api/v1/connections"), await client.get("/api/v1/connections/usage")

    assert [it["name"] for it in listed.json()["items"]] == ["tracker"]
    assert one.status_code == 404


async def test_cycles_and_the_audit_can_be_read(site: Installation) -> None:
    await ask(site, {})

    cycles = (await look(site, "/api/v1/cycles"))["items"]
    audit = await look(site, "/api/v1/audit?limit=1")

    assert [(one["name"], one["state"]) for one in cycles] == [("2026-Q4", "running")]
    assert (audit["items"][0]["action"], audit["items"][0]["actor"]) == (
        "request_sync",
        "key:admin of the test",
    )
    assert audit["next"] is None
