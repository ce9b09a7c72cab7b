"""How fast one caller may ask: a bucket per key that fills steadily."""

from __future__ import annotations

from datetime import datetime

_MOST_KEYS = 10_000


class Pace:
    """One process's buckets.

    Args:
        per_second: Requests that come back per second.
        burst: Requests at once, after a pause.
    """

    def __init__(self, *, per_second: float, burst: int) -> None:
        self._per_second, self._burst = per_second, burst
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def wait(self, key: str, *, now: datetime) -> float:
        """Seconds until `key` may ask; 0: now, and this was one of its requests."""
        left, at = self._buckets.pop(key, (float(self._burst), now))
        # A clock that was set back gives nothing and takes nothing.
        left = min(self._burst, left + max(0.0, (now - at).total_seconds()) * self._per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_second
        self._buckets[key] = (left if wait else left - 1, now)
        if len(self._buckets) > _MOST_KEYS:  # the one that asked least recently is full again, or nearly
            del self._buckets[next(iter(self._buckets))]
        return wait
