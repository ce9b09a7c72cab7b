"""What a person says of a key result, or of an objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syncd.okr.definition import KeyResult, Objective
from syncd.okr.names import Subject
from syncd.okr.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What `author` said at a moment; what is None was not spoken of.

    Attributes:
        value: In the key result's unit.
        confidence: 0..1.
        until: When the override of a measured value ends; None for numbers that nobody measures.
        ends_override: The measured value counts again.
        confirms: The held value that is accepted.
        progress: 0..1, of an objective that people set by hand; of key results it is computed.
    """

    subject: Subject
    author: str
    at: datetime
    value: float | None = None
    confidence: float | None = None
    comment: str | None = None
    until: datetime | None = None
    ends_override: bool = False
    confirms: float | None = None
    progress: float | None = None


Say = Callable[[KeyResult | Objective, State | None, str, datetime], Word]
"""What is spoken of, its last state, who speaks, and when -> the word; a ConfigError says why not."""
