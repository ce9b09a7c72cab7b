"""A sync asks for long; what others commit meanwhile is not overwritten with what it had read before."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from syncd.okr.closing import Closing
from syncd.okr.definition import Mappings, Reach, Subject
from syncd.okr.event import Source
from syncd.okr.state import KeyResultState
from syncd.sdk.measurement import Answer, Measurement, Query
from syncd.store.store import Store
from syncd.store.transaction import Transaction
from syncd.sync.closing import close
from syncd.sync.ending import judge_last
from syncd.sync.run import sync
from syncd.sync.settle import settle
from syncd.sync.site import Site
from tests.builders import CALENDAR, CYCLE, HALFWAY, a_key_result, an_input, mappings_of

SUBJECT = Subject("2026-Q4", "product/faster/cycle-time")


class Wired:
    """Counts nothing."""

    requests = bytes = not_modified = waits = 0
    wait_s = 0.0

    @contextmanager
    def batch(self) -> Iterator[Wired]:
        yield self


@dataclass(slots=True)
class Slow:
    """Answers every query with `value`, once it may. Any: it looks at no query."""

    value: float
    may: threading.Event
    asked: threading.Event

    def measure(self, queries: Sequence[Query[Any]]) -> Sequence[Answer]:
        value = self.value
        self.asked.set()
        assert self.may.wait(10)
        return [Measurement(key=query.key, value=value, unit="count") for query in queries]

    def check(self) -> str:
        return "nobody"

    def browse(self, about: str | None) -> Sequence[Any]:
        return ()


def slow(value: float, *, held: bool = False) -> Slow:
    may = threading.Event()
    if not held:
        may.set()
    return Slow(value=value, may=may, asked=threading.Event())


def of(target: float) -> Mappings:
    return mappings_of(
        a_key_result(
            an_input("open"),
            an_input("users", connection="usage"),
            value="open + users",
            kind=Reach(start=0, target=target),
        )
    )


VERSIONS = {"one": of(100), "two": of(50)}


async def a_site(store: Store, connectors: Mapping[str, Slow]) -> Site:
    site = Site(
        store=store,
        open_connection=lambda name: (connectors[name], Wired()),
        load=lambda files: VERSIONS[files["version"]],
        calendar=CALENDAR,
        refresh={},
        source=Source(instance="acme", epoch=store.epoch),
        clock=lambda: HALFWAY,
    )
    await apply(site, "one")
    return site


async def apply(site: Site, version: str) -> None:
    async with site.store.transaction() as tx:
        await tx.versions.activate({"version": version}, digest=version, at=HALFWAY, by="anna")
        await settle(tx, site=site, mappings=VERSIONS[version])


async def state(site: Site) -> KeyResultState:
    async with site.store.reading() as tx:
        found = (await tx.states.get())[SUBJECT]
    assert isinstance(found, KeyResultState)
    return found


async def asked(connector: Slow) -> None:
    assert await asyncio.to_thread(connector.asked.wait, 10)


async def test_a_slow_sync_does_not_bring_back_what_another_connection_has_read_anew(store: Store) -> None:
    tracker, usage = slow(1, held=True), slow(10)
    site = await a_site(store, {"tracker": tracker, "usage": usage})
    await sync(site, trigger="test", connections=["usage"])
    slow_one = asyncio.create_task(sync(site, trigger="test", connections=["tracker"]))
    await asked(tracker)

    usage.value = 20
    await sync(site, trigger="test", connections=["usage"])
    tracker.may.set()
    await slow_one

    assert (await state(site)).current == 21


async def test_what_was_applied_during_a_sync_stays_applied(store: Store) -> None:
    tracker, usage = slow(1, held=True), slow(10)
    site = await a_site(store, {"tracker": tracker, "usage": usage})
    slow_one = asyncio.create_task(sync(site, trigger="test"))
    await asked(tracker)

    await apply(site, "two")
    tracker.may.set()
    await slow_one

    found = await state(site)
    assert (found.target, found.current, found.progress) == (50, 11, 0.22)


async def test_a_sync_of_one_connection_evaluates_with_the_stored_answers_of_the_others(store: Store) -> None:
    tracker, usage = slow(1), slow(10)
    site = await a_site(store, {"tracker": tracker, "usage": usage})
    await sync(site, trigger="test")

    tracker.value = 5
    await sync(site, trigger="test", connections=["tracker"])

    assert (await state(site)).current == 15


async def test_a_sync_that_meets_a_closing_finds_the_cycle_closed(store: Store) -> None:
    tracker, usage = slow(1), slow(10)
    site = await a_site(store, {"tracker": tracker, "usage": usage})
    await sync(site, trigger="test")
    tracker.value = 50

    async with store.transaction() as tx:
        await close_now(tx, site)
        meanwhile = asyncio.create_task(sync(site, trigger="test"))
        await somebody_waits(store, meanwhile, usage)
    await meanwhile

    assert (await state(site)).current == 11


async def test_a_closing_that_meets_a_sync_comes_after_it(store: Store) -> None:
    tracker, usage = slow(1), slow(10)
    site = await a_site(store, {"tracker": tracker, "usage": usage})
    async with store.transaction() as tx:
        await tx.cycles.closed(lock=True)  # as a sync begins to record

        closing = asyncio.create_task(closed(site))
        await somebody_waits(store, closing)
        still_open = await tx.cycles.closed()
    await closing

    assert still_open == {}
    async with store.reading() as tx:
        assert list(await tx.cycles.closed()) == [CYCLE.name]


async def closed(site: Site) -> None:
    async with site.store.transaction() as tx:
        await close_now(tx, site)


async def close_now(tx: Transaction, site: Site) -> None:
    await judge_last(tx, site=site, author="anna")
    closing = Closing(cycle=CYCLE.name, at=HALFWAY, by="anna")
    await close(tx, CYCLE, closing, source=site.source, now=HALFWAY)


async def somebody_waits(store: Store, task: asyncio.Task[Any], *connectors: Slow) -> None:
    """Until `task`, which may have asked these connectors, waits for a lock: PostgreSQL says so."""
    for connector in connectors:
        await asked(connector)
    while store.dialect == "postgresql" and not task.done():
        async with store.reading() as tx:
            waiting = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'"
            )
            if (await tx.connection.execute(waiting)).scalar_one():
                return
