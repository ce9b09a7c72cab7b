"""Law: of every past moment the store says what was said then, and replaying it gives the same."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, NoReturn

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.errors import ConfigError, SourceUnavailable
from syncd.okr.definition import Calendar, Guard, KeyResult, Mappings, Smooth
from syncd.okr.event import Source
from syncd.okr.kinds import Change, Composite, Keep, Rate, Reach
from syncd.okr.lifecycle import lifecycle
from syncd.okr.names import QueryKey, Subject
from syncd.okr.replay import differences
from syncd.okr.state import KeyResultState, States
from syncd.okr.word import Word
from syncd.sdk.measurement import Measurement
from syncd.store.store import Store
from syncd.sync.measure import Answered, Answers
from syncd.sync.run import record
from syncd.sync.settle import remove, settle
from syncd.sync.site import Site
from syncd.sync.speak import speak
from syncd.views.past import replayed_of, said_at
from tests.builders import BERLIN, CYCLE, a_key_result, a_query_key, an_input, mappings_of

BEGINS_AT = CYCLE.starts_at + timedelta(days=3)
A, B = a_query_key("a"), a_query_key("b", connection="usage")
Version = Literal["first", "retargeted", "renamed", "without"]


def a_version(version: Version) -> Mappings:
    """Key results that remember, over two queries; the last one is renamed, retargeted, or gone."""
    a, b = an_input("a"), an_input("b", connection="usage")

    def named(name: str, **more: object) -> KeyResult:
        return a_key_result(a, subject=f"product/faster/{name}", value="a", **more)  # type: ignore[arg-type]  # fields of KeyResult

    last = named("last", kind=Reach(start=0, target=50 if version == "retargeted" else 100))
    if version == "renamed":
        name = Subject(CYCLE.name, "product/faster/renamed")
        last = replace(last, subject=name, was=last.subject)
    key_results = [
        named("change", kind=Change(amount=0.4, is_relative=True)),
        named("mean", kind=Keep(high=60, by="mean")),
        named("rate", kind=Rate(need=3, every="week", of="running_total")),
        named("smooth", smooth=Smooth(days=3)),
        named("guarded", guard=Guard(max_jump=30)),
        a_key_result(a, b, subject="product/faster/share", value="a / (a + b)", unit="ratio"),
        *([] if version == "without" else [last]),
    ]
    parts = tuple((key_result.subject, 1.0) for key_result in key_results[:2])
    key_results.append(a_key_result(subject="product/faster/mix", kind=Composite(parts=parts)))
    return replace(mappings_of(*key_results), digest=f"digest of {version}")


VERSIONS: Mapping[str, Mappings] = {
    name: a_version(name) for name in ("first", "retargeted", "renamed", "without")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A sync, or what else happens."""

    does: Literal["sync", "sync", "apply", "check_in", "confirm", "time"]
    a: float | None = 1.0
    b: float | None = 1.0
    approximate: bool = False
    version: Version = "first"
    hours: int = 1


