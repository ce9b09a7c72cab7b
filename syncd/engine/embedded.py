"""The engine inside the serving process: a heap, and a guard per key. It remembers nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

import structlog

from syncd.engine.port import Tasks

log = structlog.get_logger()

Slot = tuple[str, str]
"""(task, key): what runs once at a time."""

RECONCILE_EVERY = timedelta(seconds=30)
_RECONCILE: Slot = ("reconcile", "")


class EmbeddedEngine:
    """See `syncd.engine.port`. To be used from one event loop alone.

    Args:
        reconcile: Wakes what is due and was not scheduled: runs at the start and every 30 s.
        now: Aware. Set on, the next reconcile puts the waiting right; set back, it puts off nothing.
        grace_s: How long, once `run` is cancelled, the running tasks may take to finish.
    """

    def __init__(
        self,
        tasks: Tasks,
        *,
        reconcile: Callable[[], Awaitable[None]],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        grace_s: float = 25.0,
    ) -> None:
        async def reconcile_all(_: str) -> None:
            await reconcile()

        self._tasks: Tasks = {**tasks, _RECONCILE[0]: reconcile_all}
        self._now = now
        self._sleep = sleep
        self._grace_s = grace_s
        self._heap: list[tuple[datetime, int, Slot]] = []
        self._order = count()
        self._waiting: dict[Slot, datetime] = {}
        self._running: dict[Slot, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._seen = now()

    def wake(self, task: str, key: str, at: datetime | None = None) -> None:
        if task not in self._tasks:
            raise KeyError(f"no task is called {task!r}; there are {', '.join(sorted(self._tasks))}")
        slot, due = (task, key), at or self._now()
        if slot not in self._waiting or due < self._waiting[slot]:
            self._waiting[slot] = due
            self._push(slot)

    async def run(self) -> None:
        self.wake(*_RECONCILE)
        try:
            while True:
                self._changed.clear()
                self._follow_clock()
                self._start_due()
                await self._until_something_is_due()
        finally:
            await self._finish()

    def _push(self, slot: Slot) -> None:
        heappush(self._heap, (self._waiting[slot], next(self._order), slot))
        self._changed.set()

    def _follow_clock(self) -> None:
        """What was to be in half a minute is so still when the clock is set back by hours."""
        now = self._now()
        back = self._seen - now
        self._seen = now
        if back > timedelta(0):
            # All by the same, so that the heap stays one.
            self._heap = [(due - back, order, slot) for due, order, slot in self._heap]
            self._waiting = {slot: due - back for slot, due in self._waiting.items()}

    def _start_due(self) -> None:
        while self._heap and self._heap[0][0] <= self._now():
            due, _, slot = heappop(self._heap)
            # An entry that an earlier wake has overtaken is void; one whose slot is running
            # waits on, and comes back to the heap when that run ends.
            if self._waiting.get(slot) == due and slot not in self._running:
                del self._waiting[slot]
                self._running[slot] = asyncio.create_task(self._run(slot), name=" ".join(slot))

    async def _until_something_is_due(self) -> None:
        # object: only that one of them is done matters, not with what.
        signals: list[asyncio.Future[object]] = [asyncio.ensure_future(self._changed.wait())]
        if self._heap:
            delay = (self._heap[0][0] - self._now()).total_seconds()
            signals.append(asyncio.ensure_future(self._sleep(delay)))
        try:
            await asyncio.wait(signals, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for signal in signals:
                signal.cancel()

    async def _run(self, slot: Slot) -> None:
        task, key = slot
        try:
            await self._tasks[task](key)
        except Exception:  # a task's fault is its own: it may not stop the others
            log.exception("engine.task_failed", task=task, key=key)
        finally:
            del self._running[slot]
            if slot in self._waiting:
                self._push(slot)
            if slot == _RECONCILE:
                self.wake(*_RECONCILE, at=self._now() + RECONCILE_EVERY)

    async def _finish(self) -> None:
        running = list(self._running.values())
        if not running:
            return
        try:
            await asyncio.wait(running, timeout=self._grace_s)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
