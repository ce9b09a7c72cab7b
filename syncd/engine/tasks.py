"""The tasks that keep an installation true. Each finds out by itself what is to be done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from syncd.engine.port import Task, Wake
from syncd.engine.pruning import Pruner
from syncd.errors import ConfigError, SyncdError
from syncd.okr.definition import QueryKey
from syncd.okr.reading import ErrorFact
from syncd.okr.retention import Retention
from syncd.store.hints import Hints
from syncd.store.sync_requests import SyncRequest
from syncd.store.syncs import ConnectionState
from syncd.sync.hinted import hinted
from syncd.sync.plan import next_due
from syncd.sync.report import Report
from syncd.sync.run import sync
from syncd.sync.settle import settle
from syncd.sync.sight import Sight, sight_of
from syncd.sync.silence import fallen_silent
from syncd.sync.site import Site, active
from syncd.webhooks.drain import LEASE
from syncd.webhooks.notices import tell_alive, tell_disabled

log = structlog.get_logger()

HOUSEKEEP_EVERY = timedelta(minutes=1)

Drain = Callable[[str], Awaitable[datetime | None]]
"""Delivers what is due at one endpoint; answers when the next delivery is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is to be done, by connection.

    Attributes:
        due: When it may be asked what is due, or hinted at, there.
        hints: What hooks have touched since it was last looked at.
        idle: Connections whose hints touch nothing that is asked.
        sight: None: nobody can tell what to ask.
    """

    sight: Sight | None = None
    due: Mapping[str, datetime] = field(default_factory=dict)
    hints: Mapping[str, Hints] = field(default_factory=dict)
    idle: Collection[str] = ()


class Keeper:
    """Tasks over one site.

    Args:
        min_interval: Connection -> least time between two pulls.
        retention: How long what has happened is kept.
    """

    def __init__(
        self,
        site: Site,
        *,
        drain: Drain,
        min_interval: Mapping[str, timedelta],
        retention: Retention | None = None,
    ) -> None:
        self._site = site
        self._drain = drain
        self._min_interval = min_interval
        self._pruner = Pruner(site.store, retention or Retention(), clock=site.clock)
        self._free_at: dict[str, datetime] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self.wake: Wake = _nobody

    @property
    def tasks(self) -> Mapping[str, Task]:
        return {
            "sync_connection": self.sync_connection,
            "requested_sync": self.requested_sync,
            "drain_endpoint": self.drain_endpoint,
            "housekeep": self.housekeep,
        }

    async def sync_connection(self, name: str) -> None:
        """Asks one connection what is due or hinted at; not sooner than it may be asked at all."""
        free_at = self._free_at.get(name)
        if free_at is not None and self._site.clock() < free_at:
            # A flood of hooks ends here, before anything is read for their sake.
            self.wake("sync_connection", name, free_at)
            return
        async with self._alone([name]):
            await self._sync_connection(name)

    async def _sync_connection(self, name: str) -> None:
        outlook = await self._look()
        hints, due_at = outlook.hints.get(name, {}), outlook.due.get(name)
        if due_at is None or self._site.clock() < due_at:
            if name in outlook.idle:
                await self._settle_hints(name, hints)
            if due_at is not None:
                self.wake("sync_connection", name, due_at)
            return
        report = await sync(
            self._site,
            trigger="hook" if hints else "schedule",
            connections=[name],
            only_due=True,
            hints={name: hints},
            sight=outlook.sight,
        )
        self._tell(name, report)
        for endpoint in report.endpoints:
            self.wake("drain_endpoint", endpoint)
        # What others changed meanwhile, the mappings say, is seen by the next look.
        self._note(report.connections)
        next_at = self._due(report.sight).get(name)
        if next_at is not None:
            self.wake("sync_connection", name, next_at)

    async def requested_sync(self, key: str) -> None:
        """What somebody asked for: whatever is due, and no sooner than the connections let it."""
        async with self._site.store.reading() as tx:
            request = await tx.sync_requests.get(int(key))
        if request is None or request.finished_at is not None:
            return
        wanted = request.connections or tuple(sorted(self._site.refresh))
        async with self._alone(wanted):
            await self._sync_as_requested(request, wanted)

    async def _sync_as_requested(self, request: SyncRequest, wanted: Sequence[str]) -> None:
        now = self._site.clock()
        async with self._site.store.reading() as tx:
            known_states = await tx.syncs.connections()
        resting = {name for name in wanted if is_resting(known_states.get(name), now=now)}
        asked = [name for name in wanted if name not in resting]
        due_at = max(
            (
                not_sooner(now, known_states.get(name), least=self._min_interval.get(name, timedelta()))
                for name in asked
            ),
            default=now,
        )
        if now < due_at:
            self.wake("requested_sync", str(request.id), due_at)
            return
        async with self._site.store.transaction() as tx:
            await tx.sync_requests.begin(request.id, at=now)
        sync_id, error = None, left_alone(resting) if resting else None
        if asked:
            try:
                report = await sync(self._site, trigger="request", connections=asked)
            except SyncdError as failure:
                error = ErrorFact(code=failure.code, message=str(failure), actor=failure.actor)
            else:
                sync_id = report.id
                self._tell(",".join(asked), report)
        async with self._site.store.transaction() as tx:
            await tx.sync_requests.finish(request.id, at=self._site.clock(), sync_id=sync_id, error=error)
        await self._wake_endpoints()

    async def drain_endpoint(self, name: str) -> None:
        due_at = await self._drain(name)
        if due_at is not None:
            self.wake("drain_endpoint", name, due_at)

    async def housekeep(self, key: str) -> None:
        """Emits what is to be said of ourselves, and what time alone changes; deletes what is old."""
        site = self._site
        async with site.store.transaction() as tx:
            is_told = await tell_alive(tx, source=site.source, now=site.clock())
            disabled = await tell_disabled(tx, source=site.source, now=site.clock())
            await tx.outbox.deliveries.follow_clock(now=site.clock(), lease=LEASE)
            await tx.receipts.forget_old(now=site.clock())
            await tx.idempotency.forget_old(now=site.clock())
        if is_told or disabled:
            await self._wake_endpoints()
        async with site.store.transaction() as tx:
            events = await settle(tx, site=site, mappings=await active(tx, site, lock=True))
            events += await fallen_silent(tx, site=site)
        if events:
            await self._wake_endpoints()
        if gone := await self._pruner.prune():
            log.info("store.pruned", gone=dict(gone))
        self.wake("housekeep", key, self._site.clock() + HOUSEKEEP_EVERY)

    async def reconcile(self) -> None:
        """Wakes what is due and was not scheduled."""
        for name, due_at in (await self._look()).due.items():
            self.wake("sync_connection", name, due_at)
        async with self._site.store.reading() as tx:
            requests = await tx.sync_requests.open()
        for request in requests:
            self.wake("requested_sync", str(request.id))
        await self._wake_endpoints()
        self.wake("housekeep", "", self._site.clock() + HOUSEKEEP_EVERY)

    @asynccontextmanager
    async def _alone(self, connections: Collection[str]) -> AsyncIterator[None]:
        """Nobody else asks these: a connection answers one batch at a time."""
        async with AsyncExitStack() as held:
            for name in sorted(connections):  # in one order, so that no two wait for each other
                await held.enter_async_context(self._asking.setdefault(name, asyncio.Lock()))
            yield

    async def _look(self) -> Outlook:
        """What is to be done; nothing while the mappings are unusable."""
        async with self._site.store.reading() as tx:
            try:
                mappings = await active(tx, self._site)
            except ConfigError as error:
                log.warning("mappings.unusable", code=error.code, error=str(error))
                return Outlook()
            sight = await sight_of(tx, mappings)
            connections = await tx.syncs.connections()
            hints = await tx.hints.all()
        touched = hinted(mappings, hints, self._site.touches)
        self._note(connections)
        return Outlook(
            sight=sight,
            due=self._due(sight, touched),
            hints=hints,
            idle=hints.keys() - {key.connection for key in touched},
        )

    def _note(self, connections: Mapping[str, ConnectionState]) -> None:
        now = self._site.clock()
        self._free_at |= {
            name: not_sooner(now, state, least=self._min_interval.get(name, timedelta()))
            for name, state in connections.items()
        }

    def _due(self, sight: Sight, touched: Collection[QueryKey] = ()) -> dict[str, datetime]:
        """Connection -> when it may be asked what is due there, or touched."""
        due = next_due(
            sight.mappings,
            sight.readings,
            sight.states,
            now=self._site.clock(),
            refresh=self._site.refresh,
            hinted=touched,
        )
        return {name: max(due_at, self._free_at.get(name, due_at)) for name, due_at in due.items()}

    async def _settle_hints(self, name: str, seen: Hints) -> None:
        if seen:
            async with self._site.store.transaction() as tx:
                await tx.hints.settle(name, seen)

    async def _wake_endpoints(self) -> None:
        """All that there are now: people add some meanwhile."""
        async with self._site.store.reading() as tx:
            names = await tx.outbox.endpoints.names()
        for name in names:
            self.wake("drain_endpoint", name)

    def _tell(self, name: str, report: Report) -> None:
        for answers in report.asked:
            log.info(
                "sync.finished",
                connection=name,
                outcome=report.outcome,
                queries=len(answers.answers),
                requests=answers.requests,
                failures=answers.failures,
                events=report.events,
            )


def not_sooner(due_at: datetime, state: ConnectionState | None, *, least: timedelta) -> datetime:
    """When a connection may be asked what is due at `due_at`.

    Args:
        least: Time between two pulls.
    """
    if state is None:
        return due_at
    last = state.last_synced_at
    waits = [due_at, state.not_before, last + least if last else None]
    return max(at for at in waits if at is not None)


def is_resting(state: ConnectionState | None, *, now: datetime) -> bool:
    """Whether the source asked to be left alone still."""
    return state is not None and state.not_before is not None and now < state.not_before


def left_alone(connections: Collection[str]) -> ErrorFact:
    names = ", ".join(sorted(connections))
    return ErrorFact(
        code="left_alone", message=f"asked to be left alone, so it was not asked: {names}", actor="nobody"
    )


def _nobody(task: str, key: str, at: datetime | None = None) -> None:
    """Before an engine is there, wakes are lost; its first reconcile makes up for them."""
