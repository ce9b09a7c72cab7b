"""What was last read for one distinct query: the last good answer and the last bad one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.errors import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFact:
    """An error as a fact: what is stored and shown, without the exception."""

    code: str
    message: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRead:
    """The last good answer. `read_at`: when it was asked; `value` in `unit`, a base unit.

    `exact_at`: when an approximate query was last confirmed by an exact one; None: never.
    """

    value: float
    unit: str
    read_at: datetime
    observed_at: datetime | None = None
    evidence_url: str | None = None
    sample_size: int | None = None
    approximate: bool = False
    exact_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRead:
    """The failures since the last good answer.

    Attributes:
        since: When the first of them happened.
        read_at: When the latest did.
        in_a_row: How many, at least 1.
    """

    error: ErrorFact
    since: datetime
    read_at: datetime
    in_a_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`bad` is None after a good read; `good` is None while none succeeded; never both None."""

    good: GoodRead | None = None
    bad: BadRead | None = None
