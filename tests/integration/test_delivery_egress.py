"""The client that posts to endpoints, against endpoints that misbehave on purpose."""

from __future__ import annotations

import socket
from ipaddress import ip_network

import httpx
import pytest
import respx
from aiohttp.abc import AbstractResolver, ResolveResult

from syncd.egress.http import Poster
from syncd.errors import EndpointUnavailable, UnsafeTarget
from syncd.sdk.testing.faults import (
    answer,
    endless_redirect,
    faulty,
    refusing,
)

LOOPBACK = (ip_network("127.0.0.0/8"),)


def poster(**settings: object) -> Poster:
    return Poster(**{"user_agent": "syncd/0", "networks": LOOPBACK, "deadline_s": 0.5, **settings})


async def test_nobody_there_is_an_endpoint_out_of_reach() -> None:
    with refusing() as url:
        async with poster() as client:
            with pytest.raises(EndpointUnavailable) as refused:
                await client.post(url, body=b"{}", headers={})

    assert refused.value.code == "no_answer"


async def test_a_client_that_is_closed_already_is_no_mistake_of_the_delivery() -> None:
    with faulty(answer(200)) as server:
        async with poster() as client:
            await client.post(server.url, body=b"{}", headers={})
        with pytest.raises(EndpointUnavailable):
            await client.post(server.url, body=b"{}", headers={})


async def test_a_redirect_is_not_followed() -> None:
    with faulty(endless_redirect(307)) as server:
        async with poster() as client:
            said = await client.post(server.url, body=b"{}", headers={})

    assert (said.status, server.connections) == (307, 1)


async def test_every_post_has_a_connection_of_its_own() -> None:
    with faulty(answer(200, b"", {"Connection": "keep-alive"})) as server:
        async with poster() as client:
            for _ in range(3):
                await client.post(server.url, body=b"{}", headers={})

    assert server.connections == 3
    assert "connection: close" in server.requests[0].lower()


async def test_proxy_variables_and_netrc_are_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login us password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with faulty(answer(200)) as server, refusing() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        async with poster() as client:
            said = await client.post(server.url, body=b"{}", headers={})

    assert said.status == 200
    assert "authorization" not in server.requests[0].lower()


async def test_cookies_of_one_answer_do_not_reach_the_next_request() -> None:
    with faulty(answer(200, b"", {"Set-Cookie": "session=1; Path=/"})) as server:
        async with poster() as client:
            await client.post(server.url, body=b"{}", headers={})
            await client.post(server.url, body=b"{}", headers={})

    assert "cookie" not in server.requests[1].lower()


async def test_an_unsafe_target_tells_the_operator_where_to_allow_it() -> None:
    async with poster(networks=()) as client:
        with pytest.raises(UnsafeTarget, match=r"'127.0.0.1' leads to 127.0.0.1") as unsafe:
            await client.post("https://127.0.0.1/", body=b"{}", headers={})

    assert "allow_networks.endpoints" in str(unsafe.value.hint)


class Names(AbstractResolver):
    """Answers for every name with the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None: ...


async def test_plain_http_needs_an_allowed_network_even_for_a_public_address() -> None:
    async with poster(resolver=Names("8.8.8.8")) as client:
        with pytest.raises(UnsafeTarget, match=r"plain http to 'okr\.example'"):
            await client.post("http://okr.example/", body=b"{}", headers={})


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@okr.example/",
        "https://user@okr.example/",
        "ftp://okr.example/",
        "okr.example",
        "",
    ],
)
async def test_a_url_that_is_not_one_of_ours_is_refused_without_repeating_a_password(url: str) -> None:
    async with poster() as client:
        with pytest.raises(UnsafeTarget) as unsafe:
            await client.post(url, body=b"{}", headers={})

    assert "secret" not in str(unsafe.value)


async def test_the_request_carries_the_bytes_and_says_who_we_are() -> None:
    router = respx.Router()
    route = router.post("https://okr.example/hooks").respond(202, text="taken")
    async with poster(transport=httpx.MockTransport(router.async_handler)) as client:
        said = await client.post("https://okr.example/hooks", body=b"\x00{}", headers={"webhook-id": "msg_1"})

    request = route.calls.last.request
    assert (said.status, said.body) == (202, b"taken")
    assert request.content == b"\x00{}"
    assert (request.headers["webhook-id"], request.headers["user-agent"]) == ("msg_1", "syncd/0")
