"""What asks another syncd: where the key may go, and what each answer comes to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from syncd.egress.server import Server, checked
from syncd.errors import ServerError

KEY = "syncd_the-key-that-nobody-sees"

Answers = Callable[[httpx.Request], httpx.Response]


def a_server(answers: Answers, waits: list[float] | None = None) -> Server:
    async def sleep(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    return Server(
        "https://okrs.example/base/",
        key=KEY,
        user_agent="syncd/test",
        transport=httpx.MockTransport(answers),
        sleep=sleep,
    )


async def refusal(answer: httpx.Response | Exception) -> ServerError:
    """The error that a `GET` comes to."""

    def answers(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ServerError) as caught:
        async with a_server(answers) as server:
            await server.get("/status")
    assert KEY not in f"{caught.value}{caught.value.hint}"
    return caught.value


def a_problem(status: int, code: str, **more: Any) -> httpx.Response:  # Any: members of a problem
    body = {"code": code, "detail": "what is wrong", "status": status, **more}
    return httpx.Response(
        status, content=json.dumps(body), headers={"content-type": "application/problem+json"}
    )


async def test_a_question_goes_below_the_address_with_the_key_and_without_what_is_left_out() -> None:
    seen: list[httpx.Request] = []

    def answers(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"items": []})

    async with a_server(answers) as server:
        got = await server.get("/key-results/a%2Fb/x", cycle="2026-Q4", at=None)

    assert got == {"items": []}
    assert str(seen[0].url) == "https://okrs.example/base/api/v1/key-results/a%2Fb/x?cycle=2026-Q4"
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "key_expired"), (403, "scope_too_low"), (404, "not_found"), (409, "ambiguous_cycle")],
)
async def test_a_problem_is_the_error_that_it_tells(status: int, code: str) -> None:
    error = await refusal(a_problem(status, code, hint="do this"))

    assert (error.code, str(error), error.hint) == (code, "what is wrong", "do this")


async def test_what_a_server_says_cannot_move_the_cursor_or_name_any_code() -> None:
    error = await refusal(a_problem(400, "Not A Code\n", detail="\x1b[2Jgone"))

    assert (error.code, str(error)) == ("server_error", "[2Jgone")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(200, text="<html>"), "not_syncd"),
        (httpx.Response(200, json=[]), "not_syncd"),
        (httpx.Response(404, text="nginx"), "not_syncd"),
        (httpx.Response(502, json={"code": "x"}), "not_syncd"),
        (httpx.Response(307, headers={"location": "https://elsewhere.example/"}), "server_redirects"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] no"), "server_unreachable"),
        (httpx.ReadError(""), "server_unreachable"),
    ],
)
async def test_what_is_no_answer_of_syncd_says_so(answer: httpx.Response | Exception, code: str) -> None:
    error = await refusal(answer)

    assert error.code == code
    assert error.hint


async def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"location": "https://elsewhere.example/api/v1/status"})

    with pytest.raises(ServerError, match="elsewhere"):
        async with a_server(answers) as server:
            await server.get("/status")

    assert asked == ["okrs.example"]


async def test_who_is_busy_is_asked_again_when_it_says_for_half_a_minute() -> None:
    waits: list[float] = []
    busy = {"content-type": "application/problem+json", "retry-after": "5"}

    def patient(_: httpx.Request) -> httpx.Response:
        if len(waits) == 2:
            return httpx.Response(200, json={"there": True})
        return httpx.Response(503, json={"code": "plan_running", "detail": "wait"}, headers=busy)

    def endless(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json={"code": "too_many_requests", "detail": "wait"}, headers=busy)

    async with a_server(patient, waits) as server:
        assert await server.get("/status") == {"there": True}
    waits.clear()
    with pytest.raises(ServerError) as caught:
        async with a_server(endless, waits) as server:
            await server.get("/status")

    assert caught.value.code == "too_many_requests"
    assert waits == [5.0] * 6


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:80", "https://okrs.example/base"]
)
def test_a_key_may_go_over_tls_or_stay_on_this_machine(url: str) -> None:
    assert checked(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://okrs.example",
        "http://10.0.0.1",
        "https://anna:secret@okrs.example",
        "https://okrs.example/?key=x",
        "okrs.example",
        "ftp://okrs.example",
        "https://",
        "http://[",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(ServerError) as caught:
        checked(url)

    assert caught.value.code == "invalid_server"
    assert "secret" not in str(caught.value)
