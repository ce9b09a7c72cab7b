"""Draining 10,000 deliveries over 100 endpoints, against loops that only post the same signed bytes."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import httpx

from benchmarks.figure import Figure
from benchmarks.sink import sink
from syncd.delivery.rate import CONCURRENCY
from syncd.egress.addresses import to_networks
from syncd.egress.answer import Answer
from syncd.egress.http import Poster
from syncd.okr.definition import Subject
from syncd.okr.event import PROGRESSED, Event, Source
from syncd.store.endpoints import Endpoint
from syncd.store.store import Store
from syncd.webhooks.attempt import Sender
from syncd.webhooks.drain import DrainReport, Outgoing, drain_all
from syncd.webhooks.sign import Secret

ENDPOINTS = 100
HANGING = 20
WAITING = (1_000, 100_000)
AIM = 1.43
"""At least 0.7 of the bare loop's rate."""
HANGING_AIM = 1.11
"""At least 0.9 of their rate."""
FLAT_AIM = 1.25
"""Ten times ten the rows; a quarter more is noise, or the depth of an index."""

SECRET = Secret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
SOURCE = Source(instance="acme", epoch=1_790_000_000)
LOOPBACK = to_networks(["127.0.0.0/8"])
LONG = b"x" * 1_200
"""What a real body holds beside the subject, about."""

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Recording:
    """Passes on what is posted, and keeps it; notes when the last healthy answer came."""

    sender: Sender
    sent: list[Sent] = field(default_factory=list)
    last_answer: float = 0.0

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.sent.append(Sent(url=url, body=body, headers=headers))
        answer = await self.sender.post(url, body=body, headers=headers)
        self.last_answer = time.perf_counter()
        return answer


class Taking:
    """Takes everything, without a network: what is left is the cost of the rows."""

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        return Answer(status=204, headers=httpx.Headers(), body=b"", seconds=0.0)


def figures(*, deliveries: int, rounds: int) -> list[Figure]:
    """Seconds for so many deliveries beside both floors, with endpoints that hang, and over waiting rows."""
    with sink() as base:
        by_turns = [asyncio.run(one_round(base, deliveries=deliveries)) for _ in range(rounds)]
        ours, client, bare = ([turn[n] for turn in by_turns] for n in range(3))
        pairs = [asyncio.run(hanging_round(base, deliveries=deliveries)) for _ in range(rounds)]
    flat = [asyncio.run(waiting_round()) for _ in range(rounds)]
    many = f"{deliveries:,} deliveries to {ENDPOINTS} endpoints"
    return [
        Figure(name=f"{many}: a loop over the same client", ours_s=ours, floor_s=client, aim=AIM),
        Figure(name=f"{many}: a loop over aiohttp", ours_s=ours, floor_s=bare),
        Figure(
            name=f"the healthy {ENDPOINTS - HANGING} while {HANGING} hang: without those",
            ours_s=[hanging for hanging, _ in pairs],
            floor_s=[alone for _, alone in pairs],
            aim=HANGING_AIM,
        ),
        Figure(
            name="1,000 claimed and settled beside 100,000 waiting: beside 1,000",
            ours_s=[many for _, many in flat],
            floor_s=[few for few, _ in flat],
            aim=FLAT_AIM,
        ),
    ]


async def one_round(base: str, *, deliveries: int) -> tuple[float, float, float]:
    """Seconds of the drain, of the same client alone, of aiohttp alone."""
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
        async with (
            await _filled(Path(folder), [f"{base}/take/{n}" for n in range(ENDPOINTS)], deliveries) as store,
            Poster(user_agent="syncd/0", networks=LOOPBACK) as poster,
        ):
            sender = Recording(poster)
            ours = await _drained(store, sender, expected=deliveries)
    async with Poster(user_agent="syncd/0", networks=LOOPBACK) as poster:

        async def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
            await poster.post(url, body=body, headers=headers)

        client = await posted(sender.sent, post)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True, limit=0)) as session:

        async def bare_post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()

        bare = await posted(sender.sent, bare_post)
    return ours, client, bare


