"""How a key result's number came to be what it is, in short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the history of a key result says.

    Attributes:
        first, first_progress, first_at: The first value recorded, with the progress said then.
        moved_at: Since when the number is what it is.
        checked_in_at: When a person last set or confirmed it.
        compared_at: When a person last said a number beside a computed one.
    """

    first: float | None = None
    first_progress: float | None = None
    first_at: datetime | None = None
    moved_at: datetime | None = None
    checked_in_at: datetime | None = None
    compared_at: datetime | None = None
