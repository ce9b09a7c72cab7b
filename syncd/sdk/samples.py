"""One number for a sample: what `take` means, alike for every connector.

    class Duration(Ask):
        unit = "seconds"
        duration: Span
        take: Take = "median"

The sample never leaves the connector; the measurement carries its size, which `min_sample` looks at.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Literal

Take = Literal["median", "mean", "p85", "p95"]
"""What a mapping may say for `take`."""


def taken(take: Take, values: Sequence[float]) -> float:
    """`take` of `values`, which may come in any order.

    `median` is the middle value, or the mean of the two in the middle. `p85` and `p95` are nearest
    ranks: the smallest value of the sample that at least 85 (95) of 100 do not exceed, so that
    "85 % take no longer than this" is true of the sample as it is. Nothing is interpolated: of ten
    values, p95 is the largest.

    Raises:
        ValueError: there are no values; what is missing is not zero.
    """
    if not values:
        raise ValueError("an empty sample has no value")
    match take:
        case "median":
            return statistics.median(values)
        case "mean":
            return math.fsum(values) / len(values)
        case "p85":
            return _nearest_rank(values, percent=85)
        case "p95":
            return _nearest_rank(values, percent=95)


def _nearest_rank(values: Sequence[float], *, percent: int) -> float:
    # In whole numbers: 0.85 * 20 is 17 on paper, and a float may lie on either side of it.
    rank = -(-percent * len(values) // 100)
    return sorted(values)[rank - 1]
