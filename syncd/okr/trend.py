"""The line through points, and where it ends: Theil and Sen's, from medians alone.

A few points that are far off (a bad cell, a bulk change) do not turn it, as they would turn a line
of least squares; and it takes no table of Student's t.

Sources:
    P. K. Sen (1968), Estimates of the regression coefficient based on Kendall's tau.
    M. Hollander, D. A. Wolfe (1973), Nonparametric Statistical Methods, section 9.3: the interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, median
from typing import Final, NamedTuple

LEAST_POINTS: Final = 4
"""With fewer, every slope there is lies inside the interval, and no band can be told."""

OUTSIDE: Final = 10
"""One in so many is left out on either side: of the slope's interval, and of the points' scatter."""

_Z: Final = NormalDist().inv_cdf(1 - 1 / OUTSIDE)


class Point(NamedTuple):
    """`day`: counted from any one day; no two points share it."""

    day: int
    value: float


class Landing(NamedTuple):
    value: float
    low: float
    high: float


def landing(points: Sequence[Point], *, day: int) -> Landing | None:
    """Where the line through the points is on `day`, which is none before the last of them.

    The slope is the median of the slopes between every two points. Each point, moved along it to
    `day`, names a value; their median is where the line lands. The band has two parts: the slope is
    as low and as high as Sen's interval leaves open, with the middle of the points' days as pivot;
    and the points scatter about their line, of which the outermost tenth on each side is left out.

    Returns:
        None where a float cannot hold it.

    Raises:
        ValueError: Fewer than `LEAST_POINTS`.
    """
    if len(points) < LEAST_POINTS:
        raise ValueError(f"{len(points)} points make no trend")
    slopes = sorted(
        (later.value - earlier.value) / (later.day - earlier.day)
        for n, earlier in enumerate(points)
        for later in points[n + 1 :]
    )
    if not (math.isfinite(slopes[0]) and math.isfinite(slopes[-1])):
        return None
    slope = median(slopes)
    named = sorted(value + slope * (day - at) for at, value in points)
    value, way = median(named), day - median(at for at, _ in points)
    outer = _rank_outside(len(points)) - 1
    edge = (len(points) - 1) // OUTSIDE
    found = Landing(
        value=value,
        low=named[edge] - (slope - slopes[outer]) * way,
        high=named[-1 - edge] + (slopes[-1 - outer] - slope) * way,
    )
    return found if all(map(math.isfinite, found)) else None


def _rank_outside(points: int) -> int:
    """The interval of the slope goes from the slope of this rank to the one of this rank from above."""
    pairs = points * (points - 1) // 2
    deviation = math.sqrt(points * (points - 1) * (2 * points + 5) / 18)
    return math.floor((pairs - _Z * deviation) / 2)
