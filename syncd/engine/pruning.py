"""Deletes what is old enough to go: a few pages at a time, round and round over every table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from syncd.okr.retention import Retention
from syncd.store.retention import AGING, Aging
from syncd.store.store import Store

PAGES_AT_ONCE = 5
"""Of each table: seven million rows a day are looked at where it is asked once a minute."""


class Pruner:
    """Remembers, in this process, how far it has looked."""

    def __init__(self, store: Store, retention: Retention, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._retention = retention
        self._clock = clock
        self._looked_to: dict[Aging, int] = {}

    async def prune(self) -> Mapping[Aging, int]:
        """How many rows went. Nobody waits long: a look only reads, and each page is a transaction."""
        return {what: gone for what in AGING if (gone := await self._prune(what))}

    async def _prune(self, what: Aging) -> int:
        horizon = self._retention.horizon(self._clock())
        gone = 0
        for _ in range(PAGES_AT_ONCE):
            async with self._store.reading() as tx:
                old = await tx.retained.old(what, horizon, after=self._looked_to.get(what, 0))
            if old.keys:
                async with self._store.transaction() as tx:
                    gone += await tx.retained.delete(what, old.keys, horizon)
            self._looked_to[what] = old.next
            if not old.next:
                break
        return gone
