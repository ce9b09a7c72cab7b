"""Kills processes that publish and deliver, again and again, and hands over what everybody saw."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from syncd.client import Consumer, Effect, MemoryMarks, MemoryStore
from syncd.egress.http import Poster
from syncd.okr.definition import Subject
from syncd.okr.event import webhook_id
from syncd.sdk.testing.server import serve
from syncd.store.endpoints import Endpoint
from syncd.store.events import events
from syncd.store.store import Store
from syncd.webhooks.drain import LEASE, drain_all
from tests.deliveries import SECRET
from tests.histories import History, Published, Received, Settled
from tests.workers import (
    ENDPOINTS,
    LOOPBACK,
    SOURCE,
    Journal,
    SetClock,
    an_event,
    outgoing,
    publishing,
    sending,
)

BUSY = 0.02
"""How often a consumer says that it is busy."""

PATIENCE_S = 120.0
"""For what must come by itself, long before, on however busy a machine."""

_PAGE = 1_000


@dataclass(slots=True)
class Consumers:
    """The shipped consumer, one per endpoint, and what came to it.

    Attributes:
        ahead_s: How far the clock of who sends is ahead.
        lets_go: While it is not set, nothing is answered.
    """

    chance: random.Random
    ahead_s: float = 0.0
    received: list[Received] = field(default_factory=list)
    effects: list[tuple[str, str]] = field(default_factory=list)
    arrived: int = 0
    lets_go: threading.Event = field(default_factory=threading.Event)
    _by_name: dict[str, Consumer[MemoryMarks]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lets_go.set()
        for name in ENDPOINTS:
            self._by_name[name] = Consumer(
                secrets=[SECRET],
                store=MemoryStore(),
                apply=self._noting(name),
                clock=lambda: time.time() + self.ahead_s,
                tolerance_s=86_400.0,  # the clocks of those who send go as they like
            )

    @property
    def asgi(self) -> Starlette:
        return Starlette(routes=[Route("/{name}", self.receive, methods=["POST"])])

    async def receive(self, request: Request) -> Response:
        name, started = request.path_params["name"], time.monotonic()
        try:
            body = await request.body()
        except ClientDisconnect:  # its sender was killed as it spoke
            return Response(status_code=400)
        self.arrived += 1
        while not self.lets_go.is_set():  # noqa: ASYNC110  # set in another thread
            await asyncio.sleep(0.005)
        status = 503 if self.chance.random() < BUSY else 204
        if status == 204:
            self._by_name[name].receive(request.headers, body)
        coalesced = request.headers.get("syncd-coalesced-from")
        self.received.append(
            Received(
                endpoint=name,
                webhook_id=request.headers["webhook-id"],
                body=body,
                started=started,
                ended=time.monotonic(),
                status=status,
                coalesced_from=int(coalesced) if coalesced else None,
            )
        )
        return Response(status_code=status)

    def _noting(self, name: str) -> Callable[[Effect, MemoryMarks], None]:
        def apply(effect: Effect, _: MemoryMarks) -> None:
            self.effects.append((name, effect.event.id))

        return apply


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What a life of kills came to. `effects`: (endpoint, webhook-id) of each, in order."""

    history: History
    effects: list[tuple[str, str]]
    kills: int

    @property
    def events(self) -> int:
        return len(self.history.published) // len(ENDPOINTS)

    @property
    def duplicates(self) -> int:
        """Deliveries that a consumer was sent although it had taken them."""
        taken = [it.name for it in self.history.received if it.status == 204]
        return len(taken) - len(set(taken))

    @property
    def duplicated_effects(self) -> int:
        return len(self.effects) - len(set(self.effects))


@dataclass(slots=True, kw_only=True)
class Killing:
    """Processes over one store, and who kills them.

    Args:
        folder: For the journals.
        clock: Of the processes; None: the true one.
    """

    url: str
    folder: Path
    chance: random.Random
    consumers: Consumers
    clock: SetClock | None = None
    kills: int = 0
    interruptions: int = 0

    @property
    def published(self) -> Journal:
        return Journal(self.folder / "published")

    @property
    def settled(self) -> Journal:
        return Journal(self.folder / "settled")

    def kill(self, times: int) -> None:
        publisher, sender = self.publisher(), self.sender()
        try:
            for _ in range(times):
                if self.chance.random() < 0.3:
                    self._after(self.published.length, most=12)
                    end(publisher)
                    publisher = self.publisher()
                else:
                    self._after(lambda: len(self.consumers.received), most=60)
                    end(sender)
                    self.interruptions += 1
                    self.move_on()
                    sender = self.sender()
                self.kills += 1
        finally:
            end(publisher)
            end(sender)
        self.interruptions += 1
        self.move_on()

    def move_on(self) -> None:
        """The leases of whoever was interrupted end."""
        self.consumers.ahead_s += LEASE.total_seconds() + 1

    def _after(self, progress: Callable[[], int], *, most: int) -> None:
        """Until something between nothing and `most` has happened; then a moment, so that no step is safe."""
        goal = progress() + self.chance.randint(0, most)
        wait_for(lambda: progress() >= goal)
        time.sleep(self.chance.uniform(0, 0.03))

    def publisher(self) -> ForkServerProcess:
        seed = self.chance.randrange(1_000_000)
        return _started(publishing, self.url, self.published.path, seed, self.clock)

    def sender(self, *, speed: float = 1.0) -> ForkServerProcess:
        return _started(sending, self.url, self.settled.path, self.consumers.ahead_s, speed, self.clock)

    async def heal(self) -> None:
        """Delivers what is left."""
        async with (
            await Store.open(self.url, now=datetime.now(UTC)) as store,
            Poster(user_agent="syncd/0", networks=LOOPBACK) as poster,
        ):
            while True:
                out = outgoing(store, poster, journal=self.settled, ahead_s=self.consumers.ahead_s)
                await drain_all(out)
                async with store.transaction() as tx:
                    if not await tx.outbox.deliveries.count_open():
                        return
                self.consumers.ahead_s += 6 * 3600.0  # past any wait of a schedule


