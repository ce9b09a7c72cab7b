"""What a consumer remembers: a position per subject, the ids of log entries, a sign of life per syncd."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Protocol, TypeVar

from .event import Position, Subject

KEPT_IDS = 100_000
"""Ids of log entries: months of them. syncd itself tries an entry for some 76 hours."""


class Marks(Protocol):
    """What is remembered, inside one transaction."""

    def position(self, subject: Subject) -> Position | None: ...

    def advance(self, subject: Subject, position: Position) -> None: ...

    def is_seen(self, webhook_id: str) -> bool: ...

    def see(self, webhook_id: str) -> None: ...

    def alive_until(self, instance: str) -> datetime | None: ...

    def live(self, instance: str, *, until: datetime) -> None: ...

    def instances(self) -> list[str]:
        """Those that ever gave a sign of life, sorted."""
        ...


MarksT = TypeVar("MarksT", bound=Marks)
MarksT_co = TypeVar("MarksT_co", bound=Marks, covariant=True)


class Store(Protocol[MarksT_co]):
    """Where marks are kept. Write one over your database to have effects and marks in one commit."""

    def transaction(self) -> AbstractContextManager[MarksT_co]:
        """One at a time over everything that is remembered; an exception leaves nothing changed."""
        ...


class MemoryMarks:
    def __init__(self, *, keep_ids: int) -> None:
        self._keep_ids = keep_ids
        self._positions: dict[Subject, Position] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._alive: dict[str, datetime] = {}

    def position(self, subject: Subject) -> Position | None:
        return self._positions.get(subject)

    def advance(self, subject: Subject, position: Position) -> None:
        self._positions[subject] = position

    def is_seen(self, webhook_id: str) -> bool:
        return webhook_id in self._seen

    def see(self, webhook_id: str) -> None:
        self._seen[webhook_id] = None
        if len(self._seen) > self._keep_ids:
            self._seen.popitem(last=False)

    def alive_until(self, instance: str) -> datetime | None:
        return self._alive.get(instance)

    def live(self, instance: str, *, until: datetime) -> None:
        self._alive[instance] = until

    def instances(self) -> list[str]:
        return sorted(self._alive)


class MemoryStore:
    """For tests, and for consumers whose state dies with them too. Threads take turns.

    Needs no rollback: a consumer marks when the effect is done, and marking here does not fail.
    """

    def __init__(self, *, keep_ids: int = KEPT_IDS) -> None:
        self._lock = threading.Lock()
        self._marks = MemoryMarks(keep_ids=keep_ids)

    @contextmanager
    def transaction(self) -> Iterator[MemoryMarks]:
        with self._lock:
            yield self._marks
