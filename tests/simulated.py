"""A world in which days of delivering pass in milliseconds: the real drain loop, all else simulated.

Everything that happens is drawn from one seed: what is published, how endpoints and workers fail, who
is interrupted where. In the end everything is healed, and the history goes to the judge.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncd.egress.answer import DEADLINE_S, Answer
from syncd.errors import EndpointUnavailable
from syncd.okr.definition import Subject
from syncd.okr.event import PACE_CHANGED, PROGRESSED, SYNC_FAILED, Event, Source, webhook_id
from syncd.store.endpoints import Endpoint
from syncd.store.store import Store
from syncd.webhooks.drain import Outgoing, drain_all
from syncd.webhooks.sign import Secret
from tests.deliveries import NOW, SECRET, an_answer
from tests.histories import History, Published, Received, Settled
from tests.memory import MemoryStore

SUBJECTS = ("product/a/x", "product/a/y", "product/b/z")
TYPES = (PROGRESSED, PROGRESSED, PROGRESSED, PACE_CHANGED, "key_result.moved")
HOUR = 3600.0
DAY = 24 * HOUR
PATIENCE = 60 * DAY
"""By when, after everything is healed, everything must have arrived."""


class Selecting(selectors.DefaultSelector):
    """Instead of waiting, moves the time on; waits only for what is real: a database at work."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.at_work = 0

    def select(self, timeout: float | None = None) -> Any:  # Any: as typeshed says for each platform
        if self.at_work:
            return super().select(timeout if timeout == 0 else 30.0)
        if timeout is None:
            raise AssertionError("everybody waits for something that never comes")
        self.now += timeout
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose time passes as fast as it can."""

    def __init__(self) -> None:
        self.selecting = Selecting()
        super().__init__(self.selecting)

    def time(self) -> float:
        return self.selecting.now


def simulate(
    seed: int,
    *,
    memory: type[MemoryStore] = MemoryStore,
    store: Callable[[], Awaitable[Store]] | None = None,
) -> History:
    """One life of an outbox.

    Args:
        memory: The store in memory.
        store: Opens a real one, to be used in its place.
    """
    loop = Loop()
    try:
        return loop.run_until_complete(_live(seed, loop.selecting, memory, store))
    finally:
        loop.close()


async def _live(
    seed: int,
    selecting: Selecting,
    memory: type[MemoryStore],
    open_store: Callable[[], Awaitable[Store]] | None,
) -> History:
    chance = random.Random(seed)
    if open_store is None:
        return await World(chance, selecting, memory()).live()
    selecting.at_work += 1
    opened = await open_store()
    selecting.at_work -= 1
    try:
        return await World(chance, selecting, opened).live()
    finally:
        selecting.at_work += 1
        await opened.close()


@dataclass(slots=True)
class Consumer:
    """How an endpoint behaves until `until`, in seconds of the simulation.

    Attributes:
        dislikes: The subject that it refuses now; `never_likes`: to the end.
    """

    name: str
    never_likes: str | None = None
    mood: str = "well"
    until: float = 0.0
    dislikes: str | None = None


MOODS = ("well", "well", "well", "slow", "hangs", "refuses dials", "broken", "busy", "loses answers", "gone")


class World:
    # Any: a `Store`, or a `MemoryStore`, which is one as far as delivering goes.
    def __init__(self, chance: random.Random, selecting: Selecting, store: Any) -> None:
        self.chance = chance
        self.selecting = selecting
        self.store = store
        self.history = History()
        self.consumers = {
            name: Consumer(name, chance.choice((*SUBJECTS, *[None] * 12)))
            for name in ("okr-store", "warehouse")
        }
        self.offset = 0.0
        self.epoch = 1
        self.sequences: dict[Subject, int] = {}
        self.news = asyncio.Event()
        self.is_healed = self.is_over = False
        self.workers = [Worker(self, number) for number in range(chance.choice((1, 2, 2, 3)))]

    def now(self) -> float:
        return self.selecting.now

    def clock(self) -> datetime:
        return NOW + timedelta(seconds=self.now() + self.offset)

    async def live(self) -> History:
        endpoints = [Endpoint(name=name, url=f"https://{name}.example/") for name in self.consumers]
        async with self.transaction() as tx:
            await tx.outbox.sync_endpoints(endpoints, at=self.clock())
        for worker in self.workers:
            worker.start()
        troubles = [
            self.publish, self.crash, self.freeze, self.jump, self.intervene, self.restore,
        ]  # fmt: skip
        weights = [60, 8, 12, 3, 6, 2]
        for _ in range(self.chance.randint(6, 18)):
            await asyncio.sleep(self.while_())
            (trouble,) = self.chance.choices(troubles, weights)
            await trouble()
        await self.heal()
        return self.history

    def while_(self) -> float:
        """From moments to a day, each scale as likely."""
        return 10 ** self.chance.uniform(-2, 5) if self.chance.random() < 0.8 else 0.0

    async def publish(self) -> None:
        events = []
        for _ in range(self.chance.choice((1, 1, 2, 5))):
            if self.chance.random() < 0.15:
                subject, type_ = Subject("", "connection/tracker"), SYNC_FAILED
            else:
                subject, type_ = Subject("2026-Q4", self.chance.choice(SUBJECTS)), self.chance.choice(TYPES)
            self.sequences[subject] = self.sequences.get(subject, 0) + 1
            events.append(self.an_event(subject, type_))
        source = Source(instance="acme", epoch=self.epoch)
        async with self.transaction() as tx:
            await tx.outbox.enqueue(events, source=source, at=self.clock())
        for event in events:
            for name in self.consumers:
                self.history.published.append(_published(event, source, name))
        self.news.set()

    def an_event(self, subject: Subject, type_: str) -> Event:
        sequence = self.sequences[subject]
        return Event(
            subject=subject,
            kind="key_result",
            type=type_,
            sequence=sequence,
            at=NOW,
            tier="team",
            data={"key_result": {"id": subject.id}, "sequence": sequence, "noise": self.chance.random()},
        )

    async def crash(self) -> None:
        """While a worker sends or sleeps, or right after its next commit."""
        worker, down_for = self.chance.choice(self.workers), self.while_() / 10
        if self.chance.random() < 0.5:
            worker.dies_for = down_for
            return
        await self.publish()
        await asyncio.sleep(self.chance.random())
        await worker.crash(down_for=down_for)

    async def freeze(self) -> None:
        """After its next commit, often for longer than its lease."""
        self.chance.choice(self.workers).freezes_for = self.chance.uniform(1, 900)

    async def jump(self) -> None:
        """Somebody sets the clock, on or back: on, it ends the leases of what is in flight."""
        self.history.interruptions += 1
        self.offset += self.chance.choice((-1, 1)) * 10 ** self.chance.uniform(0, 4.5)
        self.news.set()

    async def intervene(self) -> None:
        name = self.chance.choice(list(self.consumers))
        what = self.chance.choice(("enable", "disable", "pause", "resume", "redeliver", "replay"))
        async with self.transaction() as tx:
            operating = tx.outbox.operating
            if what in ("enable", "disable", "pause"):
                await getattr(operating, what)(name, at=self.clock())
            elif what == "resume":
                await operating.resume(name)
            elif stored := len(self.history.published) - len(self.history.taken_back):
                # What is sent by hand may come late, and again.
                self.history.by_hand |= {it.name for it in self.history.published}
                if what == "replay":
                    first = self.chance.randint(1, stored // len(self.consumers))
                    await operating.replay(name, from_event=first, at=self.clock())
                else:
                    await operating.redeliver([self.chance.randint(1, stored)], at=self.clock())
        self.news.set()

    async def restore(self) -> None:
        """The disk is lost; a backup comes back, with a new epoch."""
        if not isinstance(self.store, MemoryStore):
            return
        backup, known = self.store.copied(), len(self.history.published)
        for _ in range(self.chance.randint(1, 4)):
            await asyncio.sleep(self.while_())
            await self.publish()
        for worker in self.workers:
            await worker.crash(down_for=self.while_() / 10)
        self.store.restore(backup)
        await self.store.release_all(now=self.clock())
        self.epoch += 1
        self.history.taken_back |= {it.name for it in self.history.published[known:]}
        for it in self.history.published[known:]:
            subject = (
                Subject("2026-Q4", it.subject.partition("@")[0])
                if "@" in it.subject
                else Subject("", it.subject)
            )
            self.sequences[subject] = min(self.sequences[subject], it.sequence - 1)
        # What was on its way may come late: newer ones, that nobody knows of any more, came before it.
        self.history.by_hand |= {it.name for it in self.history.published[:known]}
        self.history.acknowledged.clear()

    async def heal(self) -> None:
        self.is_healed = True
        async with self.transaction() as tx:
            for name in self.consumers:
                await tx.outbox.operating.resume(name)
        deadline = self.now() + PATIENCE
        while self.now() < deadline:
            async with self.transaction() as tx:
                for name in self.consumers:
                    if await tx.outbox.deliveries.next_due_at(name) is None:
                        await tx.outbox.operating.enable(name, at=self.clock())
            self.news.set()
            async with self.transaction() as tx:
                if await tx.outbox.deliveries.count_open() == 0:
                    break
            await asyncio.sleep(12 * HOUR)
        self.is_over = True
        for worker in self.workers:
            await worker.stop()
        self.history.settled = await self.settled()

    async def settled(self) -> dict[tuple[str, str], Settled]:
        if isinstance(self.store, MemoryStore):
            return {
                (it.endpoint, it.webhook_id): Settled(state=it.state, reason=it.reason)
                for it in self.store.rows
            }
        async with self.transaction() as tx:
            shown = await tx.outbox.listing.deliveries(limit=100_000)
        return {(it.endpoint, it.webhook_id): Settled(state=it.state, reason=it.reason) for it in shown}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        self.selecting.at_work += not isinstance(self.store, MemoryStore)
        try:
            async with self.store.transaction() as tx:
                yield tx
        finally:
            self.selecting.at_work -= not isinstance(self.store, MemoryStore)

    def mood_of(self, consumer: Consumer) -> str:
        if self.is_healed:
            consumer.dislikes = consumer.never_likes
            return "well"
        if self.now() >= consumer.until:
            consumer.mood = self.chance.choice(MOODS)
            consumer.until = self.now() + 10 ** self.chance.uniform(0, 5.8)
            consumer.dislikes = consumer.never_likes or self.chance.choice((None, None, None, *SUBJECTS))
        return consumer.mood


@dataclass(slots=True)
class Worker:
    """A process that delivers: it drains what is due, and sleeps until more is. Also its store and sender."""

    world: World
    number: int
    freezes_for: float = 0.0
    dies_for: float | None = None
    task: asyncio.Task[None] | None = None
    is_doomed: bool = False
    in_transaction: int = 0
    _restart: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self.task is not None or self.world.is_over:
            return
        self.is_doomed = False
        self.task = asyncio.create_task(self.run())

    async def crash(self, *, down_for: float) -> None:
        """Wherever it is: before or after a commit, while it sends."""
        self.world.history.interruptions += 1
        await self.stop()
        asyncio.get_running_loop().call_later(down_for, self.start)

    async def stop(self) -> None:
        if self.task is None:
            return
        self.is_doomed = True
        if not self.in_transaction:
            self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.task = None

    async def run(self) -> None:
        world = self.world
        out = Outgoing(
            store=self,
            sender=self,
            secrets={name: [Secret.parse(SECRET)] for name in world.consumers},
            clock=world.clock,
            random=world.chance.random,
            monotonic=world.now,
        )
        while True:
            world.news.clear()
            await drain_all(out)
            async with self.transaction() as tx:
                due = [await tx.outbox.deliveries.next_due_at(name) for name in world.consumers]
            waits = [(at - world.clock()).total_seconds() for at in due if at is not None]
            try:
                async with asyncio.timeout(max(min(waits, default=DAY), 0.001)):
                    await world.news.wait()
            except TimeoutError:
                continue

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        self.in_transaction += 1
        try:
            async with self.world.transaction() as tx:
                noting = Noting(tx, self.world)
                yield noting
        finally:
            self.in_transaction -= 1
        if self.dies_for is not None and noting.has_written:
            down_for, self.dies_for = self.dies_for, None
            self._restart = asyncio.create_task(self.crash(down_for=down_for))
            await asyncio.Event().wait()
        if self.is_doomed and self.task is not None:
            self.task.cancel()
            await asyncio.Event().wait()
        if self.freezes_for and noting.has_written:
            self.world.history.interruptions += 1
            wait, self.freezes_for = self.freezes_for, 0.0
            await asyncio.sleep(wait)
        elif self.world.chance.random() < 0.2:
            await asyncio.sleep(self.world.chance.random() * 0.01)

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        world = self.world
        consumer = world.consumers[url.removeprefix("https://").removesuffix(".example/")]
        mood, started = world.mood_of(consumer), world.now()
        latency = world.chance.uniform(0.001, 0.5)
        if mood == "refuses dials":
            await asyncio.sleep(0.001)
            raise EndpointUnavailable("nobody there", code="no_answer")
        if mood == "hangs" or (mood == "slow" and (latency := world.chance.uniform(0.5, 30)) > DEADLINE_S):
            await asyncio.sleep(DEADLINE_S)
            raise EndpointUnavailable("no answer within 20 s", code="timeout")
        status = _status(world, consumer, mood, body)

        def note(status: int | None) -> None:
            coalesced_from = headers.get("syncd-coalesced-from")
            world.history.received.append(
                Received(
                    endpoint=consumer.name,
                    webhook_id=headers["webhook-id"],
                    body=body,
                    started=started,
                    ended=world.now(),
                    status=status,
                    coalesced_from=int(coalesced_from) if coalesced_from else None,
                )
            )

        try:
            await asyncio.sleep(latency)
        except asyncio.CancelledError:
            if world.chance.random() < 0.5 and status == 204:
                note(None)  # it came, and whoever sent it was gone
            raise
        if mood == "loses answers" and world.chance.random() < 0.5:
            note(None)
            raise EndpointUnavailable("reset", code="no_answer")
        note(status)
        asks = {"retry_after": str(int(10 ** world.chance.uniform(0, 5.3)))} if status == 429 else {}
        return an_answer(status, **asks)


def _status(world: World, consumer: Consumer, mood: str, body: bytes) -> int:
    if mood == "gone":
        return 410
    if mood == "broken" and world.chance.random() < 0.7:
        return world.chance.choice((500, 502, 503, 504))
    if mood == "busy" and world.chance.random() < 0.7:
        return 429
    if consumer.dislikes and f'"id":"{consumer.dislikes}"'.encode() in body:
        return world.chance.choice((400, 404, 422, 301))
    return 204


class Noting:
    """A transaction whose settling is taken down for the judge."""

    # Any: a transaction of either store.
    def __init__(self, tx: Any, world: World) -> None:
        self._tx, self._world = tx, world
        self.has_written = False

    @property
    def outbox(self) -> Noting:
        return self

    @property
    def deliveries(self) -> Noting:
        return self

    # Any: what the transaction has.
    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx.outbox.deliveries, name)

    async def claim(self, endpoint: str, **how: Any) -> Any:
        claimed = await self._tx.outbox.deliveries.claim(endpoint, **how)
        self.has_written = bool(claimed)
        return claimed

    async def settle(self, batch: Any, **how: Any) -> Any:
        self.has_written = True
        verdict = await self._tx.outbox.deliveries.settle(batch, **how)
        for it in verdict.settlements if verdict else ():
            if it.state == "delivered":
                name = it.delivery.endpoint, it.delivery.webhook_id
                self._world.history.acknowledged[name] = self._world.now()
        return verdict


def _published(event: Event, source: Source, endpoint: str) -> Published:
    return Published(
        endpoint=endpoint,
        webhook_id=webhook_id(source, endpoint, event.subject, event.sequence),
        subject=str(event.subject),
        epoch=source.epoch,
        sequence=event.sequence,
        is_snapshot=event.supersedes,
        body=event.body(source),
    )
