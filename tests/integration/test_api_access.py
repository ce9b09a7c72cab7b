"""Every route against every kind of key: who has no right learns nothing, and changes nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from syncd.api.access import needs_of
from syncd.api.app import ROUTERS
from syncd.api.routes import Route, routes
from syncd.api.service import Limits
from syncd.people.keys import SCOPES
from syncd.store.keys import Scope
from syncd.store.store import Store
from tests.apis import Api, an_api
from tests.states import NOW, a_state

EVERY_ROUTE = [
    (method, route.path, needs_of(route.dependant)[0].scope)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, Route)
    for method in sorted(route.methods or ())
]
GUARDED = [(method, path, scope) for method, path, scope in EVERY_ROUTE if scope is not None]
NAMES = [f"{method} {path}" for method, path, _ in GUARDED]


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    """On SQLite alone: who is let in is the same code on both, and the matrix is large."""
    async with await Store.open(sqlite_url, now=NOW) as store:
        yield an_api(store)


async def answer(api: Api, method: str, path: str, key: str | None) -> tuple[int, str | None]:
    """Status and problem code of a request with ids that do not exist and an empty body."""
    address = re.sub(r"\{[^}]+\}", "none", path)
    async with api.client(key) as client:
        got = await client.request(method, address, json={} if method in ("POST", "PUT", "PATCH") else None)
    is_problem = got.headers.get("content-type") == "application/problem+json"
    return got.status_code, got.json()["code"] if is_problem else None


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED, ids=NAMES)
async def test_no_route_opens_without_a_good_key(api: Api, method: str, path: str, scope: Scope) -> None:
    good = await api.key(scope)
    expired = await api.key(scope, lasts=timedelta(seconds=1))
    revoked = await api.key(scope)
    unknown = (await api.key(scope))[:-72] + good[-72:]
    async with api.store.transaction() as tx:
        assert await tx.keys.revoke(revoked.split("_")[1], at=api.clock())
    api.clock.now += timedelta(seconds=2)

    assert await answer(api, method, path, None) == (401, "key_missing")
    assert await answer(api, method, path, good[:-1]) == (401, "key_malformed")
    assert (await answer(api, method, path, unknown))[0] == 401
    assert await answer(api, method, path, expired) == (401, "key_expired")
    assert await answer(api, method, path, revoked) == (401, "key_revoked")
    assert (await answer(api, method, path, good))[0] not in (401, 403)


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED, ids=NAMES)
async def test_every_route_asks_for_its_scope_and_no_more(
    api: Api, method: str, path: str, scope: Scope
) -> None:
    for other in SCOPES:
        status, code = await answer(api, method, path, await api.key(other))

        if SCOPES.index(other) < SCOPES.index(scope):
            assert (status, code) == (403, "scope_too_low")
        else:
            assert status not in (401, 403)


def test_a_route_without_a_scope_cannot_be_built() -> None:
    router = routes(prefix="/x", tag="x")

    async def forgotten() -> None:
        """Says nothing of scopes."""

    with pytest.raises(RuntimeError, match="declares 0 scopes"):
        router.get("")(forgotten)


async def test_a_key_of_another_team_sees_what_is_not_there(api: Api) -> None:
    await api.record(a_state("product/faster/cycle-time", team="product"))
    mine, theirs = await api.key("read", teams=["product"]), await api.key("read", teams=["people"])
    there = "/api/v1/key-results/product/faster/cycle-time?cycle=2026-Q4"
    absent = "/api/v1/key-results/product/faster/absent?cycle=2026-Q4"

    async with api.client(mine) as client:
        assert (await client.get(there)).json()["id"] == "product/faster/cycle-time"
    async with api.client(theirs) as client:
        hidden, missing = await client.get(there), await client.get(absent)
        listed = await client.get("/api/v1/key-results")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() == missing.json()
    assert listed.json()["items"] == []


async def test_a_key_that_is_revoked_here_opens_nothing_at_another_instance_at_once(
    api: Api, sqlite_url: str
) -> None:
    admin, text = await api.key("admin"), await api.key("read")
    async with (
        await Store.open(sqlite_url, now=NOW) as elsewhere,
        api.client(admin) as here,
        an_api(elsewhere).client(text) as there,
    ):
        before = await there.get("/api/v1/key-results")
        await here.delete(f"/api/v1/keys/{text.split('_')[1]}")
        after = await there.get("/api/v1/key-results")

    assert (before.status_code, after.status_code) == (200, 401)
    assert after.json()["code"] == "key_revoked"


async def test_when_a_key_was_used_last_is_noted_once_a_minute(api: Api) -> None:
    text = await api.key("read")
    first = api.clock()
    async with api.client(text) as client:
        for _ in range(3):
            await client.get("/api/v1/key-results")
            api.clock.now += timedelta(seconds=20)
        async with api.store.reading() as tx:
            noted = await tx.keys.get(text.split("_")[1])
        assert noted is not None
        assert noted.last_used_at == first


async def test_a_key_that_asks_too_often_is_told_when_it_may_again(store: Store) -> None:
    api = an_api(store, limits=Limits(per_second=2, burst=3))
    busy, calm = await api.key("read"), await api.key("read")

    async with api.client(busy) as client:
        statuses = [(await client.get("/api/v1/key-results")).status_code for _ in range(4)]
        refused = await client.get("/api/v1/key-results")
        api.clock.now += timedelta(seconds=int(refused.headers["retry-after"]))
        again = await client.get("/api/v1/key-results")
    async with api.client(calm) as client:
        other = await client.get("/api/v1/key-results")

    assert statuses == [200, 200, 200, 429]
    assert again.status_code == other.status_code == 200
