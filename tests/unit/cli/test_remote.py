"""What the commands ask of a server, and what they make of its answers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from syncd.commands import remote
from syncd.egress.server import Server
from syncd.errors import ConfigError
from syncd.people.keys import KeyRefused

# Any, throughout: JSON.
Json = dict[str, Any]

LEFT_ALONE = {"code": "left_alone", "message": "asked to be left alone: tracker", "actor": "nobody"}
SYNC = {
    "id": 7,
    "trigger": "request",
    "started_at": "2026-11-22T02:00:00Z",
    "finished_at": "2026-11-22T02:00:31Z",
    "outcome": "ok",
    "record": {"connections": {"usage": {"queries": 2}}, "key_results": 3, "broken": 1, "events": 4},
}
BROKEN = {"id": "a/b/c", "cycle": "2026-Q4", "via": None, "error": {"code": "timeout"}}
THEIRS = {**BROKEN, "id": "x/y/z", "via": "subsidiary"}


def a_request(state: str, **more: Any) -> Json:
    request = {"id": 3, "state": state, "begun_at": None, "finished_at": "2026-11-22T02:00:31Z"}
    return {**request, "sync": None, "error": None, **more}


async def synced(*states: Json) -> tuple[Json, list[str], list[float]]:
    """The row, what was told meanwhile and how long was waited, where a request goes through `states`."""
    left, told, waits = list(states), list[str](), list[float]()

    def answers(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/status"):
            return httpx.Response(200, json={"key_results": [BROKEN, THEIRS], "objectives": []})
        assert request.method == ("POST" if len(left) == len(states) else "GET")
        return httpx.Response(200, json=left.pop(0))

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with a_server(answers) as server:
        row = await remote.sync(server, told=told.append, sleep=sleep)
    return row, told, waits


def a_server(answers: Any) -> Server:
    return Server(
        "https://okrs.example", key="x", user_agent="syncd/test", transport=httpx.MockTransport(answers)
    )


async def test_a_sync_is_waited_for_and_told_as_one_here() -> None:
    waiting = [a_request("waiting"), *[a_request("running")] * 9]

    row, told, waits = await synced(*waiting, a_request("done", sync=SYNC))

    assert (row["outcome"], row["key_results"], row["events"]) == ("ok", 3, 4)
    assert row["errors"] == [{"id": "a/b/c", "cycle": "2026-Q4", "error": {"code": "timeout"}}]
    assert (row["deliveries"], row["error"]) == (None, None)
    assert told == ["waiting", *["running"] * 9]
    assert waits[0] == 0.2
    assert waits[-1] == 2.0


@pytest.mark.parametrize(
    ("sync", "outcome"),
    [(SYNC, "partial"), ({**SYNC, "outcome": "failed"}, "failed"), (None, "failed")],
    ids=["some were left alone", "and the others failed", "all were left alone"],
)
async def test_what_was_left_out_is_no_good_outcome(sync: Json | None, outcome: str) -> None:
    row, _, _ = await synced(a_request("done", sync=sync, error=LEFT_ALONE))

    assert (row["outcome"], row["error"]) == (outcome, LEFT_ALONE)
    assert row.keys() >= {"connections", "key_results", "broken", "events", "errors", "deliveries"}


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        ("a/b/c", "/api/v1/key-results/a/b/c/explain"),
        ("a/b@2026-Q4", "/api/v1/objectives/a/b/explain?cycle=2026-Q4"),
        ("a/b/c?x=1#", "/api/v1/key-results/a/b/c%3Fx%3D1%23/explain"),
    ],
)
async def test_an_id_is_an_address_whatever_is_in_it(wanted: str, asked: str) -> None:
    seen = list[str]()

    def answers(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(200, json={})

    async with a_server(answers) as server:
        await remote.explain(server, wanted)

    assert seen == [asked]


@pytest.mark.parametrize("wanted", ["a", "a/b/c/d", "a//c", ""])
async def test_what_is_no_id_is_asked_of_nobody(wanted: str) -> None:
    with pytest.raises(ConfigError, match="is no id"):
        async with a_server(lambda _: pytest.fail("it was asked")) as server:
            await remote.explain(server, wanted)


@pytest.mark.parametrize("key", [None, "", " "])
def test_without_a_key_nothing_is_asked(key: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        remote.a_server("https://okrs.example", key=key)

    assert caught.value.code == "missing_key"


def test_what_is_no_key_of_syncd_is_sent_nowhere() -> None:
    with pytest.raises(KeyRefused) as caught:
        remote.a_server("https://okrs.example", key="ghp_a-token-of-another-service")

    assert "ghp_" not in str(caught.value)
