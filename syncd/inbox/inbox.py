"""Taken hooks: each recorded once, many in one transaction, and then the engine is woken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from syncd.errors import StoreError
from syncd.inbox.door import Door
from syncd.inbox.judge import Taken
from syncd.store.hints import ANYTHING
from syncd.store.receipts import Receipt
from syncd.store.store import Store

log = structlog.get_logger()

Rouse = Callable[[str], None]
"""Lets the connection of that name be looked at: something there may have changed."""

MOST_LARGE = 4
"""Bodies over 1 MiB that are held at once: nobody has proved anything before the last byte is there."""

MOST_WAITING = 10_000
MOST_AT_ONCE = 500


class Inbox:
    """The hooks of one process. To be used from one event loop alone.

    A hook is answered before it is recorded, so that a busy store keeps no sender waiting. What a
    process had not recorded when it was killed is lost, and the next poll makes up for it.

    Attributes:
        large: One for each large body that may be held.
    """

    def __init__(
        self, store: Store, *, doors: Mapping[str, Door], rouse: Rouse, clock: Callable[[], datetime]
    ) -> None:
        self.doors, self.large = doors, asyncio.Semaphore(MOST_LARGE)
        self._store, self._rouse, self._clock = store, rouse, clock
        self._waiting: asyncio.Queue[Taken] = asyncio.Queue(MOST_WAITING)

    def put(self, taken: Taken) -> bool:
        """Keeps it until it is recorded; False: there are too many already."""
        try:
            self._waiting.put_nowait(taken)
        except asyncio.QueueFull:
            return False
        return True

    async def run(self) -> None:
        """Records what comes until cancelled."""
        while True:
            batch = [await self._waiting.get(), *self.take_waiting(MOST_AT_ONCE - 1)]
            try:
                await self.record(batch)
            except StoreError as error:
                # The next poll finds what they would have told.
                log.warning("hooks.lost", hooks=len(batch), code=error.code, error=str(error))

    def take_waiting(self, most: int = MOST_WAITING) -> list[Taken]:
        """Takes out what waits to be recorded, in the order in which it came."""
        return [self._waiting.get_nowait() for _ in range(min(most, self._waiting.qsize()))]

    async def record(self, batch: Sequence[Taken]) -> None:
        """Records hooks; one that came before has no effect."""
        now = self._clock()
        receipts = {(taken.connection, taken.hint.id): _receipt(taken, now) for taken in batch}
        async with self._store.transaction() as tx:
            new = await tx.receipts.add(list(receipts.values()))
            touched = {(name, key) for name, delivery in new for key in receipts[name, delivery].keys}
            await tx.hints.add(touched)
        # Also where the key was noted before: it may be asked about at this moment, too early for this hook.
        for name in sorted({name for name, _ in touched}):
            self._rouse(name)


def _receipt(taken: Taken, now: datetime) -> Receipt:
    keys = (ANYTHING,) if taken.hint.keys is None else tuple(sorted(map(_storable, taken.hint.keys)))
    return Receipt(
        connection=taken.connection,
        delivery=_storable(taken.hint.id),
        kind=_storable(taken.hint.kind[:100]),
        digest=taken.digest,
        keys=keys,
        at=now,
    )


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL and no half of a surrogate pair in a text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
