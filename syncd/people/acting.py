"""Who does something, and when: what every act of people is noted with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

Random = Callable[[int], bytes]
"""So many unpredictable bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`by`: as it stands in the audit."""

    by: str
    at: datetime
