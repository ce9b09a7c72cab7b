"""How much of an endpoint may be used: attempts at a time, and attempts per second."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

CONCURRENCY = 10
"""Attempts at a time, where nobody says otherwise."""

MOST_AT_A_TIME = 100
MOST_PER_SECOND = 1_000.0

_RATE = re.compile(r"([1-9][0-9]{0,5})/(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3_600}
# What a sum of many small floats may lack.
_NEARLY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    Attributes:
        rate: Attempts per second; None: as fast as it goes.
    """

    concurrency: int = CONCURRENCY
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Tokens: an attempt takes one. They come back at `rate`; a second's worth is kept, one at least."""

    rate: float
    tokens: float
    at: datetime

    @classmethod
    def full(cls, rate: float, *, at: datetime) -> Self:
        return cls(rate=rate, tokens=max(1.0, rate), at=at)

    @property
    def holds(self) -> float:
        return max(1.0, self.rate)

    @property
    def whole(self) -> int:
        """Attempts that may begin now."""
        return max(0, int(self.tokens + _NEARLY))

    @property
    def full_at(self) -> datetime:
        """When to come back: for a second's worth, not for every single token."""
        return self.at + timedelta(seconds=max(0.0, self.holds - self.tokens) / self.rate)

    def filled(self, now: datetime) -> Bucket:
        """As of now. A clock that was set back brings nothing, and takes nothing."""
        passed = max(0.0, (now - self.at).total_seconds())
        return replace(self, tokens=min(self.holds, self.tokens + passed * self.rate), at=now)

    def without(self, attempts: int) -> Bucket:
        """After so many attempts; a negative number gives back what was taken for nothing."""
        return replace(self, tokens=min(self.holds, self.tokens - attempts))


def parse_rate(text: str) -> float | None:
    """Attempts per second of `5/s`, `30/m` or `100/h`; None: that is no rate."""
    match = _RATE.fullmatch(text)
    if match is None:
        return None
    rate = int(match[1]) / _SECONDS[match[2]]
    return rate if rate <= MOST_PER_SECOND else None


def format_rate(rate: float) -> str:
    """As `parse_rate` reads it, in the shortest unit that makes it a whole number."""
    for unit, seconds in _SECONDS.items():
        if abs(round(rate * seconds) - rate * seconds) < _NEARLY * seconds:
            return f"{round(rate * seconds)}/{unit}"
    return f"{rate:.4g}/s"
