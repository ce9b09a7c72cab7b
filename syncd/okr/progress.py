"""start, target, current -> progress; bands. Everything in the key result's unit."""

from __future__ import annotations

from fractions import Fraction

from syncd.errors import EvaluationError
from syncd.okr.definition import Keep
from syncd.okr.written import ratio, written


def progress(*, start: float, target: float, current: float) -> float:
    """How far `current` has come from `start` towards `target`.

    Either direction works: a key result may shrink a number (start 40 issues, target 0).

    Returns:
        Ratio, 0.0 (nothing yet) to 1.0 (target met); linear, unclamped; of the digits that are
        written, rounded once.

    Raises:
        EvaluationError: `start_is_target`, there is no way to go; `not_finite`, the numbers are
            too far apart for a float.
    """
    if start == target:
        raise EvaluationError(f"start and target are both {start!r}", code="start_is_target")
    (a, b), (c, d), (e, f) = ratio(start), ratio(target), ratio(current)
    try:
        # (e/f - a/b) / (c/d - a/b) in whole numbers: exact, and rounded once by the division.
        way = (e * b - a * f) * d / ((c * b - a * d) * f)
    except OverflowError as error:
        raise EvaluationError(
            f"progress from {start!r} to {target!r} at {current!r} is not a finite number", code="not_finite"
        ) from error
    return way + 0.0  # makes -0.0 a plain zero


def clamp(ratio: float) -> float:
    return min(max(ratio, 0.0), 1.0)


def band_progress(band: Keep, *, current: float) -> float:
    """1.0 inside the band, else 0.0; with a tolerance, falling to 0.0 at its far edge."""
    if is_inside(band, current=current):
        return 1.0
    if not band.tolerance:
        return 0.0
    return max(0.0, float(1 - distance(band, current=current) / written(band.tolerance)))


def is_inside(band: Keep, *, current: float) -> bool:
    if band.low is not None and (current < band.low or (band.strict_low and current == band.low)):
        return False
    return band.high is None or current < band.high or (not band.strict_high and current == band.high)


def distance(band: Keep, *, current: float) -> Fraction:
    """How far outside the band, exactly; 0 inside, and on an edge that is itself outside."""
    if band.low is not None and current < band.low:
        return written(band.low) - written(current)
    if band.high is not None and current > band.high:
        return written(current) - written(band.high)
    return Fraction()
