"""Amounts of periods -> how much of what a rate needs is there. Exact, so that no order shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from syncd.errors import EvaluationError
from syncd.okr.written import written

SLACK = 1 - Fraction(1, 10**9)
"""An amount that a formula makes of floats may miss its need by their rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A rate so far.

    Attributes:
        counted: What the amounts are worth: each at most its need, or as it is with `carry_over`.
        needed: The needs of all periods that can still count: all but the unread ones.
        closed, met: How many periods are over, and how many of them have what they need.
        unread: How many are over and have no amount; they are in neither sum.
        closed_counted, closed_needed: The same sums over the closed periods alone; `reaches_back`
            adds what the running one holds of them.
    """

    counted: Fraction
    needed: Fraction
    closed: int
    met: int
    unread: int
    closed_counted: Fraction
    closed_needed: Fraction


def tally(
    amounts: Sequence[float | None],
    needs: Sequence[Fraction],
    *,
    closed: int,
    carry_over: bool,
    reaches_back: bool = False,
) -> Tally:
    """Count up.

    Args:
        amounts: Of the periods that have begun, from the first on; None: it could not be read.
        needs: Of all periods of the cycle.
        closed: How many of them are over.
        reaches_back: The amount of the running period is also that of closed ones before it.
    """
    exact = [None if amount is None else written(amount) for amount in amounts]
    worth = [
        None if amount is None else amount if carry_over else min(amount, need)
        for amount, need in zip(exact, needs, strict=False)
    ]
    known = [n for n in range(closed) if exact[n] is not None]
    closed_needed = sum((needs[n] for n in known), Fraction())
    return Tally(
        counted=_sum(worth),
        needed=sum(needs[closed:], closed_needed),
        closed=closed,
        met=sum(is_met(exact[n], needs[n]) for n in known),
        unread=closed - len(known),
        closed_counted=_sum(worth[: closed + reaches_back]),
        closed_needed=closed_needed,
    )


def is_met(amount: Fraction | None, need: Fraction) -> bool:
    return amount is not None and amount >= need * SLACK


def to_float(number: Fraction) -> float:
    """The nearest float.

    Raises:
        EvaluationError: `not_finite`; there is none so large.
    """
    try:
        return float(number)
    except OverflowError as error:
        raise EvaluationError("the amounts add up to no finite number", code="not_finite") from error


def _sum(numbers: Sequence[Fraction | None]) -> Fraction:
    return sum((number for number in numbers if number is not None), Fraction())
