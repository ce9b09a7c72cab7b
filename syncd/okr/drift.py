"""How far the computed number is from what people say: check-ins by hand beside what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

Verdict = Literal["within", "drifts", "nothing_to_compare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What `author` said at a moment, and what was computed then; both in the key result's unit."""

    at: datetime
    author: str
    said: float
    computed: float

    @property
    def difference(self) -> float:
        """Positive: more was computed than said."""
        return float(_difference(self))

    @property
    def relative(self) -> float | None:
        """The difference as a share of what was said; None: a share of zero."""
        return float(_difference(self) / abs(_written(self.said))) if self.said else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """All comparisons of one key result.

    Attributes:
        latest: Tells whether the two agree today; None: there is nothing to compare.
        outside: How many of `count` are further apart than the tolerance.
        largest, mean: Of the absolute differences; None without a comparison, never zero.
    """

    verdict: Verdict
    latest: Comparison | None = None
    count: int = 0
    outside: int = 0
    largest: float | None = None
    mean: float | None = None


def drift(comparisons: Sequence[Comparison], *, tolerance: Fraction) -> Drift:
    """What the comparisons, in any order, say.

    The latest one decides: a mapping that was corrected is not blamed for what it said before.

    Args:
        tolerance: Share of what was said, 0 or more; its edge is within.
    """
    if not comparisons:
        return Drift(verdict="nothing_to_compare")
    latest = max(comparisons, key=lambda it: it.at)
    differences = [abs(_difference(it)) for it in comparisons]
    return Drift(
        verdict="within" if _is_within(latest, tolerance) else "drifts",
        latest=latest,
        count=len(comparisons),
        outside=sum(not _is_within(it, tolerance) for it in comparisons),
        largest=float(max(differences)),
        mean=float(sum(differences) / len(differences)),
    )


def _is_within(comparison: Comparison, tolerance: Fraction) -> bool:
    return abs(_difference(comparison)) <= tolerance * abs(_written(comparison.said))


def _difference(comparison: Comparison) -> Fraction:
    return _written(comparison.computed) - _written(comparison.said)


def _written(number: float) -> Fraction:
    """The number as people read and write it: 0.1 is a tenth, so that an edge is an edge."""
    return Fraction(repr(number))
