"""Drift: what is computed beside what people say."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.drift import Comparison, drift
from tests.builders import HALFWAY

FIVE = Fraction(5, 100)


def compared(computed: float, said: float, *, days: int = 0) -> Comparison:
    return Comparison(at=HALFWAY + timedelta(days=days), author="anna", said=said, computed=computed)


def test_nothing_to_compare_is_no_zero() -> None:
    found = drift([], tolerance=FIVE)

    assert found.verdict == "nothing_to_compare"
    assert (found.latest, found.largest, found.mean) == (None, None, None)


@pytest.mark.parametrize(
    ("computed", "said", "verdict"),
    [
        (105, 100, "within"),
        (1.05, 1.0, "within"),  # the edge is within, whatever floats make of it
        (95, 100, "within"),
        (-105, -100, "within"),
        (105.01, 100, "drifts"),
        (0, 0, "within"),
        (0.01, 0, "drifts"),
        (-100, 100, "drifts"),
    ],
)
def test_the_edge_of_the_tolerance_is_within(computed: float, said: float, verdict: str) -> None:
    assert drift([compared(computed, said)], tolerance=FIVE).verdict == verdict


def test_the_latest_word_decides_in_whatever_order_they_come() -> None:
    corrected = [compared(100, 100, days=2), compared(150, 100, days=0), compared(110, 100, days=1)]

    found = drift(corrected, tolerance=FIVE)

    assert (found.verdict, found.count, found.outside) == ("within", 3, 2)
    assert (found.largest, found.mean) == (50, 20)


def test_a_difference_says_its_direction_and_its_share_of_what_was_said() -> None:
    less = compared(0.3, 0.4)

    assert (less.difference, less.relative) == (-0.1, -0.25)
    assert compared(3, 0).relative is None


@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), min_size=1, max_size=9),
    st.fractions(0, 2),
)
def test_the_mean_lies_between_nothing_and_the_largest(
    pairs: list[tuple[float, float]], tolerance: Fraction
) -> None:
    found = drift([compared(*pair, days=n) for n, pair in enumerate(pairs)], tolerance=tolerance)

    assert found.largest is not None
    assert found.mean is not None
    assert 0 <= found.mean <= found.largest
    assert (found.outside == 0) <= (found.verdict == "within")
