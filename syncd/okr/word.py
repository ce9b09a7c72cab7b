"""What a person says of a key result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.okr.names import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What `author` said at a moment; what is None was not spoken of.

    Attributes:
        value: In the key result's unit.
        confidence: 0..1.
        until: When the override of a measured value ends; None for numbers that nobody measures.
        confirms: The held value that is accepted.
    """

    subject: Subject
    author: str
    at: datetime
    value: float | None = None
    confidence: float | None = None
    comment: str | None = None
    until: datetime | None = None
    confirms: float | None = None
