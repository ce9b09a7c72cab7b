"""Processes that publish and deliver on a real store until they are killed, and write down what they did.

A journal is a file that is appended to, a line at a time: what a killed process wrote is there.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select

from syncd.egress.addresses import to_networks
from syncd.egress.answer import Answer
from syncd.egress.http import Poster
from syncd.errors import StoreError
from syncd.okr.definition import Subject
from syncd.okr.event import ACHIEVED, PACE_CHANGED, PROGRESSED, SYNC_FAILED, Event, Source
from syncd.store.events import events
from syncd.store.store import Store
from syncd.webhooks.attempt import Sender
from syncd.webhooks.drain import LEASE, Outgoing, drain, drain_all, take_over
from syncd.webhooks.sign import Secret
from tests.deliveries import NOW, SECRET, an_answer
from tests.histories import Received

ENDPOINTS = ("okr-store", "warehouse")
SOURCE = Source(instance="acme", epoch=1_790_000_000)
LOOPBACK = to_networks(["127.0.0.0/8"])
PACE_S = 0.005

SUBJECTS = tuple(Subject("2026-Q4", f"product/faster/kr-{n}") for n in range(8))
LOG = Subject("", "connection/tracker")
TYPES = (PROGRESSED, PROGRESSED, PROGRESSED, PACE_CHANGED, ACHIEVED)

Json = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True)
class Journal:
    path: Path

    def write(self, **entry: Any) -> None:  # Any: JSON
        # One write: a process that is killed has written all of it, or nothing.
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(file, json.dumps(entry).encode() + b"\n")
        finally:
            os.close(file)

    def read(self) -> Iterator[Json]:
        if self.path.exists():
            for line in self.path.read_bytes().splitlines():
                yield json.loads(line)

    def length(self) -> int:
        return self.path.read_bytes().count(b"\n") if self.path.exists() else 0


def an_event(subject: Subject, type_: str, sequence: int, noise: int) -> Event:
    """The same from the same arguments, so that whoever tried it can be asked for its bytes."""
    data: Json = {"sequence": sequence, "noise": noise}
    if subject.cycle:
        data["key_result"] = {"id": subject.id, "cycle": subject.cycle, "current": float(sequence)}
    else:
        data["connection"] = "tracker"
    return Event(
        subject=subject,
        kind="key_result" if subject.cycle else "log",
        type=type_,
        sequence=sequence,
        at=NOW,
        tier="team",
        data=data,
    )


def some_events(chance: random.Random, last: Mapping[Subject, int]) -> list[Event]:
    """What one change says: of one to four subjects the next sequence each."""
    found = []
    for subject in chance.sample((*SUBJECTS, LOG), chance.randint(1, 4)):
        type_ = chance.choice(TYPES) if subject.cycle else SYNC_FAILED
        found.append(an_event(subject, type_, last.get(subject, 0) + 1, chance.randrange(1_000_000)))
    return found


async def last_sequences(connection: Any) -> dict[Subject, int]:  # Any: of a transaction
    rows = await connection.execute(
        select(events.c.cycle, events.c.subject, func.max(events.c.sequence)).group_by(
            events.c.cycle, events.c.subject
        )
    )
    return {Subject(cycle, name): sequence for cycle, name, sequence in rows}


async def publish_once(
    store: Store, journal: Journal, chance: random.Random, clock: SetClock | None = None
) -> None:
    """One change; when it fails, whoever calls goes on with what is next then."""
    async with store.reading() as tx:
        last = await last_sequences(tx.connection)
    await publish(store, journal, some_events(chance, last), clock)


async def publish(
    store: Store, journal: Journal, batch: Sequence[Event], clock: SetClock | None = None
) -> None:
    """Writes down what is tried before its transaction, and what was accepted after it."""
    said = [[it.subject.cycle, it.subject.id, it.type, it.sequence, it.data["noise"]] for it in batch]
    journal.write(trying=said)
    at = datetime.now(UTC) + timedelta(seconds=clock.ahead_s if clock else 0.0)
    async with store.transaction() as tx:
        await tx.outbox.enqueue(batch, source=SOURCE, at=at)
    journal.write(accepted=said)


class Taking:
    """A sender without a network: the consumer takes everything, and keeps what it saw."""

    def __init__(self) -> None:
        self.received: list[Received] = []

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        coalesced = headers.get("syncd-coalesced-from")
        self.received.append(
            Received(
                endpoint=url.rpartition("/")[2],
                webhook_id=headers["webhook-id"],
                body=body,
                started=time.monotonic(),
                ended=time.monotonic(),
                status=204,
                coalesced_from=int(coalesced) if coalesced else None,
            )
        )
        return an_answer()


async def publish_and_deliver(
    store: Store, sender: Sender, *, said: Journal, told: Journal, chance: random.Random
) -> None:
    """A few changes, and what is due of them; first what a process before this one had in flight."""
    out = outgoing(store, sender, journal=told)
    await take_over(out)
    for _ in range(chance.randint(1, 3)):
        await publish_once(store, said, chance)
    for name in ENDPOINTS:
        await drain(out, endpoint=name)


@dataclass(frozen=True, slots=True)
class SetClock:
    """The clock of processes that run, set by who has the file: so many seconds ahead of the true one."""

    path: Path

    def set(self, ahead_s: float) -> None:
        written = self.path.with_suffix(".new")
        written.write_text(str(ahead_s))
        written.replace(self.path)

    @property
    def ahead_s(self) -> float:
        return float(self.path.read_text()) if self.path.exists() else 0.0


def publishing(url: str, journal: Path, seed: int, clock: SetClock | None = None) -> None:
    """A process that publishes until it is killed; what the store refuses is tried again."""

    async def main() -> None:
        chance = random.Random(seed)
        async with await Store.open(url, now=datetime.now(UTC)) as store:
            while True:
                with suppress(StoreError):
                    await publish_once(store, Journal(journal), chance, clock)
                await asyncio.sleep(PACE_S)

    _quietly(main)


def sending(url: str, journal: Path, ahead_s: float, speed: float, clock: SetClock | None = None) -> None:
    """A process that delivers until it is killed, whatever becomes of its connections to the store.

    Args:
        ahead_s: How far its clock is ahead: on PostgreSQL the end of leases gives back what a killed
            one held, and nobody waits for that here.
        speed: How fast its clock goes.
        clock: Sets it while it runs; it then follows, as `housekeep` does.
    """

    async def main() -> None:
        async with (
            await Store.open(url, now=datetime.now(UTC)) as store,
            Poster(user_agent="syncd/0", networks=LOOPBACK) as poster,
        ):
            out = outgoing(
                store, poster, journal=Journal(journal), ahead_s=ahead_s, speed=speed, set_by=clock
            )
            if store.dialect == "sqlite":
                await take_over(out)
            while True:
                with suppress(StoreError):
                    if clock is not None:
                        async with store.transaction() as tx:
                            await tx.outbox.deliveries.follow_clock(now=out.clock(), lease=LEASE)
                    await drain_all(out)
                await asyncio.sleep(PACE_S)

    _quietly(main)


def outgoing(
    store: Store,
    sender: Sender,
    *,
    journal: Journal,
    ahead_s: float = 0.0,
    speed: float = 1.0,
    set_by: SetClock | None = None,
) -> Outgoing:
    began = time.monotonic()

    def clock() -> datetime:
        gained_s = (time.monotonic() - began) * (speed - 1)
        set_s = set_by.ahead_s if set_by else 0.0
        return datetime.now(UTC) + timedelta(seconds=ahead_s + gained_s + set_s)

    return Outgoing(
        store=NotingStore(store, journal),
        sender=sender,
        secrets={name: [Secret.parse(SECRET)] for name in ENDPOINTS},
        clock=clock,
    )


class NotingStore:
    """A store that writes down, right after the commit, what was delivered, and what came too late."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store, self._journal = store, journal

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:  # Any: a Transaction that also notes
        async with self._store.transaction() as tx:
            noting = _Noting(tx)
            yield noting
        if noting.settled:
            self._journal.write(acknowledged=noting.settled, at=time.monotonic())
        if noting.is_fenced:
            self._journal.write(fenced=True)


class _Noting:
    """A transaction, its outbox and its deliveries in one."""

    def __init__(self, tx: Any) -> None:  # Any: a Transaction
        self._deliveries = tx.outbox.deliveries
        self.settled: list[tuple[str, str]] = []
        self.is_fenced = False

    @property
    def outbox(self) -> _Noting:
        return self

    @property
    def deliveries(self) -> _Noting:
        return self

    def __getattr__(self, name: str) -> Any:  # Any: what the deliveries of the store have
        return getattr(self._deliveries, name)

    async def settle(self, batch: Sequence[Any], **how: Any) -> Any:  # Any: as the original
        verdict = await self._deliveries.settle(batch, **how)
        self.is_fenced = verdict is None
        self.settled += [
            (it.delivery.endpoint, it.delivery.webhook_id)
            for it in (verdict.settlements if verdict else ())
            if it.state == "delivered"
        ]
        return verdict


def _quietly(main: Callable[[], Coroutine[Any, Any, None]]) -> None:  # Any: of no interest here
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    asyncio.run(main())
