"""A write with an `Idempotency-Key` has one effect, however often it is sent."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from syncd.store.store import Store
from tests.apis import Api, an_api

NEW = {"name": "board", "scope": "read"}


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
    assert "key" not in second.json()


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
