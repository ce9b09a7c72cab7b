"""A hint makes its connection asked what it can have touched: soon, and never too often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.engine.embedded import EmbeddedEngine
from syncd.engine.tasks import Keeper
from syncd.inbox.inbox import Inbox
from syncd.inbox.judge import Taken
from syncd.okr.event import Source
from syncd.sdk.hooks import Hint
from syncd.sdk.measurement import Answer, Measurement, Query
from syncd.store.store import Store
from syncd.sync.site import Site
from tests.builders import CALENDAR, HALFWAY, a_key_result, an_input, mappings_of
from tests.integration.test_sync_beside import Wired

_WRITTEN = mappings_of(
    a_key_result(an_input("bugs"), subject="product/quality/bugs"),
    a_key_result(an_input("stories"), subject="product/quality/stories"),
    a_key_result(an_input("users", connection="usage"), subject="product/growth/users"),
)
MAPPINGS = replace(
    _WRITTEN, queries={key: replace(asked, ask=key.digest) for key, asked in _WRITTEN.queries.items()}
)
"""Each query depends on the routing key that is called as the query is."""


@dataclass(slots=True)
class Asked:
    """A connector that notes which queries it was asked, in one list per pull. Any: it reads none.

    Attributes:
        meanwhile: What happens while it is asked.
    """

    pulls: list[list[str]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def measure(self, queries: Sequence[Query[Any]]) -> Sequence[Answer]:
        self.meanwhile()
        self.pulls.append(sorted(query.key for query in queries))
        return [Measurement(key=query.key, value=len(self.pulls), unit="count") for query in queries]

    def check(self) -> str:
        return "nobody"

    def browse(self, about: str | None) -> Sequence[Any]:
        return ()


@dataclass(slots=True)
class World:
    """A keeper that is run by hand, at a time that the test sets."""

    store: Store
    now: datetime = HALFWAY
    tracker: Asked = field(default_factory=Asked)
    usage: Asked = field(default_factory=Asked)
    wakes: list[tuple[str, datetime | None]] = field(default_factory=list)
    min_interval: timedelta = timedelta(seconds=30)

    def keeper(self) -> Keeper:
        async def drain(_: str) -> None:
            return None

        site = Site(
            store=self.store,
            open_connection=lambda name: ({"tracker": self.tracker, "usage": self.usage}[name], Wired()),
            load=lambda _: MAPPINGS,
            calendar=CALENDAR,
            refresh=dict.fromkeys(("tracker", "usage"), timedelta(hours=1)),
            source=Source(instance="acme", epoch=self.store.epoch),
            clock=lambda: self.now,
            touches=lambda _, ask: {ask},
        )
        keeper = Keeper(
            site,
            drain=drain,
            min_interval=dict.fromkeys(("tracker", "usage"), self.min_interval),
        )
        keeper.wake = lambda _, key, at=None: self.wakes.append((key, at))
        return keeper

    async def hint(self, *keys: str | None, connection: str = "tracker", delivery: str = "") -> None:
        named = None if None in keys else frozenset(key for key in keys if key)
        inbox = Inbox(
            self.store, doors={}, rouse=lambda name: self.wakes.append((name, None)), clock=lambda: self.now
        )
        hint = Hint(id=delivery or f"{self.now} {keys}", kind="issues", keys=named)
        await inbox.record([Taken(connection=connection, hint=hint, digest="")])


@pytest.fixture
async def world(store: Store) -> World:
    return await a_world(store)


async def a_world(store: Store) -> World:
    """Everything was read a minute ago, and is due in an hour."""
    async with store.transaction() as tx:
        await tx.versions.activate({"version": "one"}, digest="one", at=HALFWAY, by="anna")
    made = World(store)
    keeper = made.keeper()
    await keeper.sync_connection("tracker")
    await keeper.sync_connection("usage")
    made.tracker.pulls.clear()
    made.usage.pulls.clear()
    made.wakes.clear()
    made.now += timedelta(minutes=1)
    return made


async def hints(store: Store) -> dict[str, dict[str, int]]:
    async with store.reading() as tx:
        return await tx.hints.all()


async def test_a_hint_asks_what_it_touched_and_nothing_else(world: World) -> None:
    await world.hint("bugs")

    await world.keeper().sync_connection("tracker")

    assert world.tracker.pulls == [["bugs"]]
    assert world.usage.pulls == []
    assert await hints(world.store) == {}


async def test_what_caused_a_sync_is_in_its_record(world: World) -> None:
    await world.hint("bugs")

    await world.keeper().sync_connection("tracker")

    async with world.store.reading() as tx:
        assert [sync.trigger for sync in await tx.syncs.last(2)] == ["hook", "schedule"]


async def test_a_hint_about_anything_asks_everything_of_its_connection(world: World) -> None:
    await world.hint(None)

    await world.keeper().sync_connection("tracker")

    assert world.tracker.pulls == [["bugs", "stories"]]


async def test_a_hint_that_touches_nothing_asks_nothing_and_is_forgotten(world: World) -> None:
    await world.hint("another project")

    await world.keeper().sync_connection("tracker")

    assert world.tracker.pulls == []
    assert await hints(world.store) == {}


async def test_a_hint_of_one_connection_is_none_of_another(world: World) -> None:
    await world.hint("bugs", connection="usage")

    await world.keeper().sync_connection("tracker")

    assert world.tracker.pulls == []


async def test_a_hint_waits_until_the_least_interval_is_over(world: World) -> None:
    keeper = world.keeper()
    await world.hint("bugs", delivery="1")
    await keeper.sync_connection("tracker")
    world.now += timedelta(seconds=10)
    await world.hint("bugs", delivery="2")
    world.wakes.clear()

    await keeper.sync_connection("tracker")

    assert len(world.tracker.pulls) == 1
    assert world.wakes == [("tracker", world.now + timedelta(seconds=20))]
    world.now += timedelta(seconds=20)
    await keeper.sync_connection("tracker")
    assert len(world.tracker.pulls) == 2


async def test_without_a_least_interval_each_hint_asks_at_once(world: World) -> None:
    world.min_interval = timedelta()
    keeper = world.keeper()
    for number in range(3):
        await world.hint("bugs", delivery=str(number))
        await keeper.sync_connection("tracker")

    assert len(world.tracker.pulls) == 3


async def test_ten_thousand_hints_in_a_minute_are_one_pull_per_least_interval(world: World) -> None:
    keeper = world.keeper()
    for second in range(60):
        inbox = Inbox(world.store, doors={}, rouse=lambda _: None, clock=lambda: world.now)
        await inbox.record(
            [
                Taken(
                    connection="tracker",
                    hint=Hint(
                        id=f"{second} {number}", kind="issues", keys=frozenset({"bugs", f"i {number}"})
                    ),
                    digest="",
                )
                for number in range(167)
            ]
        )
        await keeper.sync_connection("tracker")
        world.now += timedelta(seconds=1)

    assert len(world.tracker.pulls) == 2


async def test_a_hint_that_comes_while_its_source_is_asked_makes_one_more_pull(world: World) -> None:
    world.min_interval = timedelta()
    keeper = world.keeper()
    await world.hint("bugs", delivery="before")
    loop = asyncio.get_running_loop()

    def meanwhile() -> None:
        world.tracker.meanwhile = lambda: None
        asyncio.run_coroutine_threadsafe(world.hint("bugs", delivery="during"), loop).result(10)

    world.tracker.meanwhile = meanwhile

    world.wakes.clear()
    await keeper.sync_connection("tracker")
    assert ("tracker", None) in world.wakes
    await keeper.sync_connection("tracker")
    await keeper.sync_connection("tracker")

    assert world.tracker.pulls == [["bugs"], ["bugs"]]


async def test_a_hint_outlives_a_restart(world: World) -> None:
    await world.hint("bugs")

    await world.keeper().reconcile()

    assert ("tracker", world.now) in world.wakes


async def test_a_lost_hint_costs_no_more_than_the_refresh(world: World) -> None:
    world.now += timedelta(hours=1)

    await world.keeper().sync_connection("tracker")

    assert world.tracker.pulls == [["bugs", "stories"]]


async def test_a_flood_through_inbox_and_engine_is_one_pull(world: World) -> None:
    keeper = world.keeper()

    async def nothing() -> None:
        return None

    engine = EmbeddedEngine(
        {"sync_connection": keeper.sync_connection}, reconcile=nothing, now=lambda: world.now, sleep=never
    )
    keeper.wake = engine.wake
    inbox = Inbox(
        world.store,
        doors={},
        rouse=lambda name: engine.wake("sync_connection", name),
        clock=lambda: world.now,
    )
    jobs = [asyncio.create_task(engine.run()), asyncio.create_task(inbox.run())]
    for number in range(10_000):
        hint = Hint(id=str(number), kind="issues", keys=frozenset({"bugs"}))
        assert inbox.put(Taken(connection="tracker", hint=hint, digest=""))
    async with asyncio.timeout(60):
        while await receipts(world.store) < 10_000 or not world.tracker.pulls:  # noqa: ASYNC110  # seen in the store alone
            await asyncio.sleep(0)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)

    assert world.tracker.pulls == [["bugs"]]


async def receipts(store: Store) -> int:
    async with store.reading() as tx:
        count = await tx.connection.exec_driver_sql("SELECT count(*) FROM receipts")
        return int(count.scalar_one())


async def never(_: float) -> None:
    await asyncio.Event().wait()