@contextmanager
def killing(url: str, folder: Path, *, seed: int) -> Iterator[Killing]:
    consumers = Consumers(random.Random(seed))
    with serve(consumers.asgi) as base:
        begun = Killing(url=url, folder=folder, chance=random.Random(seed), consumers=consumers)
        asyncio.run(subscribe(url, base))
        yield begun


async def subscribe(url: str, base: str) -> None:
    async with await Store.open(url, now=datetime.now(UTC)) as store, store.transaction() as tx:
        endpoints = [Endpoint(name=name, url=f"{base}/{name}") for name in ENDPOINTS]
        await tx.outbox.sync_endpoints(endpoints, at=datetime.now(UTC))


def live(url: str, folder: Path, *, kills: int, seed: int) -> Life:
    """One store's life: so many kills, then peace, until nothing is open."""
    with killing(url, folder, seed=seed) as begun:
        begun.kill(kills)
        asyncio.run(begun.heal())
        return asyncio.run(judgeable(begun))


async def judgeable(begun: Killing) -> Life:
    consumers = begun.consumers
    async with await Store.open(begun.url, now=datetime.now(UTC)) as store:
        history = History(
            published=await published(store, begun.published),
            received=consumers.received,
            acknowledged=acknowledged(begun.settled),
            settled=await settled(store),
            interruptions=begun.interruptions,
        )
    return Life(history=history, effects=consumers.effects, kills=begun.kills)


async def published(store: Store, journal: Journal) -> list[Published]:
    """What was accepted; and of what a killed publisher left in doubt, that which is in the store."""
    async with store.reading() as tx:
        rows = await tx.connection.execute(
            select(events.c.cycle, events.c.subject, events.c.sequence, events.c.body)
        )
        stored = {(cycle, name, sequence): body for cycle, name, sequence, body in rows}
    found: dict[tuple[str, str, int], Published] = {}
    accepted: set[tuple[str, str, int]] = set()
    for entry in journal.read():
        for cycle, name, type_, sequence, noise in entry.get("trying") or entry.get("accepted"):
            key = cycle, name, sequence
            event = an_event(Subject(cycle, name), type_, sequence, noise)
            body = event.body(SOURCE)
            if "accepted" in entry:
                accepted.add(key)
            elif key in accepted or stored.get(key) != body:
                continue
            found[key] = Published(
                endpoint="",
                webhook_id="",
                subject=str(event.subject),
                epoch=SOURCE.epoch,
                sequence=sequence,
                is_snapshot=event.supersedes,
                body=body,
            )
    return [
        Published(
            endpoint=name,
            webhook_id=webhook_id(SOURCE, name, Subject(key[0], key[1]), key[2]),
            subject=it.subject,
            epoch=it.epoch,
            sequence=it.sequence,
            is_snapshot=it.is_snapshot,
            body=it.body,
        )
        for key, it in sorted(found.items())
        for name in ENDPOINTS
    ]


def acknowledged(journal: Journal) -> dict[tuple[str, str], float]:
    return {
        (name, known_as): entry["at"]
        for entry in journal.read()
        for name, known_as in entry.get("acknowledged", ())
    }


async def settled(store: Store) -> dict[tuple[str, str], Settled]:
    found: dict[tuple[str, str], Settled] = {}
    before: int | None = None
    while True:
        async with store.reading() as tx:
            page = await tx.outbox.listing.deliveries(limit=_PAGE, before=before)
        found |= {(it.endpoint, it.webhook_id): Settled(state=it.state, reason=it.reason) for it in page}
        if len(page) < _PAGE:
            return found
        before = page[-1].id


def wait_for(found: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + within_s
    while not found():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.002)


def _started(work: Callable[..., None], *arguments: object) -> ForkServerProcess:
    # From a server that has everything imported: a process is there in an instant, and may be killed in it.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.killing", "rich.table"])
    process = context.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def end(process: ForkServerProcess) -> None:
    process.kill()
    process.join()
