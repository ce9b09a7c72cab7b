"""Draining 10,000 deliveries over 100 endpoints, against loops that only post the same signed bytes."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
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
WAITING = {"few": 1_000, "many": 100_000}
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
    """Passes on what is posted, and keeps it."""

    sender: Sender
    sent: list[Sent] = field(default_factory=list)

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.sent.append(Sent(url=url, body=body, headers=headers))
        return await self.sender.post(url, body=body, headers=headers)


@dataclass(slots=True)
class Counting:
    """Passes on what is posted; `done` once so many were answered."""

    sender: Sender
    enough: int
    done: asyncio.Event = field(default_factory=asyncio.Event)
    answers: int = 0

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = await self.sender.post(url, body=body, headers=headers)
        self.answers += 1
        if self.answers == self.enough:
            self.done.set()
        return answer


class Taking:
    """Takes everything, without a network: what is left is the cost of the rows."""

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        return Answer(status=204, headers=httpx.Headers(), body=b"", seconds=0.0)


def figures(*, deliveries: int, rounds: int) -> list[Figure]:
    """Seconds for so many deliveries beside both floors, with endpoints that hang, and over waiting rows."""
    with sink() as base:
        turns = asyncio.run(bare_rounds(base, deliveries=deliveries, rounds=rounds))
        pairs = asyncio.run(hanging_rounds(base, deliveries=deliveries, rounds=rounds))
    flat = asyncio.run(waiting_rounds(rounds=rounds))
    many = f"{deliveries:,} deliveries to {ENDPOINTS} endpoints"
    ours = [turn["drain"] for turn in turns]
    return [
        Figure(
            name=f"{many}: a loop over the same client",
            ours_s=ours,
            floor_s=[turn["client"] for turn in turns],
            aim=AIM,
        ),
        Figure(name=f"{many}: a loop over aiohttp", ours_s=ours, floor_s=[turn["aiohttp"] for turn in turns]),
        Figure(
            name=f"the healthy {ENDPOINTS - HANGING} while {HANGING} hang: without those",
            ours_s=[pair["hanging"] for pair in pairs],
            floor_s=[pair["alone"] for pair in pairs],
            aim=HANGING_AIM,
        ),
        Figure(
            name="1,000 claimed and settled beside 100,000 waiting: beside 1,000",
            ours_s=[pair["many"] for pair in flat],
            floor_s=[pair["few"] for pair in flat],
            aim=FLAT_AIM,
        ),
    ]


async def by_turns(
    ways: Mapping[str, Callable[[], Awaitable[float]]], *, rounds: int
) -> list[dict[str, float]]:
    """Seconds of each way in each round; whoever went first goes last in the next one."""
    order, found = list(ways), []
    for _ in range(rounds):
        found.append({name: await ways[name]() for name in order})
        order = [*order[1:], order[0]]
    return found


async def bare_rounds(base: str, *, deliveries: int, rounds: int) -> list[dict[str, float]]:
    """Of the drain, of the same client alone, of aiohttp alone; what they post a drain before has signed."""
    urls = [f"{base}/take/{n}" for n in range(ENDPOINTS)]
    signed = Recording(Taking())
    await drained(urls, deliveries, lambda _: signed)

    async def over_client() -> float:
        async with Poster(user_agent="syncd/0", networks=LOOPBACK) as poster:

            async def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
                await poster.post(url, body=body, headers=headers)

            return await posted(signed.sent, post)

    async def over_aiohttp() -> float:
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
                async with session.post(url, data=body, headers=headers) as answer:
                    await answer.read()

            return await posted(signed.sent, post)

    async def ours() -> float:
        return await drained(urls, deliveries, lambda poster: poster)

    return await by_turns({"drain": ours, "client": over_client, "aiohttp": over_aiohttp}, rounds=rounds)


async def hanging_rounds(base: str, *, deliveries: int, rounds: int) -> list[dict[str, float]]:
    """Until the healthy endpoints have everything: beside hanging ones, and alone."""
    healthy = [f"{base}/take/{n}" for n in range(ENDPOINTS - HANGING)]
    all_of_them = [*healthy, *(f"{base}/hang/{n}" for n in range(HANGING))]
    each = deliveries // ENDPOINTS

    async def until_served(urls: Sequence[str]) -> float:
        return await drained(urls, each * len(urls), lambda poster: poster, enough=each * len(healthy))

    ways = {"hanging": lambda: until_served(all_of_them), "alone": lambda: until_served(healthy)}
    return await by_turns(ways, rounds=rounds)


async def waiting_rounds(*, rounds: int) -> list[dict[str, float]]:
    """To claim and settle 1,000 deliveries, without a network, beside few and beside many that wait."""
    urls = [f"http://127.0.0.1/{n}" for n in range(10)]
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
        async with AsyncExitStack() as opened:
            stores = {}
            for name, waiting in WAITING.items():
                home = Path(folder) / name
                home.mkdir()
                stores[name] = await opened.enter_async_context(await _filled(home, urls, waiting))
                _put_off(home / "syncd.db")
            told = count()

            async def beside(store: Store) -> float:
                await _enqueue(store, 1_000 // len(urls), prefix=f"due-{next(told)}")
                return await _drained(store, Taking(), expected=1_000)

            ways = {name: partial(beside, store) for name, store in stores.items()}
            await by_turns(ways, rounds=1)  # whose pages nobody has read yet
            return await by_turns(ways, rounds=rounds)


async def drained(
    urls: Sequence[str], deliveries: int, through: Callable[[Poster], Sender], *, enough: int | None = None
) -> float:
    """Of a drain of a store of its own.

    Args:
        through: What posts, given the client.
        enough: It is over after so many answers, whatever hangs still; None: after all.
    """
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
        async with (
            await _filled(Path(folder), urls, deliveries) as store,
            Poster(user_agent="syncd/0", networks=LOOPBACK) as poster,
        ):
            if enough is None:
                return await _drained(store, through(poster), expected=deliveries)
            counting = Counting(through(poster), enough=enough)
            gc.collect()
            started = time.perf_counter()
            draining = asyncio.create_task(drain_all(_outgoing(store, counting)))
            await counting.done.wait()
            seconds = time.perf_counter() - started
            draining.cancel()
            await asyncio.gather(draining, return_exceptions=True)
            return seconds


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
    gc.collect()
    started = time.perf_counter()
    report: DrainReport = await drain_all(_outgoing(store, sender))
    seconds = time.perf_counter() - started
    if report.delivered != expected:
        raise RuntimeError(f"{report.delivered} delivered, not {expected}: this measures something else")
    return seconds


def _outgoing(store: Store, sender: Sender) -> Outgoing:
    return Outgoing(
        store=store,
        sender=sender,
        secrets={f"endpoint-{n}": [SECRET] for n in range(ENDPOINTS)},
        clock=lambda: datetime.now(UTC),
    )


def _put_off(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE deliveries SET due_at = due_at + 86400000000 WHERE due_at IS NOT NULL")
    with closing(sqlite3.connect(path)) as connection:
        # Who wrote the rows pays for their checkpoint, and not the first commit that is measured.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
