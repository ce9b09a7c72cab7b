"""What comes in is taken at its word, bounded, or refused with a problem that says why."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import pytest

from syncd.api.service import Limits
from syncd.store.store import Store
from tests.apis import Api, an_api

JSON = {"content-type": "application/json"}


@pytest.fixture
def api(store: Store) -> Api:
    return an_api(store, limits=Limits(body_bytes=10_000, body_s=0.2))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name": "x", "scope": "read", "extra": 1}', 422, "invalid_request"),
        (b'{"name": 7, "scope": "read"}', 422, "invalid_request"),
        (b'{"scope": "read"}', 422, "invalid_request"),
        (b'{"name": "x", "name": "y", "scope": "read"}', 400, "invalid_json"),
        (b'{"name": NaN}', 400, "invalid_json"),
        (b'{"name": 1e999}', 400, "invalid_json"),
        (b'{"name": -Infinity}', 400, "invalid_json"),
        (b'{"name": ' + b"9" * 5_000 + b"}", 400, "invalid_json"),
        (b"[" * 5_000, 400, "invalid_json"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b"", 422, "invalid_request"),
        (b'"' + b"x" * 10_000 + b'"', 413, "body_too_large"),
    ],
)
async def test_a_body_that_is_not_exactly_right_is_refused(
    api: Api, body: bytes, status: int, code: str
) -> None:
    async with api.client(await api.key()) as client:
        got = await client.post("/api/v1/keys", content=body, headers=JSON)

    assert (got.status_code, got.json()["code"]) == (status, code)
    assert got.headers["content-type"] == "application/problem+json"


async def test_brackets_inside_of_texts_are_not_depth(api: Api) -> None:
    async with api.client(await api.key()) as client:
        got = await client.post("/api/v1/keys", json={"name": '\\"' + "[" * 100, "scope": "read"})

    assert got.status_code == 201


async def test_a_body_without_a_length_is_counted_while_it_comes(api: Api) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1_000

    async with api.client(await api.key()) as client:
        got = await client.post("/api/v1/keys", content=endless(), headers=JSON)

    assert (got.status_code, got.json()["code"]) == (413, "body_too_large")


async def test_an_encoded_body_is_not_unpacked(api: Api) -> None:
    body = gzip.compress(b'{"name": "x", "scope": "read"}')
    async with api.client(await api.key()) as client:
        got = await client.post("/api/v1/keys", content=body, headers={**JSON, "content-encoding": "gzip"})

    assert (got.status_code, got.json()["code"]) == (415, "encoded_body")


async def test_a_body_of_another_type_is_refused(api: Api) -> None:
    async with api.client(await api.key()) as client:
        got = await client.post("/api/v1/keys", data={"name": "x"})

    assert (got.status_code, got.json()["code"]) == (415, "not_json")


async def test_a_misspelt_filter_is_refused_instead_of_answered_with_everything(api: Api) -> None:
    async with api.client(await api.key("read")) as client:
        got = await client.get("/api/v1/key-results", params={"taem": "product"})

    assert (got.status_code, got.json()["code"]) == (422, "unknown_parameter")
    assert got.json()["errors"][0]["where"] == "query.taem"


async def test_an_address_that_nobody_serves_is_a_problem_too(api: Api) -> None:
    async with api.client() as client:
        missing, wrong = await client.get("/nowhere"), await client.put("/healthz")

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


async def test_nobody_is_led_to_another_address(api: Api) -> None:
    async with api.client(await api.key()) as client:
        got = await client.get("/api/v1/keys/", headers={"host": "elsewhere.example"})

    assert (got.status_code, got.json()["code"]) == (404, "not_found")


async def test_a_method_that_is_not_there_is_told_all_that_are(api: Api) -> None:
    async with api.client(await api.key()) as client:
        collection, action = await client.put("/api/v1/endpoints"), await client.head("/api/v1/plan")

    assert (collection.status_code, collection.headers["allow"]) == (405, "GET, HEAD, POST")
    assert (action.status_code, action.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/readyz", "/api/v1/key-results"])
async def test_head_is_answered_as_get_without_the_body(api: Api, path: str) -> None:
    await api.apply()

    async with api.client(await api.key()) as client:
        head, get = await client.head(path), await client.get(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["content-type"] == get.headers["content-type"]


async def test_a_write_under_a_condition_that_nobody_checks_is_not_done(api: Api) -> None:
    async with api.client(await api.key()) as client:
        got = await client.post(
            "/api/v1/keys", json={"name": "x", "scope": "read"}, headers={"if-match": '"0"'}
        )
        listed = (await client.get("/api/v1/keys", headers={"if-match": '"0"'})).json()

    assert (got.status_code, got.json()["code"]) == (412, "condition_not_checked")
    assert [key["name"] for key in listed["items"]] == ["admin of the test"]


async def test_what_nobody_foresaw_says_nothing_of_the_inside(api: Api) -> None:
    await api.store.close()
    async with api.client(await_nothing := "syncd_" + "0" * 12 + "_" + "0" * 72) as client:
        got = await client.get("/api/v1/key-results")

    assert got.status_code in (401, 500, 503)
    assert await_nothing not in got.text
    assert "sqlite" not in got.text.lower()


async def test_an_unchanged_answer_is_not_sent_again(api: Api) -> None:
    async with api.client(await api.key("read")) as client:
        first = await client.get("/api/v1/key-results")
        again = await client.get("/api/v1/key-results", headers={"if-none-match": first.headers["etag"]})
        other = await client.get("/api/v1/key-results", headers={"if-none-match": '"other"'})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200
    assert first.headers["vary"] == "Authorization"


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzFd", "WzEsIDJd"])
async def test_a_cursor_of_nowhere_is_refused(api: Api, cursor: str) -> None:
    async with api.client(await api.key("read")) as client:
        got = await client.get("/api/v1/key-results", params={"after": cursor})

    assert (got.status_code, got.json()["code"]) == (422, "invalid_cursor")
