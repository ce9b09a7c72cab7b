"""Nobody inside is reached from outside: each spelling is refused, and no connection is made.

For endpoints (`Poster`) and for connections (the requests wire) alike.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_network

import pytest
import requests
from aiohttp.abc import AbstractResolver, ResolveResult

from syncd.egress.http import Poster
from syncd.errors import EndpointUnavailable, SettingsError, SourceError, UnsafeSource, UnsafeTarget
from syncd.sdk.testing.faults import answer, faulty
from tests.wires import HASTY, a_wire

ADDRESSES = [
    "127.0.0.1",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",  # mapped
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",  # compatible
    "[::ffff:0:127.0.0.1]",  # SIIT
    "[64:ff9b::127.0.0.1]",  # NAT64
    "[64:ff9b:1::127.0.0.1]",  # NAT64 of one's own
    "[2002:7f00:1::]",  # 6to4
    "[fe80::5efe:127.0.0.1]",  # ISATAP
    "[2a00:1450::5efe:7f00:1]",
    "[2001:0:7f00:1::]",  # Teredo
    "[fd00:ec2::254]",
    "169.254.169.254",
    "168.63.129.16",
    "0x7f000001",  # and what the system's resolver takes for an address
    "0x7f.0.0.1",
    "0X7F.1",
    "127.1",
    "127.0.1",
    "0",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "127.000.000.001",
    "0300.0250.1",
    "localhost",
    "LocalHost",
]
"""Hosts that a resolver, or nobody, turns into an address inside."""

NAMES = [
    "127.0.0.1.",  # a trailing dot
    "localhost.",
    "127.1.",
    "0x7f000001.",
    "①②⑦.⓪.⓪.①",  # digits that IDNA may map
    "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}7.0.0.1",
    "127。0。0。1",  # and dots
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "[::1%25lo]",  # a scope
    "[::1%lo]",
    "[fe80::1%25lo]",
    "%31%32%37.0.0.1",  # percents
    "127.0.0.1%00.okr.example",
    "127.0.0.1%2f.okr.example",
    "127.0.0.1\\.okr.example",
    "[127.0.0.1]",
    "::1",
    "4294967297",
]
"""Hosts that some parser somewhere might turn into one."""


class Trap:
    """Listens on every address of this machine, and counts who came, whatever became of it."""

    def __init__(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        self._listener = listener
        self.port: int = listener.getsockname()[1]

    def connections(self) -> int:
        count = 0
        with suppress(BlockingIOError):
            while True:
                self._listener.accept()[0].close()
                count += 1
        return count


@pytest.fixture
def trap() -> Iterator[Trap]:
    with a_trap() as one:
        yield one


@contextmanager
def a_trap() -> Iterator[Trap]:
    if socket.has_dualstack_ipv6():
        listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    else:
        listener = socket.create_server(("0.0.0.0", 0))
    with closing(listener):
        yield Trap(listener)


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    async with Poster(user_agent="syncd/0", deadline_s=2.0) as client:
        yield client


def test_the_trap_notices_who_comes(trap: Trap) -> None:
    socket.create_connection(("127.0.0.1", trap.port)).close()

    assert trap.connections() == 1


@pytest.mark.parametrize("host", ADDRESSES)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_delivery_reaches_an_address_inside(
    poster: Poster, trap: Trap, scheme: str, host: str
) -> None:
    with pytest.raises(UnsafeTarget):
        await poster.post(f"{scheme}://{host}:{trap.port}/", body=b"{}", headers={})

    assert trap.connections() == 0


@pytest.mark.parametrize("host", NAMES)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_delivery_is_led_inside_by_a_name_that_is_none(
    poster: Poster, trap: Trap, scheme: str, host: str
) -> None:
    with pytest.raises((UnsafeTarget, EndpointUnavailable)):
        await poster.post(f"{scheme}://{host}:{trap.port}/", body=b"{}", headers={})

    assert trap.connections() == 0


@pytest.mark.parametrize(
    "url",
    ["https://okr.example@127.0.0.1:{}/", "https://127.0.0.1:{}@8.8.8.8/", "https://:secret@127.0.0.1:{}/"],
)
async def test_user_information_is_refused_whoever_it_names(poster: Poster, trap: Trap, url: str) -> None:
    with pytest.raises(UnsafeTarget, match="user or password"):
        await poster.post(url.format(trap.port), body=b"{}", headers={})

    assert trap.connections() == 0


@pytest.mark.parametrize("host", ADDRESSES)
def test_no_connector_reaches_an_address_inside(trap: Trap, host: str) -> None:
    url = f"http://{host}:{trap.port}"
    session = a_wire(url, networks=(), limits=HASTY).session()

    with pytest.raises(UnsafeSource):
        session.get(url)

    assert trap.connections() == 0


@pytest.mark.parametrize("host", NAMES)
def test_no_connector_is_led_inside_by_a_name_that_is_none(trap: Trap, host: str) -> None:
    url = f"http://{host}:{trap.port}"

    with pytest.raises((SourceError, SettingsError, requests.RequestException)):
        a_wire(url, networks=(), limits=HASTY).session().get(url)

    assert trap.connections() == 0


class Rebinding(AbstractResolver):
    """Answers an allowed address first, and loopback whenever it is asked again."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        address = "127.0.0.2" if self.asked == 1 else "127.0.0.1"
        found = ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
        return [found]

    async def close(self) -> None: ...


async def test_a_name_that_answers_outside_first_and_inside_then_never_leads_inside() -> None:
    names = Rebinding()
    outside = (ip_network("127.0.0.2/32"),)  # as good as public
    with listening("127.0.0.2") as first, listening("127.0.0.1") as inside:
        async with Poster(user_agent="syncd/0", networks=outside, resolver=names, deadline_s=0.3) as poster:
            with pytest.raises(EndpointUnavailable):  # it listens, and says nothing
                await poster.post(f"http://okr.example:{first.port}/", body=b"{}", headers={})
            asked_for_one_delivery = names.asked
            with pytest.raises(UnsafeTarget, match=r"leads to 127\.0\.0\.1"):
                await poster.post(f"http://okr.example:{inside.port}/", body=b"{}", headers={})

        assert (asked_for_one_delivery, first.connections(), inside.connections()) == (1, 1, 0)


@contextmanager
def listening(address: str) -> Iterator[Trap]:
    with closing(socket.create_server((address, 0))) as listener:
        yield Trap(listener)


class Fixed(AbstractResolver):
    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in self._addresses
        ]

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    "addresses",
    [
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["2a00:1450:4001:800::200e", "::1"],
        ["8.8.8.8", "fe80::1"],
    ],
)
async def test_one_answer_inside_refuses_the_name_wherever_it_stands(
    trap: Trap, addresses: list[str]
) -> None:
    async with Poster(user_agent="syncd/0", resolver=Fixed(addresses), deadline_s=2.0) as poster:
        with pytest.raises(UnsafeTarget, match="not a public address"):
            await poster.post(f"https://okr.example:{trap.port}/", body=b"{}", headers={})

    assert trap.connections() == 0


async def test_networks_for_connections_open_nothing_to_endpoints() -> None:
    """Two lists: a Jira inside is inside by right, and must not open the intranet to endpoints."""
    with faulty(answer(200, b"{}")) as server:
        assert a_wire(server.url).session().get(server.url).status_code == 200
        before = server.connections
        async with Poster(user_agent="syncd/0") as poster:
            with pytest.raises(UnsafeTarget):
                await poster.post(server.url, body=b"{}", headers={})

        assert server.connections == before
