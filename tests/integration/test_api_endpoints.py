"""Endpoints and deliveries over the API: secrets are shown once, and what people do wakes the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.delivery.delivery import Lease, Result
from syncd.store.endpoints import KeptEndpoint
from syncd.store.secrets import SealedSecret
from syncd.store.store import Store
from tests.apis import Api, an_api
from tests.deliveries import SOURCE, a_result, an_event
from tests.states import NOW

NEW = {"name": "wall", "url": "https://wall.example/hooks/a-token", "events": ["key_result.*"]}
WALL = "/api/v1/endpoints/wall"
DRAIN = ("drain_endpoint", "wall")
ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture
def api(store: Store) -> Api:
    return an_api(store)


async def ask(api: Api, method: str, path: str, **given: Any) -> Any:  # Any: what httpx takes, an answer
    async with api.client(await api.key()) as client:
        return await client.request(method, path, **given)


async def made(api: Api, *, events: int = 0) -> str:
    """The endpoint `wall` with so many deliveries; its secret."""
    created = await ask(api, "POST", "/api/v1/endpoints", json=NEW)
    async with api.store.transaction() as tx:
        batch = [an_event(f"product/faster/{n}") for n in range(events)]
        await tx.outbox.enqueue(batch, source=SOURCE, at=NOW)
    return str(created.json()["secret"])


async def dead(api: Api, number: int) -> None:
    async with api.store.transaction() as tx:
        await tx.outbox.operating.give_up([number], reason="breaks it", at=NOW)


async def test_a_new_endpoint_shows_its_secret_once(api: Api) -> None:
    headers = {"idempotency-key": "one"}
    async with api.client(await api.key()) as client:
        first, again = [await client.post("/api/v1/endpoints", json=NEW, headers=headers) for _ in "12"]
        listed, one = await client.get("/api/v1/endpoints"), await client.get(first.headers["location"])

    assert first.status_code == again.status_code == 201
    assert first.json()["secret"].startswith("whsec_")
    assert again.json() == {**first.json(), "secret": None}
    assert listed.json()["items"] == [one.json()]
    assert one.json()["host"] == "https://wall.example"
    assert "whsec_" not in listed.text
    assert "a-token" not in listed.text


async def test_its_secret_is_sealed_and_the_caller_is_in_the_audit(api: Api) -> None:
    secret = await made(api)

    async with api.store.reading() as tx:
        (kept,) = await tx.secrets.of("wall")
        audited = (await tx.audit.last(1))[0]
    assert api.service.keyring().open(kept.sealed) == secret
    assert secret not in kept.sealed
    assert (audited.action, audited.actor) == ("add_endpoint", "key:admin of the test")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"url": "https://inside.example/"}, 422, "unsafe_target"),
        ({"url": "http://wall.example/"}, 422, "unsafe_target"),
        ({"events": ["nothing.*"]}, 422, "invalid_endpoint"),
        ({"rate": "often"}, 422, "invalid_endpoint"),
        ({"secret": "mine"}, 422, "invalid_request"),
    ],
)
async def test_an_endpoint_that_must_not_be_is_refused(
    api: Api, changed: dict[str, Any], status: int, code: str
) -> None:
    got = await ask(api, "POST", "/api/v1/endpoints", json={**NEW, **changed})

    assert (got.status_code, got.json()["code"]) == (status, code)
    assert (await ask(api, "GET", WALL)).status_code == 404


async def test_a_name_is_taken_once(api: Api) -> None:
    await made(api)

    got = await ask(api, "POST", "/api/v1/endpoints", json=NEW)

    assert (got.status_code, got.json()["code"]) == (409, "endpoint_taken")


async def test_a_rotated_secret_is_shown_once_and_the_one_before_signs_on(api: Api) -> None:
    before = await made(api)
    headers = {"idempotency-key": "one"}

    async with api.client(await api.key()) as client:
        first, again = [
            await client.post(f"{WALL}/rotate", json={"overlap_s": 3600}, headers=headers) for _ in "12"
        ]

    assert first.json()["secret"] not in (None, before)
    assert again.json() == {**first.json(), "secret": None}
    async with api.store.reading() as tx:
        assert len(await tx.secrets.of("wall")) == 2


async def test_a_pause_keeps_back_until_it_is_resumed(api: Api) -> None:
    await made(api, events=2)

    paused = await ask(api, "POST", f"{WALL}/pause")
    resumed = await ask(api, "POST", f"{WALL}/resume")

    assert (paused.json()["state"], resumed.json()["state"]) == ("paused", "enabled")
    assert resumed.json()["open"] == 2
    assert api.wakes.told[-1] == DRAIN


async def test_a_disabled_endpoint_is_enabled_and_drained(api: Api) -> None:
    await made(api, events=1)
    async with api.store.transaction() as tx:
        await tx.outbox.operating.disable("wall", at=NOW)

    before, enabled = await ask(api, "GET", WALL), await ask(api, "POST", f"{WALL}/enable")

    assert (before.json()["state"], enabled.json()["state"]) == ("disabled", "enabled")
    assert api.wakes.told == [DRAIN]


async def test_a_replay_sends_once_more_what_was_settled(api: Api) -> None:
    await made(api, events=3)
    await dead(api, 2)

    replayed = await ask(api, "POST", f"{WALL}/replay", json={"after": 0})
    nowhere = await ask(api, "POST", f"{WALL}/replay", json={})

    assert replayed.json() == {"deliveries": 1}
    assert api.wakes.told == [DRAIN]
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "invalid_replay")


async def test_a_replay_begins_where_somebody_stopped_to_read_the_events(api: Api) -> None:
    await made(api, events=3)
    read = (await ask(api, "GET", "/api/v1/events", params={"limit": 2})).json()["next"]
    for number in (1, 2, 3):
        await dead(api, number)

    replayed = await ask(api, "POST", f"{WALL}/replay", json={"after": read})
    nowhere = await ask(api, "POST", f"{WALL}/replay", json={"after": "W10"})

    left = (await ask(api, "GET", "/api/v1/deliveries", params={"state": "dead"})).json()["items"]
    assert (replayed.json(), [one["id"] for one in left]) == ({"deliveries": 1}, [2, 1])
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "invalid_cursor")


async def test_a_removed_endpoint_is_gone_and_its_deliveries_stay_listed(api: Api) -> None:
    await made(api, events=1)

    removed = await ask(api, "DELETE", WALL)
    deliveries = await ask(api, "GET", "/api/v1/deliveries", params={"endpoint": "wall"})

    assert removed.status_code == 204
    assert (await ask(api, "GET", WALL)).json()["code"] == "unknown_endpoint"
    assert [one["reason"] for one in deliveries.json()["items"]] == ["endpoint_removed"]
    async with api.store.reading() as tx:
        assert await tx.secrets.of("wall") == []


async def test_deliveries_come_in_pages_the_newest_first(api: Api) -> None:
    await made(api, events=3)

    first = (await ask(api, "GET", "/api/v1/deliveries", params={"limit": 2})).json()
    rest = (await ask(api, "GET", "/api/v1/deliveries", params={"limit": 2, "after": first["next"]})).json()

    assert [one["id"] for one in first["items"]] == [3, 2]
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([1], None)


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({"state": "dead"}, [2]),
        ({"state": ["dead", "pending"]}, [3, 2, 1]),
        ({"subject": "product/faster/0"}, [1]),
        ({"endpoint": "wall", "state": "delivered"}, []),
    ],
)
async def test_deliveries_are_narrowed(api: Api, given: dict[str, Any], ids: list[int]) -> None:
    await made(api, events=3)
    await dead(api, 2)

    got = await ask(api, "GET", "/api/v1/deliveries", params=given)

    assert [one["id"] for one in got.json()["items"]] == ids


async def test_a_dead_delivery_is_sent_once_more(api: Api) -> None:
    await made(api, events=1)
    await dead(api, 1)

    first, again = [await ask(api, "POST", "/api/v1/deliveries/1/redeliver") for _ in "12"]
    shown = (await ask(api, "GET", "/api/v1/deliveries/1")).json()

    assert (first.json(), again.json()) == ({"count": 1}, {"count": 0})
    assert (shown["state"], shown["tried"]) == ("pending", [])
    assert DRAIN in api.wakes.told


async def test_an_open_delivery_is_given_up_with_a_reason_and_by_whom(api: Api) -> None:
    await made(api, events=1)
    path = "/api/v1/deliveries/1/give-up"

    first, again = [await ask(api, "POST", path, json={"reason": "breaks their parser"}) for _ in "12"]
    silent = await ask(api, "POST", path, json={"reason": " "})
    shown = (await ask(api, "GET", "/api/v1/deliveries/1")).json()

    assert (first.json(), again.json()) == ({"count": 1}, {"count": 0})
    assert (silent.status_code, silent.json()["code"]) == (422, "missing_reason")
    assert (shown["state"], shown["reason"]) == ("dead", "breaks their parser")
    assert DRAIN in api.wakes.told
    async with api.store.reading() as tx:
        _, noted = await tx.audit.last(2)
    assert (noted.action, noted.actor) == ("give_up_delivery", "key:admin of the test")
    assert noted.details == {"deliveries": 1, "ids": [1], "reason": "breaks their parser"}


@ON_SQLITE
async def test_one_that_is_on_its_way_is_left_to_its_attempt(api: Api) -> None:
    await made(api, events=1)
    lease = Lease(token="ours", until=NOW + timedelta(minutes=1))
    async with api.store.transaction() as tx:
        await tx.outbox.deliveries.claim("wall", now=NOW, lease=lease)

    got = await ask(api, "POST", "/api/v1/deliveries/1/give-up", json={"reason": "breaks"})

    assert (got.status_code, got.json()["code"]) == (409, "delivery_in_flight")


@ON_SQLITE
async def test_an_endpoint_is_tested_past_the_queue_paused_as_it_is(api: Api) -> None:
    await made(api, events=1)
    await ask(api, "POST", f"{WALL}/pause")
    pinged: list[tuple[str, int]] = []

    async def ping(kept: KeptEndpoint, sealed: Sequence[SealedSecret], *, epoch: int) -> Result:
        pinged.append((kept.endpoint.name, len(sealed)))
        return a_result("refused")

    trying, key = replace(api, service=replace(api.service, ping=ping)), await api.key()
    async with trying.client(key) as client:
        headers = {"idempotency-key": "one"}
        sent = await asyncio.gather(*(client.post(f"{WALL}/test", headers=headers) for _ in range(2)))
    # Whichever came first.
    got, again = sorted(sent, key=lambda one: "idempotency-replayed" in one.headers)

    assert got.json() == {
        "endpoint": "wall",
        "outcome": "refused",
        "status": 422,
        "seconds": 0.5,
        "code": None,
        "message": "the endpoint is refused",
    }
    assert pinged == [("wall", 1)]
    assert (again.json(), again.headers["idempotency-replayed"]) == (got.json(), "true")
    async with api.store.reading() as tx:
        (noted,) = await tx.audit.last(1)
    assert (noted.action, noted.details) == ("test_endpoint", {"endpoint": "wall", "status": 422})


async def test_an_endpoint_is_described_anew_with_the_secret_that_it_has(api: Api) -> None:
    await made(api)
    async with api.store.reading() as tx:
        before = await tx.secrets.of("wall")

    changed = await ask(api, "PATCH", WALL, json={"url": "https://wall2.example/another", "rate": "5/s"})
    again = await ask(api, "PATCH", WALL, json={"rate": None, "teams": ["product"]})

    assert (changed.json()["host"], changed.json()["rate"]) == ("https://wall2.example", "5/s")
    facts = again.json()
    assert (facts["host"], facts["rate"], facts["teams"]) == ("https://wall2.example", None, ["product"])
    assert facts["events"] == NEW["events"]
    assert facts["revision"] == 3
    async with api.store.reading() as tx:
        assert await tx.secrets.of("wall") == before
        _, noted = await tx.audit.last(2)
    assert (noted.action, noted.details) == (
        "change_endpoint",
        {"endpoint": "wall", "host": "https://wall2.example", "rate": "5/s"},
    )


@ON_SQLITE
async def test_who_changes_what_somebody_changed_meanwhile_is_told(api: Api) -> None:
    await made(api)
    seen = (await ask(api, "GET", WALL)).json()["revision"]
    given = {"json": {"concurrency": 2}, "headers": {"if-match": f'"{seen}"'}}

    first, late = [await ask(api, "PATCH", WALL, **given) for _ in "12"]

    assert (first.status_code, late.status_code) == (200, 412)
    assert late.json()["code"] == "endpoint_changed"


@ON_SQLITE
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"url": "https://inside.example/x"}, "unsafe_target"),
        ({"events": ["key result"]}, "invalid_endpoint"),
        ({"tiers": ["individual"]}, "invalid_endpoint"),
        ({"rate": "fast"}, "invalid_endpoint"),
        ({"events": []}, "invalid_request"),
        ({"secret": "whsec_x"}, "invalid_request"),
    ],
)
async def test_what_no_endpoint_may_be_it_is_not_changed_to(
    api: Api, given: dict[str, Any], code: str
) -> None:
    await made(api)

    got = await ask(api, "PATCH", WALL, json=given)

    assert (got.status_code, got.json()["code"]) == (422, code)
    assert (await ask(api, "GET", WALL)).json()["revision"] == 1


@ON_SQLITE
async def test_one_that_was_gone_is_enabled_with_its_new_address(api: Api) -> None:
    await made(api)
    async with api.store.transaction() as tx:
        await tx.outbox.operating.disable("wall", at=NOW, reason="gone")

    elsewhere = await ask(api, "PATCH", WALL, json={"url": "https://wall2.example/"})

    assert elsewhere.json()["state"] == "enabled"


async def test_what_is_not_there_is_not_found(api: Api) -> None:
    for method, path in [
        ("GET", "/api/v1/deliveries/9"),
        ("POST", "/api/v1/deliveries/9/redeliver"),
        ("GET", "/api/v1/deliveries?endpoint=nobody"),
        ("POST", "/api/v1/endpoints/nobody/pause"),
        ("POST", "/api/v1/endpoints/nobody/test"),
    ]:
        assert (await ask(api, method, path)).status_code == 404
