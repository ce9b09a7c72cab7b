"""Amounts of periods -> how much of what a rate needs is there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncd.errors import EvaluationError

SLACK = 1e-9
"""Relative: a need cut by days, as 10 x 4/7, may lie a float's rounding above a sum that meets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A rate so far.

    Attributes:
        counted: What the amounts are worth: each at most its need, or as it is with `carry_over`.
        needed: The needs of all periods that can still count: all but the unread ones.
        closed, met: How many periods are over, and how many of them have what they need.
        unread: How many are over and have no amount; they are in neither sum.
        closed_counted, closed_needed: The same sums over the closed periods alone.
    """

    counted: float
    needed: float
    closed: int
    met: int
    unread: int
    closed_counted: float
    closed_needed: float


def tally(amounts: Sequence[float | None], needs: Sequence[float], *, closed: int, carry_over: bool) -> Tally:
    """Count up.

    Args:
        amounts: Of the periods that have begun, from the first on; None: it could not be read.
        needs: Of all periods of the cycle.
        closed: How many of them are over.

    Raises:
        EvaluationError: `not_finite`; the amounts are too large for a float.
    """
    worth = [
        None if amount is None else amount if carry_over else min(amount, need)
        for amount, need in zip(amounts, needs, strict=False)
    ]
    known = [n for n in range(closed) if amounts[n] is not None]
    closed_needed = _sum(needs[n] for n in known)
    return Tally(
        counted=_sum(amount for amount in worth if amount is not None),
        needed=_sum((closed_needed, *needs[closed:])),
        closed=closed,
        met=sum(is_met(amounts[n], needs[n]) for n in known),
        unread=closed - len(known),
        closed_counted=_sum(amount for amount in worth[:closed] if amount is not None),
        closed_needed=closed_needed,
    )


def is_met(amount: float | None, need: float) -> bool:
    return amount is not None and amount >= need * (1 - SLACK)


def _sum(numbers: Iterable[float]) -> float:
    try:
        # Exact, so that the order of the periods does not show in the last digit.
        total = math.fsum(numbers)
    except OverflowError:
        total = math.inf
    if not math.isfinite(total):
        raise EvaluationError("the amounts add up to no finite number", code="not_finite")
    return total
