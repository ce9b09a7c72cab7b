"""What a wire may spend, and what it spent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], float]

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLimits:
    """Bounds of one connection.

    Attributes:
        deadline_s: For one batch over everything: connect, handshake, drips, retries, waits.
        attempt_s: For one attempt of one request.
        attempts: How often one request is asked at most.
        max_bytes: Of one body, decoded.
        max_depth: How deep a JSON answer may nest.
        concurrency: Requests under way at once.
    """

    deadline_s: float = 60.0
    attempt_s: float = 20.0
    attempts: int = 4
    max_bytes: int = 32 * MIB
    max_depth: int = 100
    concurrency: int = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a clock that only goes forward."""

    at: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        return cls(clock() + seconds, clock)

    def remaining_s(self) -> float:
        """Seconds left, 0.0 when it has passed."""
        return max(0.0, self.at - self.clock())


@dataclass(slots=True)
class Traffic:
    """What one batch cost. Many threads may add to it.

    Attributes:
        requests: Attempts that were sent, retries and redirects included.
        bytes: Of bodies received, as they came (compressed).
        not_modified: Answers that were 304, and so remembered ones.
        waits: How often a request had to wait, for a limit or before a retry.
        wait_s: For how long, all together.
    """

    requests: int = 0
    bytes: int = 0
    not_modified: int = 0
    waits: int = 0
    wait_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(
        self, *, requests: int = 0, received: int = 0, not_modified: int = 0, wait_s: float | None = None
    ) -> None:
        with self._lock:
            self.requests += requests
            self.bytes += received
            self.not_modified += not_modified
            if wait_s is not None:
                self.waits += 1
                self.wait_s += wait_s
