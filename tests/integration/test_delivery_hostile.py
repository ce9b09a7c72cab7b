"""Endpoints that mean harm: each is bounded in time, bytes and memory, and costs the others nothing."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from syncd.egress.http import MAX_RESPONSE_BYTES, Poster
from syncd.egress.names import AddressInfo, Names, look_up
from syncd.errors import EndpointUnavailable
from syncd.sdk.testing import rough
from syncd.sdk.testing.faults import (
    FaultyServer,
    LoopbackTls,
    answer,
    drip,
    endless_redirect,
    faulty,
    gzip_bomb,
    handshake_drip,
    head,
    huge_body,
    loopback_tls,
    raw,
    unframed_drip,
)
from syncd.store.deliveries import attempts, deliveries
from syncd.store.endpoints import endpoints
from syncd.store.store import Store
from syncd.webhooks.drain import drain_all
from tests.deliveries import Time, an_endpoint, an_event, enqueue, outgoing, subscribe

DEADLINE_S = 1.0
PATIENT_S = 20.0  # for what must end by itself, long before, on however busy a machine
SLACK_S = 8.0  # a busy machine; what is not ended lasts 30 s
MEMORY = 8 * 1024 * 1024
LOOPBACK = (ip_network("127.0.0.0/8"),)
CHUNKED = head(200, {"Transfer-Encoding": "chunked"})
RECORD = b"\x16\x03\x03\x00\x01\x00"  # of a TLS handshake
METADATA = "http://169.254.169.254/latest/meta-data/"


def flood(start: bytes, block: bytes) -> rough.Maltreat:
    """`start`, and then the block over and over, as fast as the client takes it."""
    blocks = block * (64 * 1024 // len(block) + 1)

    def script(client: socket.socket, stop: rough.Stop) -> None:
        client.sendall(start)
        while not stop.is_set():
            client.sendall(blocks)

    return script


def unasked(script: rough.Maltreat) -> Callable[[], AbstractContextManager[FaultyServer]]:
    """The script acts before the request is read."""

    class Plain(ExitStack):
        def __enter__(self) -> FaultyServer:  # type: ignore[override]  # the server in its place
            server = self.enter_context(faulty(script, reads=False))
            server.url = server.url.replace("https:", "http:")
            return server

    return Plain


Endpoint = Callable[[], AbstractContextManager[FaultyServer]]

SILENT: dict[str, tuple[Endpoint, str]] = {
    "says nothing": (lambda: faulty(rough.hang), "timeout"),
    "says nothing in the handshake": (lambda: faulty(rough.hang, reads=False), "timeout"),
    "drips the handshake": (lambda: faulty(handshake_drip(), reads=False), "timeout"),
    "ends half a handshake": (lambda: faulty(raw(b"\x16\x03\x03\x40\x00\x02"), reads=False), "no_answer"),
    "speaks http where TLS is meant": (lambda: faulty(raw(head(400, {})), reads=False), "no_answer"),
    "floods the handshake": (lambda: faulty(flood(b"", RECORD), reads=False), "bad_answer"),
    "drips the status line": (lambda: faulty(drip(b"HTTP/1.1 200 ")), "timeout"),
    "drips a header": (lambda: faulty(rough.drip_header), "timeout"),
    "drips interim answers": (lambda: faulty(drip(b"", byte=head(100, {}))), "timeout"),
    "resets": (lambda: faulty(rough.reset), "no_answer"),
    "closes as the request arrives": (lambda: faulty(raw(b"")), "no_answer"),
    "closes before the request": (unasked(raw(b"")), "no_answer"),
    "cuts a header": (lambda: faulty(rough.cut_header), "no_answer"),
    "sends a header of 10 MB": (lambda: faulty(raw(head(200, {"X": "x" * 10_000_000}))), "bad_answer"),
    "sends a header without end": (lambda: faulty(flood(b"HTTP/1.1 200 OK\r\nX: ", b"x")), "bad_answer"),
    "sends headers without end": (lambda: faulty(flood(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")), "bad_answer"),
    "sends a status line without end": (lambda: faulty(flood(b"HTTP/1.1 200 ", b"x")), "bad_answer"),
    "sends 100 without end": (lambda: faulty(flood(b"", head(100, {}))), "bad_answer"),
    "sends 103 without end": (lambda: faulty(flood(b"", head(103, {"Link": "</a>"}))), "bad_answer"),
    "sends empty lines without end": (lambda: faulty(flood(b"", b"\r\n")), "bad_answer"),
    "sends noise": (lambda: faulty(flood(b"", bytes(range(256)))), "bad_answer"),
    "speaks another protocol": (lambda: faulty(raw(b"220 smtp.example ESMTP\r\n")), "bad_answer"),
    "speaks HTTP/0.9": (lambda: faulty(raw(b"<html>hello</html>")), "bad_answer"),
    "has two lengths": (
        lambda: faulty(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}")),
        "bad_answer",
    ),
}
"""No answer at all -> the code of the attempt."""

ANSWERED: dict[str, tuple[Endpoint, int]] = {
    "drips a body": (lambda: faulty(rough.drip_body), 200),
    "drips a body without a length": (lambda: faulty(unframed_drip()), 200),
    "cuts a body": (lambda: faulty(rough.cut_body), 200),
    "announces 200 MB": (lambda: faulty(huge_body(200)), 200),
    "sends chunks without end": (lambda: faulty(flood(CHUNKED, b"1000\r\n" + b"x" * 0x1000 + b"\r\n")), 200),
    "sends chunks of one byte without end": (lambda: faulty(flood(CHUNKED, b"1\r\nx\r\n")), 200),
    "sends a body without end": (lambda: faulty(flood(head(200, {}), b"x")), 200),
    "sends a chunk's size without end": (lambda: faulty(flood(CHUNKED, b"0")), 200),
    "sends a chunk's extension without end": (lambda: faulty(flood(CHUNKED + b"5;", b"x")), 200),
    "announces a chunk of 2^64 bytes": (lambda: faulty(flood(CHUNKED + b"ffffffffffffffff\r\n", b"x")), 200),
    "sends a gzip bomb": (lambda: faulty(gzip_bomb(50)), 200),
    "sends a gzip bomb in chunks": (lambda: faulty(gzip_bomb(50, announced=False)), 200),
    "refuses with a body without end": (lambda: faulty(flood(head(422, {}), b"no ")), 422),
    "redirects to the cloud's metadata": (lambda: faulty(answer(307, b"", {"Location": METADATA})), 307),
    "redirects for ever": (lambda: faulty(endless_redirect(308)), 308),
    "switches protocols": (
        lambda: faulty(flood(head(101, {"Upgrade": "x", "Connection": "upgrade"}), b"\x00")),
        101,
    ),
    "answers before the request has ended": (
        unasked(raw(head(200, {"Content-Length": "2", "Connection": "close"}) + b"{}")),
        200,
    ),
}
"""A status, whatever comes with it -> that status."""


def a_poster(*, deadline_s: float = DEADLINE_S, **settings: Any) -> Poster:  # Any: settings of a Poster
    return Poster(**{"user_agent": "syncd/0", "networks": LOOPBACK, "deadline_s": deadline_s, **settings})


class Cost:
    """What a block of code took, in seconds and in bytes of memory at its highest."""

    def __enter__(self) -> Cost:
        tracemalloc.start()
        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._began
        self.memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()


@pytest.mark.parametrize("hostility", SILENT)
async def test_who_gives_no_answer_is_out_of_reach_in_bounded_time_and_memory(hostility: str) -> None:
    endpoint, code = SILENT[hostility]
    deadline_s = DEADLINE_S if code == "timeout" else PATIENT_S
    with endpoint() as server:
        async with a_poster(deadline_s=deadline_s) as poster:
            with Cost() as cost, pytest.raises(EndpointUnavailable) as failed:
                await poster.post(server.url, body=b"{}" * 5_000, headers={})

    assert failed.value.code == code, failed.value
    assert len(str(failed.value)) < 300
    assert cost.seconds < deadline_s + SLACK_S
    assert cost.memory < MEMORY + 20_000_000 * (hostility == "sends a header of 10 MB")  # the server's own


@pytest.mark.parametrize("hostility", ANSWERED)
async def test_a_status_is_the_answer_and_what_comes_with_it_is_bounded(hostility: str) -> None:
    endpoint, status = ANSWERED[hostility]
    deadline_s = DEADLINE_S if hostility.startswith("drips") else PATIENT_S
    with endpoint() as server:
        async with a_poster(deadline_s=deadline_s) as poster:
            with Cost() as cost:
                said = await poster.post(server.url, body=b"{}", headers={})

        assert server.connections == 1  # nobody was followed, nothing was sent again
    assert said.status == status
    assert len(said.body) <= MAX_RESPONSE_BYTES
    assert cost.seconds < deadline_s + SLACK_S
    assert cost.memory < MEMORY


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (rough.hang, "timeout"),
        (rough.drip_header, "timeout"),
        (rough.drip_body, 200),
        (flood(b"", head(103, {})), "bad_answer"),
    ],
    ids=["hang", "drip header", "drip body", "interim answers"],
)
async def test_hostility_inside_tls_is_bounded_too(
    script: rough.Maltreat, expected: str | int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls: LoopbackTls = loopback_tls(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", tls.ca_bundle)
    deadline_s = PATIENT_S if expected == "bad_answer" else DEADLINE_S
    with faulty(script, tls=tls.server) as server:
        async with a_poster(deadline_s=deadline_s) as poster:
            with Cost() as cost:
                said = await code_or_status(poster, server.url)

    assert said == expected
    assert cost.seconds < deadline_s + SLACK_S
    assert cost.memory < MEMORY


async def code_or_status(poster: Poster, url: str) -> str | int:
    try:
        return (await poster.post(url, body=b"{}", headers={})).status
    except EndpointUnavailable as error:
        return error.code


async def test_a_packed_body_is_read_as_it_came() -> None:
    packed = gzip.compress(b"taken")
    with faulty(answer(200, packed, {"Content-Encoding": "gzip"})) as server:
        async with a_poster() as poster:
            said = await poster.post(server.url, body=b"{}", headers={})

    assert said.body == packed


async def test_names_whose_servers_are_silent_do_not_keep_others_from_being_found() -> None:
    """asyncio's own look-ups would share a handful of threads."""
    released = threading.Event()

    def silent_or_found(host: str, port: int, family: int) -> Sequence[AddressInfo]:
        if host.startswith("silent"):
            released.wait(rough.PATIENCE_S)
        return look_up("127.0.0.1", port, family)

    with faulty(answer(204)) as server:
        port = server.url.rpartition(":")[2]
        async with Poster(
            user_agent="syncd/0", networks=LOOPBACK, deadline_s=5.0, resolver=Names(silent_or_found)
        ) as poster:
            silent = [
                asyncio.create_task(poster.post(f"http://silent-{n}.example:{port}/", body=b"{}", headers={}))
                for n in range(40)
            ]
            said = await poster.post(f"http://okr.example:{port}/", body=b"{}", headers={})
            waiting = [task for task in silent if not task.done()]
            released.set()
            await asyncio.gather(*silent)

    assert said.status == 204
    assert len(waiting) == 40


