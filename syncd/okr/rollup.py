"""Key results -> their objective's progress; parts -> their composite's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from syncd.okr.definition import Cycle


class Part(NamedTuple):
    """`progress` clamped to 0..1; None: not known, and so not counted (never a silent zero)."""

    progress: float | None
    weight: float


class RollUp(NamedTuple):
    """`progress` is the weighted mean of the `known` of `of` parts; None where there is no mean."""

    progress: float | None
    known: int
    of: int


def roll_up(parts: Sequence[Part]) -> RollUp:
    known = [(part.progress, part.weight) for part in parts if part.progress is not None]
    heaviest = max((weight for _, weight in known), default=0.0)
    if heaviest <= 0:
        return RollUp(progress=None, known=len(known), of=len(parts))
    # Scaled by the heaviest, no weight overflows; summed exactly, the order of the parts is no matter.
    shares = [weight / heaviest for _, weight in known]
    weighted = math.fsum(share * progress for (progress, _), share in zip(known, shares, strict=True))
    mean = weighted / math.fsum(shares)
    counted = [progress for progress, weight in known if weight > 0]
    # Rounding must not lead out of the parts: all done is 1.0, not 0.9999999999999999.
    return RollUp(progress=min(max(mean, min(counted)), max(counted)), known=len(known), of=len(parts))


def worst_of(parts: Sequence[Part]) -> RollUp:
    """The least instead of the mean; what weighs nothing is not looked at."""
    known = [part for part in parts if part.progress is not None]
    least = min(
        (part.progress for part in known if part.progress is not None and part.weight > 0), default=None
    )
    return RollUp(progress=least, known=len(known), of=len(parts))


def bands_count(cycle: Cycle, *, now: datetime) -> bool:
    """A band that has not been kept for a full day says nothing about the cycle yet."""
    second_day = datetime.combine(cycle.first_day + timedelta(days=1), time(), cycle.zone)
    return now >= second_day.astimezone(UTC)
