"""Numbers as they are written: 0.1 is a tenth, and not the float beside it.

What is shown of a number are its shortest digits. What syncd makes of numbers it computes of these
digits, exactly, and rounds once: whoever repeats it on paper gets the last digit, too.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def written(number: float) -> Fraction:
    """The number that its shortest digits say."""
    return Fraction(*ratio(number))


def ratio(number: float) -> tuple[int, int]:
    """The same as numerator and denominator, for arithmetic that must be quick."""
    return Decimal(repr(number)).as_integer_ratio()
