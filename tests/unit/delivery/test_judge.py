"""The judge of histories sees what it is there for: each of these stores breaks one promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.delivery.delivery import Delivery, Lease, Tried
from syncd.delivery.schedule import ATTEMPTS
from syncd.delivery.settling import Verdict
from syncd.store.claims import BATCH
from tests.histories import History, Published, Received, Settled, verdict
from tests.memory import MemoryStore, Row
from tests.simulated import simulate


class ForgetsHeads(MemoryStore):
    """Sends whatever is open, whoever comes first."""

    async def enqueue(self, batch: Any, **how: Any) -> int:  # Any: as the original
        added = await super().enqueue(batch, **how)
        for row in self.rows:
            if row.is_open and row.due_at is None:
                row.due_at = row.queued_at
        return added


class ForgetsFencing(MemoryStore):
    """Lets a worker that slept past its lease overwrite what came after."""

    async def settle(self, batch: Sequence[Tried], *, lease: Lease, now: datetime) -> Verdict | None:
        for it in batch:
            self._row(it.delivery.id).lease = lease.token
        return await super().settle(batch, lease=lease, now=now)


class CountsOutages(MemoryStore):
    """Gives a delivery up that nobody answered ten times."""

    async def settle(self, batch: Sequence[Tried], *, lease: Lease, now: datetime) -> Verdict | None:
        found = await super().settle(batch, lease=lease, now=now)
        for it in batch:
            row = self._row(it.delivery.id)
            if it.result is not None and it.result.outcome in ("unreachable", "busy"):
                row.refusals += 1
            if row.state in ("waiting", "pending") and row.refusals >= ATTEMPTS // 2:
                row.state, row.reason = "dead", "nobody answered"
                self._promote(row.queue, now=now)
        return found


class SupersedesFacts(MemoryStore):
    """Lets a newer number take the place of a fact."""

    def _supersede(self, older: Sequence[Row], newer: Row) -> None:
        for row in older:
            row.coalesces = True
        super()._supersede(older, newer)


class NeverEndsLeases(MemoryStore):
    """What a crashed worker held is nobody's."""

    async def claim(
        self, endpoint: str, *, now: datetime, lease: Lease, limit: int = BATCH
    ) -> list[Delivery]:
        long = replace(lease, until=lease.until + timedelta(days=900))
        return await super().claim(endpoint, now=now, lease=long, limit=limit)


class SettlesFirst(MemoryStore):
    """Takes down that it is delivered before it is sent."""

    async def claim(
        self, endpoint: str, *, now: datetime, lease: Lease, limit: int = BATCH
    ) -> list[Delivery]:
        taken = await super().claim(endpoint, now=now, lease=lease, limit=limit)
        for it in taken:
            self._row(it.id).state = "delivered"
            self._promote(self._row(it.id).queue, now=now)
        return taken


class WritesAnew(MemoryStore):
    """Sends other bytes than were stored."""

    def _claimed(self, row: Row, kept: Any) -> Delivery:  # Any: as the original
        return replace(super()._claimed(row, kept), body=row.body + b" ")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (ForgetsHeads, "reordered"),
        (ForgetsFencing, "repeated"),
        (CountsOutages, "died of"),
        (SupersedesFacts, "another kind"),
        (NeverEndsLeases, "in_flight still"),
        (SettlesFirst, "nobody received it"),
        (WritesAnew, "other bytes"),
    ],
)
def test_each_kind_of_fault_is_seen(broken: type[MemoryStore], words: str) -> None:
    lives = (verdict(simulate(seed, memory=broken)) for seed in range(300))

    assert any(words in line for life in lives for line in life)


EVENT = Published(
    endpoint="okr-store",
    webhook_id="msg_1",
    subject="product/a/x",
    epoch=1,
    sequence=1,
    is_snapshot=True,
    body=b"{}",
)
TAKEN = Received(endpoint="okr-store", webhook_id="msg_1", body=b"{}", started=1.0, ended=2.0, status=204)
DELIVERED = {EVENT.name: Settled(state="delivered")}


def test_what_was_published_received_and_acknowledged_breaks_nothing() -> None:
    assert verdict(History(published=[EVENT], received=[TAKEN], settled=dict(DELIVERED))) == []


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (History(published=[EVENT]), "is not in the store"),
        (History(received=[TAKEN]), "nobody published"),
        (
            History(published=[EVENT], received=[TAKEN, TAKEN], settled=dict(DELIVERED)),
            "1 deliveries, by 0 interruptions",
        ),
        (
            History(
                published=[EVENT],
                received=[TAKEN],
                settled={EVENT.name: Settled(state="dead", reason="HTTP 422")},
            ),
            "died of 0 refusals",
        ),
    ],
    ids=["lost", "phantom", "repeated", "given up too early"],
)
def test_a_history_with_one_fault_is_called_by_it(history: History, words: str) -> None:
    (line,) = verdict(history)

    assert words in line
