"""Wires for tests: loopback allowed, small limits, and a time that passes only by sleeping."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from syncd.egress.wire import Wire, WireLimits
from syncd.errors import MalformedResponse, SourceError, SourceUnavailable
from syncd.sdk.testing import rough
from syncd.sdk.testing.faults import (
    FaultyServer,
    answer,
    chunked_cut,
    drip,
    endless_redirect,
    faulty,
    gzip_bomb,
    handshake_drip,
    head,
    html_page,
    huge_body,
    raw,
    unframed_drip,
)

LOOPBACK = (ip_network("127.0.0.0/8"),)
HASTY = WireLimits(deadline_s=0.5, attempt_s=0.5, attempts=1)
PATIENT = WireLimits(deadline_s=60.0, attempt_s=5.0, attempts=4)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

FAULTS: dict[str, tuple[Callable[[], AbstractContextManager[FaultyServer]], type[SourceError]]] = {
    "says nothing": (lambda: faulty(rough.hang), SourceUnavailable),
    "says nothing in the handshake": (lambda: faulty(rough.hang, reads=False), SourceUnavailable),
    "drips the handshake": (lambda: faulty(handshake_drip(), reads=False), SourceUnavailable),
    "speaks http where TLS is meant": (
        lambda: faulty(raw(head(400, {})), reads=False),
        SourceUnavailable,
    ),
    "drips the status line": (lambda: faulty(drip(b"HTTP/1.1 2")), SourceUnavailable),
    "drips a header": (lambda: faulty(rough.drip_header), SourceUnavailable),
    "drips a body": (lambda: faulty(rough.drip_body), SourceUnavailable),
    "drips a body that looks whole when shut": (lambda: faulty(unframed_drip()), SourceUnavailable),
    "continues for ever": (lambda: faulty(drip(b"", byte=head(100, {}))), SourceUnavailable),
    "resets": (lambda: faulty(rough.reset), SourceUnavailable),
    "closes without a word": (lambda: faulty(raw(b"")), SourceUnavailable),
    "cuts a header": (lambda: faulty(rough.cut_header), SourceUnavailable),
    "cuts a header of an error": (
        lambda: faulty(raw(b"HTTP/1.1 404 Not Found\r\nDate: Fri")),
        SourceUnavailable,
    ),
    "cuts a body": (lambda: faulty(rough.cut_body), SourceUnavailable),
    "cuts a chunked body": (lambda: faulty(chunked_cut()), SourceUnavailable),
    "redirects for ever": (lambda: faulty(endless_redirect()), SourceUnavailable),
    "is down": (lambda: faulty(answer(503)), SourceUnavailable),
    "answers with a page": (lambda: faulty(html_page()), MalformedResponse),
    "answers with nothing": (lambda: faulty(answer(200)), MalformedResponse),
    "answers that there is nothing": (lambda: faulty(answer(204)), MalformedResponse),
    "answers that there is nothing any more": (lambda: faulty(answer(205)), MalformedResponse),
    "answers with half of its JSON": (lambda: faulty(answer(200, b'{"total": 1')), MalformedResponse),
    "announces 200 MB": (lambda: faulty(huge_body()), MalformedResponse),
    "sends 200 MB unannounced": (lambda: faulty(huge_body(announced=False)), MalformedResponse),
    "sends a gzip bomb": (lambda: faulty(gzip_bomb(50)), MalformedResponse),
    "sends a gzip bomb unannounced": (
        lambda: faulty(gzip_bomb(50, announced=False)),
        MalformedResponse,
    ),
    "compresses in a way that nobody asked for": (
        lambda: faulty(answer(200, zlib.compress(b"{}"), {"Content-Encoding": "deflate"})),
        MalformedResponse,
    ),
}
"""How a source can fail -> what that is."""


class FakeTime:
    """A clock that moves by `sleep` alone, and remembers every sleep."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.now - 1_000.0)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def a_wire(
    *urls: str,
    time: FakeTime | None = None,
    limits: WireLimits = PATIENT,
    networks: Sequence[Any] = LOOPBACK,
    random: Callable[[], float] = lambda: 1.0,
    **settings: Any,
) -> Wire:
    """A wire to `urls`; without `time` it is the real one. The jitter is at its longest."""
    times = {"clock": time.clock, "wall": time.wall, "sleep": time.sleep} if time else {}
    return Wire(
        connection="tracker",
        origins=urls,
        networks=networks,
        limits=limits,
        random=random,
        **times,
        **settings,
    )


def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The sleeps that are asked of the machine's own clock from now on; none is slept.

    Says on however busy a machine what a stopwatch cannot: whether a library waits by itself.
    """
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)
    return asked