async def test_a_name_that_nobody_knows_is_out_of_reach() -> None:
    def unknown(*_: object) -> Sequence[AddressInfo]:
        raise socket.gaierror(-2, "Name or service not known")

    async with Poster(user_agent="syncd/0", resolver=Names(unknown), deadline_s=2.0) as poster:
        with pytest.raises(EndpointUnavailable) as failed:
            await poster.post("https://okr.example/", body=b"{}", headers={})

    assert failed.value.code == "no_answer"


async def test_hostile_endpoints_say_in_their_rows_what_they_did_and_cost_a_healthy_one_nothing(
    store: Store,
) -> None:
    """All of them at once, on one small machine with their servers: hence the longer deadline."""
    expected = {name: code for name, (_, code) in SILENT.items()}
    expected |= {name: str(status) for name, (_, status) in ANSWERED.items()}
    with ExitStack() as stack:
        hostile = {**SILENT, **ANSWERED}.items()
        urls = {name: stack.enter_context(endpoint()).url for name, (endpoint, _) in hostile}
        healthy = stack.enter_context(faulty(answer(204)))
        names = ("healthy", *urls)
        await subscribe(store, *map(an_endpoint, names, (healthy.url, *urls.values())))
        await enqueue(store, an_event())

        async with a_poster(deadline_s=5.0) as poster:
            await drain_all(outgoing(store, poster, time=Time(datetime.now(UTC)), endpoints=names))

    rows = await attempt_rows(store)
    told = {row.name: str(row.status or row.code) for row in rows if row.name != "healthy"}
    assert told == expected
    assert [row.outcome for row in rows if row.name == "healthy"] == ["delivered"]
    assert {row.outcome for row in rows if row.name in SILENT} == {"unreachable"}
    assert {row.outcome for row in rows if expected.get(row.name) == "200"} == {"delivered"}
    assert {row.outcome for row in rows if expected.get(row.name) in ("101", "307", "308", "422")} == {
        "refused"
    }


