"""The store in SQL does, row by row, what the one in memory does."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import case, select

from syncd.delivery.delivery import Delivery, Lease, Result
from syncd.delivery.outcome import Outcome
from syncd.okr.event import FRESHNESS_CHANGED, PROGRESSED
from syncd.store.deliveries import deliveries, is_open
from syncd.store.store import Store
from tests.deliveries import NOW, SOURCE, a_result, an_endpoint, an_event, tried
from tests.memory import MemoryStore

T = TypeVar("T")

NAMES = ("okr-store", "warehouse")
OUTCOMES: tuple[Outcome | None, ...] = (
    "delivered", "busy", "unreachable", "unreachable", "refused", "gone", "quarantined", None,
)  # fmt: skip

names = st.sampled_from(NAMES)
types = st.sampled_from((PROGRESSED, PROGRESSED, FRESHNESS_CHANGED, "key_result.moved"))
subjects = st.sampled_from(("product/a/x", "product/a/y"))


class BothStores(RuleBasedStateMachine):
    """Whatever is done is done to both."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.memory = MemoryStore()
        self.store = self.run(Store.open(f"sqlite:///{self.folder / 'syncd.db'}", now=NOW))
        self.now = NOW
        self.sequences: dict[str, int] = {}
        self.claims = 0
        self.claimed: list[tuple[Lease, list[Delivery]]] = []
        self.both("sync_endpoints", [an_endpoint(name) for name in NAMES], at=NOW)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    # Any: what is called, with what, and what it answers.
    def both(self, what: str, *given: Any, of: str = "", **more: Any) -> Any:
        async def in_both() -> Any:
            async with self.store.transaction() as tx:
                outbox = getattr(tx.outbox, of) if of else tx.outbox
                from_sql = await getattr(outbox, what)(*given, **more)
            return from_sql, await getattr(self.memory, what)(*given, **more)

        from_sql, from_memory = self.run(in_both())
        assert from_sql == from_memory
        return from_sql

    @rule(changes=st.lists(st.tuples(subjects, types), min_size=1, max_size=4))
    def enqueue(self, changes: list[tuple[str, str]]) -> None:
        events = []
        for subject, type_ in changes:
            self.sequences[subject] = self.sequences.get(subject, 0) + 1
            events.append(an_event(subject, self.sequences[subject], type_=type_))
        self.both("enqueue", events, source=SOURCE, at=self.now)

    @rule(name=names, limit=st.sampled_from((1, 2, 100)))
    def claim(self, name: str, limit: int) -> None:
        self.claims += 1
        lease = Lease(token=str(self.claims), until=self.now + timedelta(seconds=60))
        found = self.both("claim", name, of="deliveries", now=self.now, lease=lease, limit=limit)
        if found:
            self.claimed.append((lease, found))

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        if not self.claimed:
            return
        lease, batch = self.claimed.pop(data.draw(st.integers(0, len(self.claimed) - 1)))
        results = [
            tried(delivery, self.came_to(data.draw(st.sampled_from(OUTCOMES)), number))
            for number, delivery in enumerate(batch)
        ]
        self.both("settle", results, of="deliveries", lease=lease, now=self.now)

    def came_to(self, outcome: Outcome | None, number: int) -> Result | None:
        return outcome and a_result(outcome, at=self.now - timedelta(milliseconds=number))

    @rule(seconds=st.sampled_from((0.01, 4, 6, 61, 400, 3_600, 90_000, -1_000)))
    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(name=names, what=st.sampled_from(("enable", "disable", "pause")))
    def stop_or_start(self, name: str, what: str) -> None:
        self.both(what, name, of="operating", at=self.now)

    @rule(name=names)
    def resume(self, name: str) -> None:
        self.both("resume", name, of="operating")

    @rule(data=st.data())
    def redeliver(self, data: st.DataObject) -> None:
        if self.memory.rows:
            key = data.draw(st.integers(1, len(self.memory.rows)))
            self.both("redeliver", [key], of="operating", at=self.now)

    @rule(name=names, data=st.data())
    def replay(self, name: str, data: st.DataObject) -> None:
        if self.memory.stored:
            first = data.draw(st.integers(1, len(self.memory.stored)))
            self.both("replay", name, of="operating", from_event=first, at=self.now)

    @rule()
    def release_all(self) -> None:
        self.both("release_all", of="deliveries", now=self.now)

    @invariant()
    def rows_are_the_same(self) -> None:
        assert self.run(self.rows_in_sql()) == [
            (
                row.id, row.webhook_id, row.sequence, row.state, row.attempts, row.refusals,
                row.coalesced_from, row.first_failed_at, row.waits_for if row.is_open else None,
                row.due_at if row.is_open else None, row.lease if row.is_open else None, row.reason,
            )
            for row in self.memory.rows
        ]  # fmt: skip

    @invariant()
    def endpoints_are_the_same(self) -> None:
        assert self.run(self.endpoints_in_sql()) == {
            name: (kept.reach, kept.is_paused) for name, kept in self.memory.kept.items()
        }

    @invariant()
    def what_is_due_is_the_same(self) -> None:
        self.both("due_endpoints", self.now, of="deliveries")
        self.both("count_open", of="deliveries")
        for name in NAMES:
            self.both("next_due_at", name, of="deliveries")

    async def rows_in_sql(self) -> list[tuple[Any, ...]]:  # Any: values of all kinds
        shown = select(
            deliveries.c.id, deliveries.c.webhook_id, deliveries.c.sequence, deliveries.c.state,
            deliveries.c.attempts, deliveries.c.refusals, deliveries.c.coalesced_from,
            deliveries.c.first_failed_at, case((is_open, deliveries.c.waits_for)),
            case((is_open, deliveries.c.due_at)), case((is_open, deliveries.c.lease)), deliveries.c.reason,
        )  # fmt: skip
        async with self.store.reading() as tx:
            return [tuple(row) for row in await tx.connection.execute(shown.order_by(deliveries.c.id))]

    async def endpoints_in_sql(self) -> dict[str, tuple[Any, bool]]:  # Any: a Reach
        async with self.store.reading() as tx:
            return {
                it.endpoint.name: (it.reach, it.paused_at is not None)
                for it in await tx.outbox.endpoints.all()
            }

    def teardown(self) -> None:
        self.run(self.store.close())
        self.loop.close()
        shutil.rmtree(self.folder)


TestBothStores = BothStores.TestCase
TestBothStores.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
