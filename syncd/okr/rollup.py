"""Key results -> their objective's progress; parts -> their composite's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from math import lcm
from typing import NamedTuple

from syncd.okr.body import moment
from syncd.okr.definition import Cycle
from syncd.okr.state import ObjectiveState
from syncd.okr.word import Word
from syncd.okr.written import ratio


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
    counted = [(progress, weight) for progress, weight in known if weight > 0]
    return RollUp(progress=_mean(counted) if counted else None, known=len(known), of=len(parts))


def _mean(counted: Sequence[tuple[float, float]]) -> float:
    """The weighted mean, rounded once.

    By whole numbers, so that it never leaves its parts, and has the last digit that fractions on
    paper have, whatever the order and the size of the weights.
    """
    shares, whole = _whole_numbers([progress for progress, _ in counted])
    weights, _ = _whole_numbers([weight for _, weight in counted])
    weighted = sum(share * weight for share, weight in zip(shares, weights, strict=True))
    return weighted / (whole * sum(weights))


def _whole_numbers(numbers: Sequence[float]) -> tuple[list[int], int]:
    """The numbers times what makes all of them whole, and that."""
    ratios = [ratio(number) for number in numbers]
    whole = lcm(*(below for _, below in ratios))
    return [above * (whole // below) for above, below in ratios], whole


def worst_of(parts: Sequence[Part]) -> RollUp:
    """The least instead of the mean; what weighs nothing is not looked at."""
    known = [part for part in parts if part.progress is not None]
    least = min(
        (part.progress for part in known if part.progress is not None and part.weight > 0), default=None
    )
    return RollUp(progress=least, known=len(known), of=len(parts))


def progress_set(word: Word, state: ObjectiveState) -> ObjectiveState:
    """The objective with the progress that a person sets, and who did."""
    said = {"author": word.author, "at": moment(word.at)}
    comment = {"comment": word.comment} if word.comment else {}
    return replace(state, progress=word.progress, rollup="by_hand", said={**said, **comment})


def bands_count(cycle: Cycle, *, now: datetime) -> bool:
    """A band that has not been kept for a full day says nothing about the cycle yet."""
    second_day = datetime.combine(cycle.first_day + timedelta(days=1), time(), cycle.zone)
    return now >= second_day.astimezone(UTC)
