"""The three tasks that keep an installation true. Each finds out by itself what is to be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta

import structlog

from syncd.engine.port import Task, Wake
from syncd.errors import ConfigError
from syncd.store.syncs import ConnectionState
from syncd.sync.plan import next_due
from syncd.sync.report import Report
from syncd.sync.run import Site, read, settle, sync

log = structlog.get_logger()

HOUSEKEEP_EVERY = timedelta(minutes=1)

Drain = Callable[[str], Awaitable[datetime | None]]
"""Delivers what is due at one endpoint; answers when the next delivery is."""


class Keeper:
    """Tasks over one site.

    Args:
        min_interval: Connection -> least time between two pulls.
        endpoints: Names of the endpoints.
    """

    def __init__(
        self,
        site: Site,
        *,
        drain: Drain,
        min_interval: Mapping[str, timedelta],
        endpoints: Collection[str],
    ) -> None:
        self._site = site
        self._drain = drain
        self._min_interval = min_interval
        self._endpoints = tuple(endpoints)
        self.wake: Wake = _nobody

    @property
    def tasks(self) -> Mapping[str, Task]:
        return {
            "sync_connection": self.sync_connection,
            "drain_endpoint": self.drain_endpoint,
            "housekeep": self.housekeep,
        }

    async def sync_connection(self, name: str) -> None:
        """Asks one connection what is due, unless it was asked a moment ago or wants to be left alone."""
        now = self._site.clock()
        async with self._site.store.reading() as tx:
            state = (await tx.syncs.connections()).get(name, ConnectionState())
        earliest = self._earliest(name, state)
        if earliest is not None and now < earliest:
            self.wake("sync_connection", name, earliest)
            return
        report = await sync(self._site, trigger="schedule", connections=[name], only_due=True)
        self._tell(name, report)
        self._wake_endpoints()
        await self._schedule([name])

    async def drain_endpoint(self, name: str) -> None:
        due_at = await self._drain(name)
        if due_at is not None:
            self.wake("drain_endpoint", name, due_at)

    async def housekeep(self, key: str) -> None:
        """Emits what time alone changes: freshness, pace."""
        mappings, *_ = await read(self._site)
        async with self._site.store.transaction() as tx:
            events = await settle(tx, site=self._site, mappings=mappings, now=self._site.clock())
        if events:
            self._wake_endpoints()
        self.wake("housekeep", key, self._site.clock() + HOUSEKEEP_EVERY)

    async def reconcile(self) -> None:
        """Wakes what is due and was not scheduled."""
        await self._schedule(None)
        self._wake_endpoints()
        self.wake("housekeep", "", self._site.clock() + HOUSEKEEP_EVERY)

    def _earliest(self, name: str, state: ConnectionState) -> datetime | None:
        least = self._min_interval.get(name, timedelta())
        waits = [state.not_before, state.last_synced_at + least if state.last_synced_at else None]
        return max((at for at in waits if at is not None), default=None)

    async def _schedule(self, names: Collection[str] | None) -> None:
        now = self._site.clock()
        try:
            mappings, readings, states = await read(self._site)
        except ConfigError as error:
            log.warning("mappings.unusable", code=error.code, error=str(error))
            return
        due = next_due(mappings, readings, states, now=now, refresh=self._site.refresh)
        for name, due_at in due.items():
            if names is None or name in names:
                self.wake("sync_connection", name, due_at)

    def _wake_endpoints(self) -> None:
        for name in self._endpoints:
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


def _nobody(task: str, key: str, at: datetime | None = None) -> None:
    """Before an engine is there, wakes are lost; its first reconcile makes up for them."""
