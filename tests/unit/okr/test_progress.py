"""Progress of reach, up and down, and of bands."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syncd.errors import EvaluationError
from syncd.okr.definition import Keep
from syncd.okr.progress import band_progress, clamp, distance, is_inside, progress

NUMBERS = st.floats(-1e9, 1e9)


@pytest.mark.parametrize(
    ("start", "target", "current", "expected"),
    [
        (0.20, 0.75, 0.475, 0.5),
        (40, 28, 34, 0.5),
        (40, 28, 40, 0.0),
        (40, 28, 28, 1.0),
        (40, 28, 22, 1.5),
        (40, 28, 46, -0.5),
        (-10, -6, -8, 0.5),
        (0, 20, 0, 0.0),
    ],
)
def test_progress_is_the_share_of_the_way_in_either_direction(
    start: float, target: float, current: float, expected: float
) -> None:
    found = progress(start=start, target=target, current=current)

    assert found == pytest.approx(expected)
    assert math.copysign(1, found) == math.copysign(1, expected)


def test_there_is_no_way_from_a_number_to_itself() -> None:
    with pytest.raises(EvaluationError) as failed:
        progress(start=3, target=3, current=3)

    assert failed.value.code == "start_is_target"


def test_a_value_too_far_away_makes_no_progress_rather_than_an_infinite_one() -> None:
    with pytest.raises(EvaluationError) as failed:
        progress(start=0.0, target=5e-324, current=1e308)

    assert failed.value.code == "not_finite"


def test_a_way_longer_than_any_float_still_has_a_middle() -> None:
    assert progress(start=-1.7e308, target=1.7e308, current=0.0) == 0.5


@pytest.mark.parametrize(
    ("start", "target", "current", "on_paper"),
    [(0.1, 0.4, 0.3, 2 / 3), (0.28, 0.35, 0.3, 2 / 7), (0.12, 0.09, 0.1, 2 / 3), (2.0, 1.7, 1.92, 4 / 15)],
)
def test_progress_has_the_last_digit_that_it_has_on_paper(
    start: float, target: float, current: float, on_paper: float
) -> None:
    assert progress(start=start, target=target, current=current) == on_paper


@given(NUMBERS, NUMBERS, NUMBERS)
def test_progress_is_exact_on_the_digits_that_are_written(
    start: float, target: float, current: float
) -> None:
    assume(abs(target - start) > 1e-6)
    s, t, c = (Fraction(str(number)) for number in (start, target, current))

    assert progress(start=start, target=target, current=current) == float((c - s) / (t - s))


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_progress_is_monotonic_in_the_current_value(
    start: float, target: float, one: float, other: float
) -> None:
    assume(abs(target - start) > 1e-6)
    low, high = sorted((one, other))

    at_low, at_high = (progress(start=start, target=target, current=current) for current in (low, high))

    assert at_low <= at_high if target > start else at_low >= at_high


@given(NUMBERS, NUMBERS)
def test_progress_is_nothing_at_the_start_and_whole_at_the_target(start: float, target: float) -> None:
    assume(start != target)

    assert progress(start=start, target=target, current=start) == 0.0
    assert progress(start=start, target=target, current=target) == 1.0


@pytest.mark.parametrize(("ratio", "clamped"), [(-0.5, 0.0), (0.0, 0.0), (0.4, 0.4), (1.0, 1.0), (1.5, 1.0)])
def test_a_roll_up_sees_progress_between_nothing_and_all(ratio: float, clamped: float) -> None:
    assert clamp(ratio) == clamped


AT_LEAST = Keep(low=10)
AT_MOST = Keep(high=20)
ABOVE = Keep(low=10, strict_low=True)
BELOW = Keep(high=20, strict_high=True)
BETWEEN = Keep(low=10, high=20)


@pytest.mark.parametrize(
    ("band", "current", "inside"),
    [
        (AT_LEAST, 10, True),
        (AT_LEAST, 9.999, False),
        (AT_LEAST, 1e9, True),
        (AT_MOST, 20, True),
        (AT_MOST, 20.001, False),
        (AT_MOST, -1e9, True),
        (ABOVE, 10, False),
        (ABOVE, 10.001, True),
        (BELOW, 20, False),
        (BELOW, 19.999, True),
        (BETWEEN, 10, True),
        (BETWEEN, 20, True),
        (BETWEEN, 9, False),
        (BETWEEN, 21, False),
    ],
)
def test_an_edge_is_inside_unless_it_is_strict(band: Keep, current: float, inside: bool) -> None:
    assert is_inside(band, current=current) is inside
    assert band_progress(band, current=current) == (1.0 if inside else 0.0)


@pytest.mark.parametrize(
    ("current", "expected"),
    [(10, 1.0), (9, 0.75), (8, 0.5), (6, 0.0), (5, 0.0), (20, 1.0), (21, 0.75), (99, 0.0)],
)
def test_a_tolerance_grades_down_to_nothing_at_its_far_edge(current: float, expected: float) -> None:
    band = Keep(low=10, high=20, tolerance=4)

    assert band_progress(band, current=current) == expected


def test_a_tolerance_grades_by_the_digits_that_are_written() -> None:
    assert band_progress(Keep(low=0.999, tolerance=0.001), current=0.9984) == 0.4


def test_a_strict_edge_is_outside_but_no_distance_away() -> None:
    assert distance(ABOVE, current=10) == 0.0
    assert band_progress(Keep(low=10, strict_low=True, tolerance=4), current=10) == 1.0


def test_zero_incidents_is_a_band() -> None:
    band = Keep(high=0)

    assert band_progress(band, current=0) == 1.0
    assert band_progress(band, current=1) == 0.0


@given(st.floats(-1e6, 1e6), st.floats(0.001, 1e3), st.floats(-2e6, 2e6), st.floats(-2e6, 2e6))
def test_progress_of_a_band_falls_with_the_distance(
    edge: float, tolerance: float, one: float, other: float
) -> None:
    band = Keep(low=edge, tolerance=tolerance)
    low, high = sorted((one, other))

    worse, better = band_progress(band, current=low), band_progress(band, current=high)

    assert 0.0 <= worse <= better <= 1.0
