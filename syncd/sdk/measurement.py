"""What a connector is asked, and what it answers. Plain data; no library is imported here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from syncd.errors import ContractBroken, SourceError

AskT = TypeVar("AskT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instants:
    """A stretch of time, `start` inside and `end` outside; both aware and in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            raise ValueError("Instants need aware datetimes")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Generic[AskT]):
    """One question of a batch.

    Attributes:
        key: Names the question; the answer carries the same key.
        ask: The connector's own query model, checked.
        window: Count only what falls inside; None: everything.
        by: Which moment of an issue decides (`created`, `closed`, ...); one of the kind's own
            words, None where the kind has only one or where there is no window.
    """

    key: str
    ask: AskT
    window: Instants | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What was read for one query.

    Attributes:
        key: The query's key.
        value: Finite, in base units: a ratio is 0.4 and not 40, a duration is in seconds.
        unit: `count`, `ratio`, `seconds`, or `number` where the source does not say.
        observed_at: When the source says that this was true; None: when we asked.
        evidence_url: Where a person sees the same number; never with a credential in it.
        sample_size: How many things the value was made from, where that means something.
        approximate: The source itself says that the value is not exact.

    Raises:
        ContractBroken: `value` is not finite, or `observed_at` is naive.
    """

    key: str
    value: float
    unit: str
    observed_at: datetime | None = None
    evidence_url: str | None = None
    sample_size: int | None = None
    approximate: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.value, int | float) or not math.isfinite(self.value):
            raise ContractBroken(f"query {self.key!r} was answered with {self.value!r}, not a finite number")
        object.__setattr__(self, "value", float(self.value))
        if self.observed_at is not None and self.observed_at.utcoffset() is None:
            raise ContractBroken(f"query {self.key!r} was answered with a time that has no zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One query that could not be answered, and why; the others of its batch stand."""

    key: str
    error: SourceError


Answer = Measurement | Failure
"""What one query comes to."""