async def posted(sent: Sequence[Sent], post: Post) -> float:
    """The floor: as many at a time per endpoint as the drain has, and nothing but posts."""
    by_url: dict[str, list[Sent]] = {}
    for one in sent:
        by_url.setdefault(one.url, []).append(one)

    async def to_endpoint(mine: Sequence[Sent]) -> None:
        places = asyncio.Semaphore(CONCURRENCY)

        async def in_turn(one: Sent) -> None:
            async with places:
                await post(one.url, one.body, one.headers)

        await asyncio.gather(*map(in_turn, mine))

    gc.collect()
    started = time.perf_counter()
    await asyncio.gather(*map(to_endpoint, by_url.values()))
    return time.perf_counter() - started


async def hanging_round(base: str, *, deliveries: int) -> tuple[float, float]:
    """Seconds until the healthy endpoints have everything: beside hanging ones, and alone."""
    healthy = [f"{base}/take/{n}" for n in range(ENDPOINTS - HANGING)]
    mine = deliveries * len(healthy) // ENDPOINTS
    seconds = []
    for urls in ([*healthy, *(f"{base}/hang/{n}" for n in range(HANGING))], healthy):
        with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
            many = mine * len(urls) // len(healthy)
            async with (
                await _filled(Path(folder), urls, many) as store,
                Poster(user_agent="syncd/0", networks=LOOPBACK) as poster,
            ):
                sender = Recording(poster)
                started = time.perf_counter()
                await _drained(store, sender, expected=mine)
                seconds.append(sender.last_answer - started)
    return seconds[0], seconds[1]


async def waiting_round() -> tuple[float, float]:
    """Seconds to claim and settle 1,000 deliveries beside few and beside many that wait."""
    seconds = []
    for waiting in WAITING:
        with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
            urls = [f"http://127.0.0.1/{n}" for n in range(10)]
            async with await _filled(Path(folder), urls, waiting) as store:
                _put_off(Path(folder) / "syncd.db")
                await _enqueue(store, 1_000 // len(urls), prefix="due")
                seconds.append(await _drained(store, Taking(), expected=1_000))
    return seconds[0], seconds[1]


async def _filled(folder: Path, urls: Sequence[str], deliveries: int) -> Store:
    """A store with so many deliveries over the endpoints, all of them due."""
    store = await Store.open(f"sqlite:///{folder / 'syncd.db'}", now=datetime.now(UTC))
    async with store.transaction() as tx:
        named = [Endpoint(name=f"endpoint-{n}", url=url) for n, url in enumerate(urls)]
        await tx.outbox.sync_endpoints(named, at=datetime.now(UTC))
    await _enqueue(store, deliveries // len(urls), prefix="key-result")
    return store


async def _enqueue(store: Store, events: int, *, prefix: str) -> None:
    at = datetime.now(UTC)
    async with store.transaction() as tx:
        await tx.outbox.enqueue([_event(f"{prefix}-{n}", at) for n in range(events)], source=SOURCE, at=at)


def _event(name: str, at: datetime) -> Event:
    data = {"key_result": {"id": name, "cycle": "2026-Q4"}, "sequence": 1, "evidence": LONG.decode()}
    return Event(
        subject=Subject("2026-Q4", name), kind="key_result", type=PROGRESSED, sequence=1, at=at, data=data
    )


async def _drained(store: Store, sender: Sender, *, expected: int) -> float:
    out = Outgoing(
        store=store,
        sender=sender,
        secrets={f"endpoint-{n}": [SECRET] for n in range(ENDPOINTS)},
        clock=lambda: datetime.now(UTC),
    )
    gc.collect()
    started = time.perf_counter()
    report: DrainReport = await drain_all(out)
    seconds = time.perf_counter() - started
    if report.delivered != expected:
        raise RuntimeError(f"{report.delivered} delivered, not {expected}: this measures something else")
    return seconds


def _put_off(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE deliveries SET due_at = due_at + 86400000000 WHERE due_at IS NOT NULL")
    with closing(sqlite3.connect(path)) as connection:
        # Who wrote the rows pays for their checkpoint, and not the first commit that is measured.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
