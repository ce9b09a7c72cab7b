"""A write with an `Idempotency-Key` has one effect, however often it is sent."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from syncd.api.access import needs_of
from syncd.api.app import ROUTERS
from syncd.api.routes import Route
from syncd.store.store import Store
from tests.apis import Api, an_api
from tests.states import a_state

ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

NEW = {"name": "board", "scope": "read"}

WRITES = [
    (method, route.path)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, Route) and needs_of(route.dependant)[0].scope is not None
    for method in sorted(route.methods or ())
    # A plan writes nothing.
    if method != "GET" and route.path != "/api/v1/plan"
]
BODIES: dict[str, dict[str, Any]] = {  # Any: JSON
    "/api/v1/deliveries/{delivery_id}/give-up": {"reason": "breaks"},
    "/api/v1/endpoints": {"name": "wall", "url": "https://wall.example/hooks"},
    "/api/v1/endpoints/{endpoint}/replay": {"after": 0},
    "/api/v1/keys": NEW,
    "/api/v1/key-results/{team}/{objective}/{key_result}/check-ins": {"value": 3},
    "/api/v1/objectives/{team}/{objective}/check-ins": {"progress": 0.5},
}
"""What a route takes; of those that take anything, or nothing, `{}`."""


@pytest.fixture
def api(store: Store) -> Api:
    return an_api(store)


async def names(api: Api) -> list[str]:
    async with api.store.reading() as tx:
        return [key.name for key in await tx.keys.all()]


async def test_a_repeated_write_is_answered_again_and_done_once(api: Api) -> None:
    async with api.client(await api.key()) as client:
        sent = [
            await client.post("/api/v1/keys", json=NEW, headers={"idempotency-key": "one"}) for _ in range(3)
        ]

    assert [got.status_code for got in sent] == [201, 201, 201]
    assert len({got.json()["id"] for got in sent}) == 1
    assert [got.headers.get("idempotency-replayed") for got in sent] == [None, "true", "true"]
    assert (await names(api)).count("board") == 1


async def test_the_secret_of_a_new_key_is_not_kept(api: Api) -> None:
    async with api.client(await api.key()) as client:
        headers = {"idempotency-key": "one"}
        first, second = [await client.post("/api/v1/keys", json=NEW, headers=headers) for _ in range(2)]

    assert first.json()["key"].startswith("syncd_")
    assert second.json() == {**first.json(), "key": None}


async def test_writes_that_come_at_once_with_one_key_have_one_effect(api: Api) -> None:
    async with api.client(await api.key()) as client:
        sent = await asyncio.gather(
            *(client.post("/api/v1/keys", json=NEW, headers={"idempotency-key": "one"}) for _ in range(5))
        )

    assert {got.status_code for got in sent} == {201}
    assert (await names(api)).count("board") == 1


async def test_the_same_key_with_another_request_is_refused(api: Api) -> None:
    async with api.client(await api.key()) as client:
        headers = {"idempotency-key": "one"}
        await client.post("/api/v1/keys", json=NEW, headers=headers)
        other = await client.post("/api/v1/keys", json={**NEW, "name": "bot"}, headers=headers)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert "bot" not in await names(api)


@ON_SQLITE
async def test_every_route_that_writes_looks_at_its_key(api: Api) -> None:
    text = await api.key()
    async with api.store.transaction() as tx:
        await tx.idempotency.claim(caller=text.split("_")[1], key="one", request="another", at=api.clock())

    codes = {}
    async with api.client(text) as client:
        for method, path in WRITES:
            got = await client.request(
                method,
                re.sub(r"\{[^}]+\}", "1", path),
                json=None if method == "DELETE" else BODIES.get(path, {}),
                headers={"idempotency-key": "one"},
            )
            codes[method, path] = got.json()["code"]

    assert codes == dict.fromkeys(WRITES, "idempotency_key_reused")


async def test_two_callers_may_choose_the_same_key(api: Api) -> None:
    for name in ("one", "two"):
        async with api.client(await api.key()) as client:
            await client.post("/api/v1/keys", json={**NEW, "name": name}, headers={"idempotency-key": "k"})

    assert {"one", "two"} <= set(await names(api))


async def test_a_write_that_failed_may_be_sent_again(api: Api) -> None:
    late = {**NEW, "expires_at": "2026-11-02T09:30:00Z"}
    async with api.client(await api.key()) as client:
        headers = {"idempotency-key": "one"}
        api.clock.now += timedelta(hours=1)
        failed = await client.post("/api/v1/keys", json=late, headers=headers)
        api.clock.now -= timedelta(hours=1)
        done = await client.post("/api/v1/keys", json=late, headers=headers)

    assert (failed.status_code, failed.json()["code"]) == (422, "invalid_key")
    assert done.status_code == 201


async def test_after_a_day_a_key_is_free_again(api: Api) -> None:
    async with api.client(await api.key(lasts=timedelta(days=9))) as client:
        headers = {"idempotency-key": "one"}
        await client.post("/api/v1/keys", json=NEW, headers=headers)
        api.clock.now += timedelta(hours=25)
        await client.post("/api/v1/keys", json=NEW, headers=headers)

    assert (await names(api)).count("board") == 2


async def test_revoking_is_audited_with_the_key_that_did_it(api: Api) -> None:
    async with api.client(await api.key()) as client:
        made = (await client.post("/api/v1/keys", json=NEW)).json()
        gone = await client.delete(f"/api/v1/keys/{made['id']}")
        got = (await client.get(f"/api/v1/keys/{made['id']}")).json()

    assert gone.status_code == 204
    assert got["revoked_at"] is not None
    async with api.store.reading() as tx:
        last = (await tx.audit.last(1))[0]
    assert (last.action, last.actor) == ("revoke_key", "key:admin of the test")


@ON_SQLITE
async def test_a_key_is_made_for_teams_that_there_are(api: Api) -> None:
    await api.record(a_state(team="product", owner="anna"), a_state("people/hire/offers", team="people"))

    async with api.client(await api.key()) as client:
        made = await client.post("/api/v1/keys", json={**NEW, "teams": ["product"]})
        refused = [
            (await client.post("/api/v1/keys", json={**NEW, "teams": ["product", team]})).json()
            for team in ("nosuch", "anna", "*", "prod*")
        ]

    assert made.status_code == 201
    assert {(got["status"], got["code"], got["hint"]) for got in refused} == {
        (422, "invalid_key", "there is people, product")
    }
