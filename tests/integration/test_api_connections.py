"""Connections that bring no request in time are cut, and cost the others nothing."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn

from syncd.api.app import application
from syncd.api.server import listening_options, patient
from syncd.api.service import Limits
from syncd.store.store import Store
from tests.apis import Api, an_api


@asynccontextmanager
async def listening(api: Api, *, headers_s: float = 0.3, most_waiting: int = 20) -> AsyncIterator[int]:
    """The port of a real server on loopback."""
    options = {**listening_options(), "http": patient(headers_s=headers_s, most_waiting=most_waiting)}
    server = uvicorn.Server(uvicorn.Config(application(api.service), **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110  # uvicorn says so by an attribute alone
            await asyncio.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        await task


async def test_headers_that_drip_are_cut_off(store: Store) -> None:
    async with listening(an_api(store)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        began = time.monotonic()
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        try:
            for _ in range(100):
                writer.write(b"a: b\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        writer.close()

    assert 0.2 < time.monotonic() - began < 3
    assert reader.at_eof() or reader.exception() is not None


async def test_a_second_request_that_drips_is_cut_off_too(store: Store) -> None:
    async with listening(an_api(store)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")

        rest = await asyncio.wait_for(_all_of(reader), 10)

    assert b"HTTP/1.1" not in rest


async def _all_of(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_a_flood_of_idle_connections_keeps_nobody_from_an_answer(store: Store) -> None:
    async with listening(an_api(store), headers_s=30, most_waiting=20) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]

        async with httpx.AsyncClient() as client:
            statuses = [
                (await client.get(f"http://127.0.0.1:{port}/healthz", timeout=5)).status_code
                for _ in range(3)
            ]

        for _, writer in idle:
            writer.close()
    assert statuses == [200, 200, 200]


async def test_a_body_that_drips_is_answered_and_cut_off(store: Store) -> None:
    api = an_api(store, limits=Limits(body_s=0.2))
    key = await api.key()
    async with listening(api, headers_s=30) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            f"POST /api/v1/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        writer.write(head.encode())

        line = await asyncio.wait_for(reader.readline(), 10)
        writer.close()

    assert line.startswith(b"HTTP/1.1 408")
