"""Smooth: the mean of the last days' values, and none while there are too few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.body import MAX_BYTES, key_result_data, to_bytes
from syncd.okr.definition import Smooth
from syncd.okr.kinds import Reach
from syncd.okr.smoothing import MAX_DAYS
from syncd.okr.state import KeyResultState
from syncd.okr.written import written
from tests.builders import CYCLE, a_key_result, an_input, bad, good, state_of, through_json, utc

NOON = CYCLE.starts_at + timedelta(hours=12)
DAY = timedelta(days=1)
WEEK = a_key_result(an_input("value"), smooth=Smooth(days=7))
PICKY = a_key_result(an_input("value"), smooth=Smooth(days=7, min_points=3))


def after(values: Sequence[float], key_result: object = WEEK, *, start: datetime = NOON) -> KeyResultState:
    """One value a day, each evaluated from what the store gave back."""
    return read(key_result, [(start + n * DAY, value) for n, value in enumerate(values)])


def read(
    key_result: object, reads: Sequence[tuple[datetime, float]], before: KeyResultState | None = None
) -> KeyResultState:
    state = before
    for at, value in reads:
        state = through_json(state_of(key_result, before=state, value=good(value, at=at), now=at))  # type: ignore[arg-type]  # a key result
    assert state is not None
    return state


def test_the_value_is_the_mean_of_the_days() -> None:
    state = after([10, 20, 60])

    assert (state.current, state.progress) == (30, 0.3)
    assert state.details is not None
    assert state.details["latest"] == 60


def test_a_day_before_the_cycle_is_none_of_its_days() -> None:
    captured = a_key_result(an_input("value"), smooth=Smooth(days=7), kind=Reach(start=None, target=100))

    state = after([10, 20], captured, start=NOON - DAY)

    assert (state.current, state.start) == (20, 20)


def test_the_days_are_shown() -> None:
    state = after([10, 20])

    assert state.details is not None
    assert state.details["smooth"] == {
        "points": 2,
        "min_points": 1,
        "days": {"2026-10-01": 10, "2026-10-02": 20},
    }


def test_a_day_says_what_it_said_last() -> None:
    state = read(WEEK, [(NOON, 90), (NOON + timedelta(hours=1), 10), (NOON + DAY, 20)])

    assert state.current == 15


def test_a_day_without_a_value_is_not_a_zero() -> None:
    state = read(WEEK, [(NOON, 10), (NOON + 3 * DAY, 20)])

    assert state.current == 15


def test_the_seventh_day_is_inside_and_the_eighth_is_not() -> None:
    assert read(WEEK, [(NOON, 70), (NOON + 6 * DAY, 10)]).current == 40
    assert read(WEEK, [(NOON, 70), (NOON + 7 * DAY, 10)]).current == 10


def test_days_begin_at_midnight_of_the_zone() -> None:
    late = utc("2026-10-05T21:59")  # 23:59 in Berlin

    assert read(WEEK, [(late, 10), (late + timedelta(minutes=1), 20)]).current == 15


def test_with_too_few_days_there_is_no_value() -> None:
    state = after([10, 20], PICKY)

    assert (state.current, state.progress) == (None, None)
    assert state.error is not None
    assert (state.error.code, "2 days in 7" in state.error.message) == ("too_few_points", True)


def test_with_just_enough_days_there_is_one() -> None:
    state = after([10, 20, 60], PICKY)

    assert (state.current, state.error) == (30, None)


def test_after_a_gap_the_last_mean_stays_until_there_are_days_enough() -> None:
    state = after([10, 20, 60], PICKY)

    gap = read(PICKY, [(NOON + 20 * DAY, 90)], state)
    enough = read(PICKY, [(NOON + 21 * DAY, 91), (NOON + 22 * DAY, 92)], gap)

    assert gap.current == 30
    assert gap.error is not None
    assert gap.error.code == "too_few_points"
    assert (enough.current, enough.error) == (91, None)


def test_before_anything_was_read_nothing_is_missing() -> None:
    state = state_of(PICKY)

    assert (state.current, state.error) == (None, None)


def test_a_source_that_fails_is_the_error_and_the_mean_stays() -> None:
    state = state_of(PICKY, before=after([10, 20, 60], PICKY), value=bad(good(60)), now=NOON + 40 * DAY)

    assert state.current == 30
    assert state.error is not None
    assert state.error.code == "source_unavailable"


def test_time_alone_moves_no_mean() -> None:
    state = after([10, 20, 60])

    later = state_of(WEEK, before=state, value=good(60, at=NOON + 2 * DAY), now=NOON + 30 * DAY)

    assert (later.current, later.details) == (30, state.details)


def test_another_measure_has_days_of_its_own() -> None:
    changed = replace(WEEK, measure_digest="measure-2")

    assert read(changed, [(NOON + 3 * DAY, 80)], after([10, 20, 60])).current == 80


def test_an_approximate_step_is_held_against_the_value_that_was_read() -> None:
    state = after([1_000, 2_000])
    at = NOON + 2 * DAY

    small = state_of(WEEK, before=state, value=good(2_009, at=at, approximate=True), now=at)

    assert small.details is not None
    assert small.details["smooth"]["days"]["2026-10-03"] == 2_000


def test_a_captured_start_is_the_first_mean() -> None:
    measured = replace(PICKY, kind=Reach(start=None, target=100))

    few, enough = after([10, 20], measured), after([10, 20, 60], measured)

    assert (few.start, enough.start, enough.progress) == (None, 30, 0.0)


def test_the_longest_mean_fits_into_an_event() -> None:
    longest = a_key_result(an_input("value"), smooth=Smooth(days=MAX_DAYS))

    state = after([n / 7 + 1e15 for n in range(MAX_DAYS + 5)], longest)

    assert state.details is not None
    assert len(state.details["smooth"]["days"]) == MAX_DAYS
    assert len(to_bytes({"data": key_result_data(state, None, sequence=1)})) < MAX_BYTES / 3


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=12))
def test_the_mean_is_exact_and_between_the_days(values: list[float]) -> None:
    last = values[-7:]

    found = after(values).current

    assert found == float(sum(map(written, last)) / len(last))
    assert min(last) <= found <= max(last)


@given(st.floats(-1e308, 1e308), st.integers(1, 12))
def test_a_number_that_never_moved_is_its_own_mean(value: float, days: int) -> None:
    assert after([value] * days).current == pytest.approx(value, rel=0, abs=0)
