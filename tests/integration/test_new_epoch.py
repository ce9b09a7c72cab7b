"""A store that was restored from a backup: a new epoch brings consumers round to what it knows."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.client import Consumer, Effect, MemoryMarks, MemoryStore
from syncd.okr.event import DEFINED, PROGRESSED, REMOVED, Source, events_between, removals
from syncd.okr.lifecycle import UNCHANGED, Lifecycle
from syncd.okr.state import KeyResultState, State
from syncd.store.store import Store
from syncd.store.transaction import Transaction
from syncd.sync.announce import Announced, begin_epoch
from syncd.webhooks.drain import attempt_due_once
from tests.deliveries import (
    NOW,
    SECRET,
    Obeying,
    Sent,
    Time,
    an_answer,
    an_endpoint,
    an_event,
    enqueue,
    outgoing,
    statements,
    subscribe,
)
from tests.states import a_state, a_subject, an_objective_state, many_states

NAMES = [f"product/faster/kr-{number}" for number in range(6)]


async def begin(store: Store, *, at: Any = NOW) -> Announced:  # Any: datetime
    async with store.transaction() as tx:
        return await begin_epoch(tx, source=Source(instance="acme", epoch=store.epoch), at=at)


async def bodies(store: Store) -> list[dict[str, Any]]:
    """Of all that is sent now, in order."""
    sender = Obeying()
    await attempt_due_once(outgoing(store, sender, time=Time(NOW + timedelta(days=30))))
    return [json.loads(sent.body) for sent in sender.sent]


async def test_what_is_sent_is_told_whole_and_what_was_known_once_as_removed(store: Store) -> None:
    gone, hidden, unheard = "product/faster/gone", "product/faster/hidden", "product/faster/unheard"
    states = [
        a_state(current=3.0, progress=0.5, sequence=4),
        an_objective_state(sequence=2, progress=0.5, known=1, of=1),
        a_state(gone, sequence=7),
        a_state(hidden, sequence=3, shadow_since=NOW),
        a_state(unheard, is_pushed=False),
    ]
    await subscribe(store)
    async with store.transaction() as tx:
        await tx.states.save(states, at=NOW, sync_id=None)
        await tx.states.archive([a_subject(gone)], at=NOW)

    announced = await begin(store)

    told = {
        (body["type"], body["data"].get("key_result", body["data"].get("objective"))["id"]): body
        for body in await bodies(store)
    }
    assert {key: body["data"]["sequence"] for key, body in told.items()} == {
        (PROGRESSED, "product/faster/cycle-time"): 5,
        ("objective.progressed", "product/faster"): 3,
        (REMOVED, gone): 8,
        (REMOVED, hidden): 4,
    }
    assert told[PROGRESSED, "product/faster/cycle-time"]["data"]["key_result"]["current"] == 3.0
    assert {body["source"]["epoch"] for body in told.values()} == {announced.begun.epoch}
    assert (announced.told, announced.removed) == (2, 2)


async def test_sequences_go_on_and_nothing_else_of_a_subject_changes(store: Store) -> None:
    state = a_state(current=3.0, sequence=4, details={"latest": 2.0})
    async with store.transaction() as tx:
        await tx.states.save([state], at=NOW, sync_id=None)

    await begin(store)

    async with store.reading() as tx:
        assert await tx.states.get() == {state.subject: replace(state, sequence=5)}


async def test_a_name_that_was_set_aside_is_not_told(store: Store) -> None:
    old, new = a_subject("product/faster/old"), a_subject("product/faster/new")
    await subscribe(store)
    async with store.transaction() as tx:
        await tx.states.save([a_state(old.id, sequence=2), a_state(new.id, sequence=9)], at=NOW, sync_id=None)
        await tx.states.archive([new], at=NOW)
        await tx.states.move({new: old}, at=NOW)

    await begin(store)

    said = {(body["type"], body["data"]["key_result"]["id"]) for body in await bodies(store)}
    assert said == {(PROGRESSED, new.id), (REMOVED, old.id)}


async def test_an_epoch_is_greater_than_the_one_before_whatever_the_clock_says(store: Store) -> None:
    in_time = await begin(store, at=NOW)
    at_once = await begin(store, at=NOW)
    set_back = await begin(store, at=NOW - timedelta(days=365))

    assert in_time.begun == (store.epoch, int(NOW.timestamp()))
    assert at_once.begun.epoch == int(NOW.timestamp()) + 1
    assert set_back.begun.epoch == int(NOW.timestamp()) + 2


async def test_a_store_that_is_opened_again_is_in_its_new_epoch(store: Store, store_url: str) -> None:
    begun = (await begin(store)).begun

    async with await Store.open(store_url, now=NOW) as again:
        assert again.epoch == begun.epoch


async def test_a_process_that_opened_the_store_before_speaks_in_the_new_epoch(store: Store) -> None:
    await subscribe(store)
    before = Source(instance="acme", epoch=store.epoch)
    first = await begin(store)
    second = await begin(store)

    async with store.transaction() as tx:
        await tx.outbox.enqueue([an_event()], source=before, at=NOW)

    assert first.begun.epoch < second.begun.epoch
    assert [body["source"]["epoch"] for body in await bodies(store)] == [second.begun.epoch]


async def test_an_announcement_takes_the_place_of_a_waiting_number_and_of_nothing_else(store: Store) -> None:
    await subscribe(store)
    async with store.transaction() as tx:
        await tx.states.save([a_state(sequence=2), a_state("product/a/y", sequence=1)], at=NOW, sync_id=None)
    await enqueue(store, an_event(sequence=1, type_=DEFINED), an_event(sequence=2), an_event("product/a/y"))

    await begin(store)

    said = [(body["data"]["key_result"]["id"], body["data"]["sequence"]) for body in await bodies(store)]
    assert sorted(said) == [
        ("product/a/y", 2),
        ("product/faster/cycle-time", 1),
        ("product/faster/cycle-time", 3),
    ]


async def test_statements_do_not_grow_with_subjects(store: Store) -> None:
    await subscribe(store)
    counts = []
    states = many_states(200)
    # The first finds nothing that waits and yields to it; both others do.
    for new in (states[:1], states[1:11], states[11:]):
        async with store.transaction() as tx:
            await tx.states.save(new, at=NOW, sync_id=None)
        async with store.transaction() as tx:
            with statements(tx) as seen:
                await begin_epoch(tx, source=Source(instance="acme", epoch=store.epoch), at=NOW)
            counts.append(len(seen))

    assert counts[1] == counts[2]


# The law: any history, a backup at any point of it, more history, the backup restored.


@dataclass(slots=True)
class Book:
    """A consumer of ours: what it holds in the end, of whatever comes."""

    time: Time
    kept: dict[str, Any] = field(default_factory=dict)
    consumer: Consumer[MemoryMarks] = field(init=False)

    def __post_init__(self) -> None:
        self.consumer = Consumer(
            secrets=[SECRET], store=MemoryStore(), apply=self._apply, clock=self.time.seconds
        )

    def _apply(self, effect: Effect, _: MemoryMarks) -> None:
        if effect.drop is not None:
            self.kept.pop(effect.drop.id, None)
        if effect.put is not None:
            told = effect.event.data.get("key_result") or effect.event.data["objective"]
            self.kept[effect.put.id] = (told["title"], told.get("current"), told["progress"])

    def take(self, sent: Sent) -> None:
        self.consumer.receive(sent.headers, sent.body)


@dataclass(frozen=True, slots=True)
class Defined:
    """What the mapping files say of one key result. They are kept elsewhere, and outlive a lost store."""

    title: str = "Sooner"
    is_shadow: bool = False
    was: str | None = None


async def tell(tx: Transaction, after: list[State], *, told: Lifecycle = UNCHANGED) -> None:
    states = {state.subject: state for state in after}
    before = await tx.states.get(states, lock=True)
    states, events = events_between(before, states, now=NOW, lifecycle=told)
    await tx.states.save(states.values(), at=NOW, sync_id=None)
    # As a process says it that opened the store in its first epoch.
    await tx.outbox.enqueue(events, source=Source(instance="acme", epoch=EPOCH), at=NOW)


EPOCH = int(NOW.timestamp())


async def apply(tx: Transaction, files: Mapping[str, Defined]) -> None:
    """As `syncd apply` does it."""
    known = await tx.states.get()
    moved = {
        a_subject(name): a_subject(it.was)
        for name, it in files.items()
        if it.was is not None and a_subject(it.was) in known and it.was not in files
        if a_subject(name) not in known
    }
    await tx.states.move(moved, at=NOW)
    here = (known.keys() - moved.values()) | moved.keys()
    removed = here - {a_subject(name) for name in files}
    last, events = removals(await tx.states.get(removed), now=NOW)
    await tx.states.save(last.values(), at=NOW, sync_id=None)
    await tx.states.archive(removed, at=NOW)
    await tx.outbox.enqueue(events, source=Source(instance="acme", epoch=EPOCH), at=NOW)
    defined = frozenset(a_subject(name) for name in files) - here
    await tx.states.restore(defined)
    before = await tx.states.get()
    after: list[State] = []
    for name, it in files.items():
        state = before.get(a_subject(name), a_state(name))
        since = (state.shadow_since or NOW) if it.is_shadow else None
        after.append(replace(state, title=it.title, shadow_since=since))
    await tell(tx, after, told=Lifecycle(moved=moved, defined=defined))


class Life:
    """One installation over its store, which may be lost, and one consumer, which stays."""

    def __init__(self, path: Path, *, seed: int) -> None:
        self.path, self.backup = path, path.with_suffix(".backup")
        self.chance = random.Random(seed)
        self.files = {NAMES[0]: Defined()}
        self.time = Time()
        self.book = Book(self.time)

    async def open(self) -> Store:
        return await Store.open(f"sqlite:///{self.path}", now=NOW)

    async def live(self, store: Store, *, steps: int) -> None:
        steps_known: list[Callable[[], None]] = [self.define, self.remove, self.move, self.shade]
        for _ in range(steps):
            if self.chance.random() < 0.5:
                self.chance.choice(steps_known)()
                async with store.transaction() as tx:
                    await apply(tx, self.files)
            else:
                await self.measure(store)
            if self.chance.random() < 0.6:
                await self.deliver(store, failing=0.3)

    def define(self) -> None:
        self.files.setdefault(self.chance.choice(NAMES), Defined())

    def remove(self) -> None:
        self.files.pop(self.chance.choice(NAMES), None)

    def move(self) -> None:
        old, new = self.chance.choice(NAMES), self.chance.choice(NAMES)
        if old in self.files and new not in self.files:
            self.files[new] = replace(self.files.pop(old), was=old)

    def shade(self) -> None:
        name = self.chance.choice(NAMES)
        if name in self.files:
            self.files[name] = replace(self.files[name], is_shadow=not self.files[name].is_shadow)

    async def measure(self, store: Store) -> None:
        async with store.transaction() as tx:
            found = [it for it in (await tx.states.get()).values() if isinstance(it, KeyResultState)]
            moved = self.chance.sample(found, k=min(len(found), 2))
            value = self.chance.random()
            await tell(tx, [replace(it, current=value, progress=value) for it in moved])

    async def deliver(self, store: Store, *, failing: float) -> None:
        self.time.pass_by(days=2)

        def reply(sent: Sent) -> Any:  # Any: an Answer
            if self.chance.random() < failing:
                return an_answer(503)
            self.book.take(sent)
            return an_answer(204)

        await attempt_due_once(outgoing(store, Obeying(reply), time=self.time))

    def save_backup(self) -> None:
        with closing(sqlite3.connect(self.path)) as live, closing(sqlite3.connect(self.backup)) as copy:
            live.backup(copy)

    def restore_backup(self) -> None:
        for beside in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + beside).unlink(missing_ok=True)
        shutil.copy(self.backup, self.path)


async def sent_by(store: Store) -> dict[str, Any]:
    async with store.reading() as tx:
        found = await tx.states.get()
    return {
        state.subject.id: (state.title, getattr(state, "current", None), state.progress)
        for state in found.values()
        if state.is_sent
    }


async def lived(path: Path, *, seed: int, announces: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the consumer holds in the end, and what syncd says."""
    life = Life(path, seed=seed)
    async with await life.open() as store:
        await subscribe(store, an_endpoint())
        await life.live(store, steps=life.chance.randrange(1, 12))
        life.save_backup()
        await life.live(store, steps=life.chance.randrange(1, 12))
    life.restore_backup()
    async with await life.open() as store:
        if announces:
            await begin(store, at=life.time.now)
        async with store.transaction() as tx:
            await apply(tx, life.files)
        await life.live(store, steps=life.chance.randrange(6))
        for _ in range(40):
            await life.deliver(store, failing=0.0)
        return life.book.kept, await sent_by(store)


@pytest.mark.parametrize("seed", range(25))
async def test_a_consumer_of_a_restored_store_ends_with_what_it_says(tmp_path: Path, seed: int) -> None:
    held, said = await lived(tmp_path / "syncd.db", seed=seed)

    assert held == said


async def test_without_a_new_epoch_some_consumer_would_not(tmp_path: Path) -> None:
    for seed in range(8):
        held, said = await lived(tmp_path / f"{seed}.db", seed=seed, announces=False)
        if held != said:
            return

    pytest.fail("the test of a restored store would not notice a missing announcement")
