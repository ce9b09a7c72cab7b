"""The store of deliveries as plain Python: for simulations, and as the model of the one in SQL.

It has the interface of `syncd.store` as far as delivering goes. Whatever it does between two awaits
is one transaction.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncd.delivery.circuit import CLOSED, claimed, given_back, places
from syncd.delivery.delivery import Delivery, Lease, State, Tried, WaitsFor
from syncd.delivery.settling import Reach, Verdict, settle
from syncd.delivery.superseding import Queued, supersede
from syncd.okr.event import Event, Source, webhook_id
from syncd.store.claims import BATCH
from syncd.store.endpoints import Endpoint


@dataclass(slots=True, kw_only=True)
class Row:
    """A delivery; the fields are the columns of `syncd.store.deliveries`."""

    id: int
    event_id: int
    endpoint: str
    webhook_id: str
    subject: str
    sequence: int
    coalesces: bool
    body: bytes
    queued_at: datetime
    due_at: datetime | None = None
    state: State = "pending"
    coalesced_from: int | None = None
    attempts: int = 0
    refusals: int = 0
    first_failed_at: datetime | None = None
    waits_for: WaitsFor | None = None
    lease: str | None = None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state not in ("delivered", "dead", "superseded")

    @property
    def is_head(self) -> bool:
        return self.is_open and self.due_at is not None

    @property
    def queue(self) -> tuple[str, str]:
        return self.endpoint, self.subject


@dataclass(slots=True, kw_only=True)
class Kept:
    """An endpoint."""

    id: int
    endpoint: Endpoint
    reach: Reach = field(default_factory=Reach)
    is_paused: bool = False

    @property
    def is_live(self) -> bool:
        return self.reach.disabled is None and not self.is_paused


class MemoryStore:
    """Also its own transaction, outbox, deliveries, listing and operating."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.stored: list[Event] = []
        self.rows: list[Row] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryStore]:
        yield self

    @property
    def outbox(self) -> MemoryStore:
        return self

    @property
    def deliveries(self) -> MemoryStore:
        return self

    @property
    def operating(self) -> MemoryStore:
        return self

    def copied(self) -> MemoryStore:
        """A backup."""
        backup = type(self)()
        backup.kept = {name: copy.copy(kept) for name, kept in self.kept.items()}
        backup.stored = list(self.stored)
        backup.rows = [copy.copy(row) for row in self.rows]
        return backup

    def restore(self, backup: MemoryStore) -> None:
        restored = backup.copied()
        self.kept, self.stored, self.rows = restored.kept, restored.stored, restored.rows

    async def sync_endpoints(self, settings: Iterable[Endpoint], *, at: datetime) -> None:
        for endpoint in settings:
            known = self.kept.get(endpoint.name)
            self.kept[endpoint.name] = known or Kept(id=len(self.kept) + 1, endpoint=endpoint)

    async def enqueue(self, batch: Sequence[Event], *, source: Source, at: datetime) -> int:
        added = 0
        self.stored += batch
        for kept in self.kept.values():
            busy: set[tuple[str, str]] = set()
            for number, event in enumerate(batch, len(self.stored) - len(batch) + 1):
                if not kept.endpoint.takes(event.type, event.tier):
                    continue
                added += 1
                row = self._new(event, number, kept, source=source, at=at)
                # Events of one change do not supersede each other: the first alone finds what waited.
                if row.queue not in busy:
                    self._supersede(self._open_in(row.queue), row)
                if not any(it.is_head for it in self._open_in(row.queue)):
                    row.due_at = row.due_at or at
                busy.add(row.queue)
                self.rows.append(row)
        return added

    async def due_endpoints(self, now: datetime) -> list[str]:
        due = {row.endpoint for row in self.rows if row.is_head and row.due_at and row.due_at <= now}
        lets_through = {name for name, it in self.kept.items() if places(it.reach.circuit, limit=1, now=now)}
        return sorted(name for name in due & lets_through if self.kept[name].is_live)

    async def next_due_at(self, endpoint: str) -> datetime | None:
        due = [row.due_at for row in self.rows if row.endpoint == endpoint and row.is_open and row.due_at]
        if not due or not self.kept[endpoint].is_live:
            return None
        probe_at = self.kept[endpoint].reach.circuit.probe_at
        return min(due) if probe_at is None else max(min(due), probe_at)

    async def count_open(self) -> int:
        return sum(row.is_open for row in self.rows)

    async def release_all(self, *, now: datetime) -> None:
        for row in self.rows:
            if row.state == "in_flight":
                row.state = "waiting" if row.attempts else "pending"
                row.due_at, row.lease = now, None
        for kept in self.kept.values():
            if kept.reach.circuit.probe is not None:
                kept.reach = replace(kept.reach, circuit=given_back(kept.reach.circuit, at=now))

    async def claim(
        self, endpoint: str, *, now: datetime, lease: Lease, limit: int = BATCH
    ) -> list[Delivery]:
        kept = self.kept[endpoint]
        if not kept.is_live:
            return []
        due = [
            (row.due_at, row.id, row)
            for row in self.rows
            if row.endpoint == endpoint and row.is_head and row.due_at and row.due_at <= now
        ]
        due.sort()
        taken = [row for *_, row in due[: places(kept.reach.circuit, limit=limit, now=now)]]
        found = [self._claimed(row, kept) for row in taken]
        for row in taken:
            row.state, row.lease, row.due_at = "in_flight", lease.token, lease.until
        if taken:
            kept.reach = replace(kept.reach, circuit=claimed(kept.reach.circuit, lease))
        return found

    async def settle(self, batch: Sequence[Tried], *, lease: Lease, now: datetime) -> Verdict | None:
        held = [it for it in batch if self._row(it.delivery.id).lease == lease.token]
        if not held:
            return None
        kept = self.kept[held[0].delivery.endpoint]
        verdict = settle(kept.reach, held, is_probe=kept.reach.circuit.probe == lease.token, at=now)
        kept.reach = verdict.reach
        for it in verdict.settlements:
            row = self._row(it.delivery.id)
            row.state, row.attempts, row.refusals = it.state, it.attempts, it.refusals
            row.due_at, row.first_failed_at = it.due_at, it.first_failed_at
            row.waits_for, row.reason, row.lease = it.waits_for, it.reason, None
        for row in self.rows:
            if row.endpoint == kept.endpoint.name and row.waits_for in verdict.hastens:
                row.due_at = self._hastened(row, now=now)
        for it in verdict.settlements:
            self._go_on(self._row(it.delivery.id), now=now)
        return verdict

    async def enable(self, endpoint: str, *, at: datetime) -> int:
        kept = self.kept[endpoint]
        kept.reach = replace(kept.reach, circuit=CLOSED, disabled=None)
        mine = [row for row in self.rows if row.endpoint == endpoint and row.is_open]
        for row in mine:
            if row.state != "in_flight":
                self._begin_anew(row, due_at=at if row.due_at else None)
        return len(mine)

    async def disable(self, endpoint: str, *, at: datetime, reason: str = "by_hand") -> None:
        kept = self.kept[endpoint]
        kept.reach = replace(kept.reach, disabled=kept.reach.disabled or reason)

    async def pause(self, endpoint: str, *, at: datetime) -> None:
        self.kept[endpoint].is_paused = True

    async def resume(self, endpoint: str) -> None:
        self.kept[endpoint].is_paused = False

    async def redeliver(self, ids: Collection[int], *, at: datetime) -> int:
        settled = [row for row in self.rows if row.id in ids and not row.is_open]
        for row in settled:
            self._begin_anew(row, due_at=None)
            row.queued_at, row.lease, row.reason = at, None, None
        for row in settled:
            self._promote(row.queue, now=at)
        return len(settled)

    async def replay(self, endpoint: str, *, at: datetime, from_event: int) -> int:
        since = [row.id for row in self.rows if row.endpoint == endpoint and row.event_id >= from_event]
        return await self.redeliver(since, at=at)

    def _row(self, key: int) -> Row:
        return self.rows[key - 1]

    def _open_in(self, queue: tuple[str, str]) -> list[Row]:
        found = [row for row in self.rows if row.is_open and row.queue == queue]
        return sorted(found, key=lambda row: row.sequence)

    def _new(self, event: Event, number: int, kept: Kept, *, source: Source, at: datetime) -> Row:
        name = kept.endpoint.name
        return Row(
            id=len(self.rows) + 1,
            event_id=number,
            endpoint=name,
            webhook_id=webhook_id(source, name, event.subject, event.sequence),
            subject=str(event.subject),
            sequence=event.sequence,
            coalesces=event.supersedes,
            body=event.body(source),
            queued_at=at,
        )

    def _go_on(self, row: Row, *, now: datetime) -> None:
        """What a settled delivery means for those behind it."""
        if not row.is_open:
            self._promote(row.queue, now=now)
            return
        first, *behind = self._open_in(row.queue)
        if behind and first is row:
            self._supersede([row], behind[0])

    def _hastened(self, row: Row, *, now: datetime) -> datetime | None:
        may = row.is_head and row.state != "in_flight"
        return min(row.due_at, now) if may and row.due_at else row.due_at

    def _promote(self, queue: tuple[str, str], *, now: datetime) -> None:
        waiting = self._open_in(queue)
        if waiting and not any(row.is_head for row in waiting):
            waiting[0].due_at = min(waiting[0].queued_at, now)

    def _supersede(self, older: Sequence[Row], newer: Row) -> None:
        heir, run = supersede([_queued(row) for row in older], _queued(newer))
        for one in run:
            self._row(one.id).state = "superseded"
        newer.state, newer.attempts, newer.due_at = heir.state, heir.attempts, heir.due_at
        newer.first_failed_at, newer.waits_for = heir.first_failed_at, heir.waits_for
        newer.coalesced_from = heir.coalesced_from

    def _begin_anew(self, row: Row, *, due_at: datetime | None) -> None:
        row.state, row.attempts, row.refusals = "pending", 0, 0
        row.first_failed_at, row.waits_for, row.due_at = None, None, due_at

    def _claimed(self, row: Row, kept: Kept) -> Delivery:
        assert row.due_at is not None
        return Delivery(
            id=row.id,
            endpoint_id=kept.id,
            endpoint=row.endpoint,
            url=kept.endpoint.url or "",
            webhook_id=row.webhook_id,
            body=row.body,
            coalesced_from=row.coalesced_from,
            attempts=row.attempts,
            refusals=row.refusals,
            due_at=row.due_at,
            first_failed_at=row.first_failed_at,
            waits_for=row.waits_for,
        )


def _queued(row: Row) -> Queued:
    return Queued(**{name: getattr(row, name) for name in Queued.__slots__})