async def test_an_endpoint_that_answers_is_done_while_hostile_ones_are_waited_for(store: Store) -> None:
    with ExitStack() as stack:
        hanging = [stack.enter_context(faulty(rough.hang)) for _ in range(10)]
        hanging += [stack.enter_context(faulty(rough.drip_header)) for _ in range(10)]
        healthy = stack.enter_context(faulty(answer(204)))
        names = ("healthy", *(f"hanging-{number}" for number in range(len(hanging))))
        urls = (healthy.url, *(server.url for server in hanging))
        await subscribe(store, *map(an_endpoint, names, urls))
        await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(20)))
        async with a_poster(deadline_s=PATIENT_S) as poster:
            out = outgoing(store, poster, time=Time(datetime.now(UTC)), endpoints=names)
            draining = asyncio.create_task(drain_all(out))
            began = time.monotonic()
            while not (rows := await attempt_rows(store)):
                assert not draining.done()
                await asyncio.sleep(0.02)
            took_s = time.monotonic() - began
            draining.cancel()
            with suppress(asyncio.CancelledError):
                await draining

    assert [(row.name, row.outcome) for row in rows] == [("healthy", "delivered")] * 20
    assert took_s < 10.0


async def attempt_rows(store: Store) -> Sequence[Any]:  # Any: rows
    columns = (endpoints.c.name, attempts.c.status, attempts.c.code, attempts.c.outcome)
    async with store.reading() as tx:
        found = await tx.connection.execute(select(*columns).join_from(attempts, deliveries).join(endpoints))
        return found.all()