@dataclass(slots=True)
class Living:
    """An installation without files and sources, and everything that it ever said."""

    store: Store
    now: datetime = BEGINS_AT
    version: str = "first"
    said: list[tuple[datetime, States]] = field(default_factory=list)

    @property
    def site(self) -> Site:
        def open_connection(name: str) -> NoReturn:
            raise ConfigError(f"nothing asks {name!r} here")

        return Site(
            store=self.store,
            open_connection=open_connection,
            load=lambda files: VERSIONS[files["version"]],
            calendar=Calendar(zone=BERLIN),
            refresh={},
            source=Source(instance="acme", epoch=self.store.epoch),
            clock=lambda: self.now,
        )

    async def does(self, step: Step) -> None:
        self.now += step.hours * timedelta(hours=1)
        if step.does == "sync":
            await self._sync(step)
        elif step.does == "apply":
            await self._apply(step.version)
        elif step.does == "time":
            async with self.store.transaction() as tx:
                await settle(tx, site=self.site, mappings=VERSIONS[self.version])
        else:
            await self._speak(step)
        async with self.store.reading() as tx:
            self.said.append((self.now, await tx.states.get()))

    async def _sync(self, step: Step) -> None:
        asked = [self._answers(A, step.a, step), self._answers(B, step.b, step)]
        async with self.store.transaction() as tx:
            await record(
                tx,
                site=self.site,
                asked=asked,
                exact=(),
                everything=False,
                started_at=self.now,
                trigger="schedule",
            )

    def _answers(self, key: QueryKey, value: float | None, step: Step) -> Answers:
        answer: Answered = SourceUnavailable("the source is down")
        if value is not None:
            answer = Measurement(key=key.wire, value=value, unit="count", approximate=step.approximate)
        return Answers(
            connection=key.connection, wanted=1, answers={key: answer}, asked_at=self.now, seconds=0.0
        )

    async def _apply(self, version: str) -> None:
        new = VERSIONS[version]
        async with self.store.transaction() as tx:
            changes = lifecycle(VERSIONS[self.version], new, known=set(await tx.states.get()))
            await tx.versions.activate({"version": version}, digest=new.digest, at=self.now, by="anna")
            await tx.states.move(changes.moved, at=self.now)
            await remove(tx, site=self.site, removed=changes.removed, version=new.digest, author="anna")
            await tx.states.restore(changes.defined)
            await settle(tx, site=self.site, mappings=new, lifecycle=changes, cause="apply", author="anna")
        self.version = version

    async def _speak(self, step: Step) -> None:
        name = "smooth" if step.does == "check_in" else "guarded"
        subject = Subject(CYCLE.name, f"product/faster/{name}")
        word = Word(
            subject=subject, author="anna", at=self.now, value=step.a, until=self.now + timedelta(hours=5)
        )
        async with self.store.transaction() as tx:
            state = (await tx.states.get([subject])).get(subject)
            if not isinstance(state, KeyResultState):
                return
            if step.does == "confirm":
                held = (state.details or {}).get("held")
                if held is None:
                    return
                word = Word(subject=subject, author="anna", at=self.now, confirms=held["value"])
            await speak(tx, site=self.site, mappings=VERSIONS[self.version], word=word)


async def live(store: Store, steps: list[Step]) -> None:
    """Lives the steps, then looks back at every one of them."""
    living = Living(store)
    await living._apply("first")
    for step in steps:
        await living.does(step)
    by_digest = {mappings.digest: mappings for mappings in VERSIONS.values()}
    async with store.reading() as tx:
        for at, states in living.said:
            for subject, state in states.items():
                said = await said_at(tx, subject, at=at)
                assert said.snapshot is not None
                assert said.version is not None
                # A renamed one is asked for by the name that it had.
                found = replace(said.snapshot.said, subject=subject)
                assert differences(state, found) == [], (at, subject)
                replayed = replayed_of(said, by_digest[said.version], unreadable=None)
                assert replayed.reason is None, replayed.reason
                assert replayed.differs == (), (at, subject, said.snapshot, replayed.state)


VALUE = st.one_of(st.none(), st.integers(1, 120).map(float))
STEPS = st.lists(
    st.builds(
        Step,
        does=st.sampled_from(["sync", "sync", "sync", "apply", "check_in", "confirm", "time"]),
        a=VALUE,
        b=VALUE,
        approximate=st.booleans(),
        version=st.sampled_from(["first", "retargeted", "renamed", "without"]),
        hours=st.integers(1, 60),
    ),
    min_size=3,
    max_size=8,
)


@settings(max_examples=10, deadline=None)
@given(STEPS)
def test_every_past_moment_says_and_replays_what_was_said_then(steps: list[Step]) -> None:
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with await Store.open(f"sqlite:///{folder}/syncd.db", now=BEGINS_AT) as store:
                await live(store, steps)

    asyncio.run(run())


async def test_one_long_life_is_replayed_on_every_database(store: Store) -> None:
    chance = random.Random(20261001)
    doing = ("sync", "sync", "sync", "apply", "check_in", "confirm", "time")
    steps = [
        Step(
            does=chance.choice(doing),  # type: ignore[arg-type]  # one of these words
            a=chance.choice([None, float(chance.randint(1, 120))]),
            b=float(chance.randint(1, 9)),
            approximate=chance.random() < 0.3,
            version=chance.choice(list(VERSIONS)),  # type: ignore[arg-type]  # one of these words
            hours=chance.randint(1, 30),
        )
        for _ in range(15)
    ]

    await live(store, steps)


async def test_an_unchanged_number_adds_no_row_however_often_it_is_read(store: Store) -> None:
    living = Living(store)
    await living._apply("first")
    await living.does(Step(does="sync"))
    rows = await count(store)

    for _ in range(5):
        living.now += timedelta(seconds=10)
        await living._sync(Step(does="sync"))

    assert await count(store) == rows


async def count(store: Store) -> int:
    async with store.reading() as tx:
        found = await tx.connection.exec_driver_sql("SELECT count(*) FROM snapshots")
        number: int = found.scalar_one()
        return number
