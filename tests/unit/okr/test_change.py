"""Change: a target that is the start and so much more, or less."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syncd.errors import EvaluationError
from syncd.okr.judging.change import target_of
from syncd.okr.kinds import Change
from tests.builders import a_key_result, an_input, bad, good, state_of

NUMBERS = st.floats(-1e9, 1e9)
SHARES = st.floats(-10, 10).filter(lambda share: abs(share) > 1e-6)


def relative(share: float, start: float | None = None) -> Change:
    return Change(amount=share, is_relative=True, start=start)


def absolute(amount: float, start: float | None = None) -> Change:
    return Change(amount=amount, is_relative=False, start=start)


@pytest.mark.parametrize(
    ("kind", "start", "target"),
    [
        (relative(0.4), 50, 70),
        (relative(-0.25), 12, 9),
        (relative(0.4), -10, -6),
        (relative(-0.25), -8, -10),
        (relative(-1), 40, 0),
        (absolute(20), 31, 51),
        (absolute(-20), 10, -10),
        (absolute(20), 0, 20),
        (absolute(0.15), 0.2, 0.35),
        (relative(0.25), 0.28, 0.35),
        (relative(0.3), 3.2, 4.16),
    ],
)
def test_the_target_is_the_start_and_the_change(kind: Change, start: float, target: float) -> None:
    assert target_of(kind, start) == target


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_a_share_of_zero_asks_for_an_amount(zero: float) -> None:
    with pytest.raises(EvaluationError, match=r"change: \+20") as failed:
        target_of(relative(0.4), zero)

    assert failed.value.code == "change_of_zero"


def test_a_target_that_no_float_holds_is_an_error() -> None:
    with pytest.raises(EvaluationError) as failed:
        target_of(relative(5), 1e308)

    assert failed.value.code == "not_finite"


@given(SHARES, NUMBERS)
def test_more_is_more_also_of_a_negative_start(share: float, start: float) -> None:
    assume(abs(start) > 1e-6)

    target = target_of(relative(share), start)

    assert (target > start) == (share > 0)


@given(SHARES, NUMBERS, NUMBERS)
def test_progress_of_a_change_is_whole_at_its_target(share: float, start: float, current: float) -> None:
    assume(abs(start) > 1e-6)
    key_result = a_key_result(an_input("value"), kind=relative(share, start))

    state = state_of(key_result, value=good(current))
    arrived = state_of(key_result, value=good(state.target or 0.0))

    assert arrived.progress_unclamped == 1.0
    assert state.progress is not None
    assert 0.0 <= state.progress <= 1.0


class TestState:
    def test_a_change_has_start_target_and_progress_like_any_way(self) -> None:
        state = state_of(a_key_result(an_input("value"), kind=relative(-0.25, 40)), value=good(35))

        assert (state.kind, state.start, state.target) == ("change", 40, 30)
        assert (state.progress, state.progress_unclamped, state.pace) == (0.5, 0.5, "ahead")

    def test_the_details_say_which_change_it_is(self) -> None:
        state = state_of(a_key_result(an_input("value"), kind=absolute(20, 31)), value=good(41))

        assert state.details == {"change": {"amount": 20, "is_relative": False}}

    def test_a_share_of_zero_has_a_value_and_no_progress(self) -> None:
        state = state_of(a_key_result(an_input("value"), kind=relative(0.4, 0)), value=good(3))

        assert (state.current, state.start, state.target, state.progress) == (3, 0, None, None)
        assert state.error is not None
        assert state.error.code == "change_of_zero"

    def test_a_change_too_small_for_a_float_is_no_way(self) -> None:
        state = state_of(a_key_result(an_input("value"), kind=absolute(1e-9, 1e15)), value=good(3))

        assert state.progress is None
        assert state.error is not None
        assert state.error.code == "start_is_target"

    def test_a_target_that_is_not_finite_is_never_shown(self) -> None:
        state = state_of(a_key_result(an_input("value"), kind=relative(5, 1e308)), value=good(3))

        assert state.target is None
        assert state.start is not None
        assert math.isfinite(state.start)

    def test_a_failing_source_comes_before_an_impossible_change(self) -> None:
        key_result = a_key_result(an_input("value"), kind=relative(0.4, 0))

        state = state_of(key_result, value=bad(good(3)))

        assert state.error is not None
        assert state.error.code == "source_unavailable"
