"""Numbers as they stand on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction


def shown(number: Fraction) -> Fraction:
    """What a reader sees of a number: the shortest digits of the float that is nearest to it."""
    return Fraction(repr(float(number)))


def paper(text: str | float) -> Fraction:
    """A number as it is written."""
    return Fraction(str(text))


def total(numbers: Iterable[Fraction]) -> Fraction:
    return sum(numbers, Fraction())


def mean(numbers: Sequence[Fraction]) -> Fraction:
    return total(numbers) / len(numbers)


def median(numbers: Sequence[Fraction]) -> Fraction:
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(numbers) % 2 else (ordered[half - 1] + ordered[half]) / 2


def rank(numbers: Sequence[Fraction], percent: int) -> Fraction:
    """The smallest number that at least so many per cent of all do not exceed."""
    return min(n for n in numbers if 100 * sum(m <= n for m in numbers) >= percent * len(numbers))
