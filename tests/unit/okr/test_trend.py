"""The line through points: against exact fractions, and what it must not be moved by."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.trend import Landing, Point, landing

# Tables of the normal distribution: nine tenths lie below.
Z = Fraction("1.2815515655446004")

VALUES = st.lists(st.integers(-10_000, 10_000).map(lambda n: n / 8), min_size=4, max_size=28)


def on_days(values: Sequence[float], *, first: int = 0) -> list[Point]:
    return [Point(first + n, value) for n, value in enumerate(values)]


def middle(numbers: Sequence[Fraction]) -> Fraction:
    ordered, n = sorted(numbers), len(numbers)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def exactly(points: Sequence[Point], day: int) -> tuple[Fraction, Fraction, Fraction]:
    """The same from its definition: exact but for the root, which is bracketed by whole numbers."""
    n = len(points)
    exact = [(Fraction(at), Fraction(value)) for at, value in points]
    slopes = sorted((y - b) / (x - a) for i, (a, b) in enumerate(exact) for x, y in exact[i + 1 :])
    variance = Fraction(n * (n - 1) * (2 * n + 5), 18)
    rank = 0
    while (len(slopes) - 2 * (rank + 1)) >= 0 and (len(slopes) - 2 * (rank + 1)) ** 2 >= Z**2 * variance:
        rank += 1
    slope = middle(slopes)
    end = middle([y + slope * (day - x) for x, y in exact])
    scatter = sorted(y + slope * (day - x) - end for x, y in exact)
    tenth = -(-n // 10)
    way = day - middle([x for x, _ in exact])
    low = end + (slopes[rank - 1] - slope) * way + scatter[tenth - 1]
    high = end + (slopes[-rank] - slope) * way + scatter[-tenth]
    return end, low, high


def landed(points: Sequence[Point], *, day: int) -> Landing:
    found = landing(points, day=day)
    assert found is not None
    return found


@given(VALUES, st.integers(0, 90))
def test_it_lands_where_exact_fractions_land(values: list[float], beyond: int) -> None:
    points = on_days(values, first=739_000)
    day = points[-1].day + beyond

    found = landed(points, day=day)

    assert found == pytest.approx([float(it) for it in exactly(points, day)], rel=1e-9, abs=1e-6)


@given(VALUES, st.integers(0, 90))
def test_the_band_holds_the_line(values: list[float], beyond: int) -> None:
    found = landed(on_days(values), day=len(values) - 1 + beyond)

    assert found.low <= found.value <= found.high


def test_a_straight_line_lands_on_itself() -> None:
    assert landed(on_days([2 * n + 5 for n in range(8)]), day=20) == (45, 45, 45)


def test_a_number_that_never_moves_lands_where_it_is() -> None:
    assert landed(on_days([7.5] * 28), day=90) == (7.5, 7.5, 7.5)


def test_days_without_a_point_bend_nothing() -> None:
    points = [Point(day, 3 * day) for day in (0, 1, 2, 9, 10, 25)]

    assert landed(points, day=40).value == 120


def test_a_relapse_of_a_few_points_does_not_turn_the_line() -> None:
    steady = on_days([10 + n for n in range(28)])
    relapsed = [*steady[:-3], *(Point(day, 0) for day, _ in steady[-3:])]

    assert landed(relapsed, day=60).value == pytest.approx(landed(steady, day=60).value)


def test_points_that_scatter_more_leave_a_wider_band() -> None:
    def width(scatter: float) -> float:
        found = landed(on_days([n + scatter * (-1) ** n for n in range(20)]), day=50)
        return found.high - found.low

    assert 0 == width(0) < width(1) < width(3)


def test_numbers_too_far_apart_for_a_float_land_nowhere() -> None:
    assert landing(on_days([-1.7e308, 1.7e308, 0, 0]), day=9) is None
    assert landing(on_days([0, 1e307, 2e307, 3e307]), day=90) is None


def test_three_points_make_no_trend() -> None:
    with pytest.raises(ValueError, match="3 points"):
        landing(on_days([1, 2, 3]), day=9)
