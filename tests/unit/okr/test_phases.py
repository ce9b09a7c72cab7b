"""Phased targets: straight lines from the start over the points to the target, for pace alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.definition import Calendar, KeyResult, Phase
from syncd.okr.kinds import Change, Reach
from syncd.okr.pace import expected_progress
from syncd.okr.phases import on_the_way
from tests.builders import BERLIN, CALENDAR, CYCLE, HALFWAY, a_key_result, an_input, good, state_of

WORKDAYS = Calendar(zone=BERLIN, count="workdays", holidays=frozenset({date(2026, 12, 25)}))
MOMENT = timedelta(microseconds=1)


def phased(*points: tuple[date, float]) -> KeyResult:
    """From 0 to 100."""
    return a_key_result(an_input("value"), phases=tuple(Phase(day=day, value=value) for day, value in points))


def expected(key_result: KeyResult, now: datetime, *, calendar: Calendar = CALENDAR) -> float | None:
    by_now = expected_progress(CYCLE, now=now, calendar=calendar)
    return on_the_way(by_now, key_result, start=0, target=100, calendar=calendar)


def midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), BERLIN)


LATE = phased((date(2026, 10, 31), 20), (date(2026, 11, 30), 30))


def test_without_phases_it_is_the_calendars_own() -> None:
    assert expected(phased(), HALFWAY) == 0.5


@pytest.mark.parametrize(("day", "value"), [(date(2026, 10, 31), 0.2), (date(2026, 11, 30), 0.3)])
def test_a_point_is_expected_by_the_end_of_its_day(day: date, value: float) -> None:
    assert expected(LATE, midnight_after(day)) == pytest.approx(value)


def test_between_two_points_it_is_a_straight_line() -> None:
    between = midnight_after(date(2026, 11, 15))

    assert expected(LATE, between) == pytest.approx(0.25)


def test_it_begins_at_the_start_and_ends_at_the_target() -> None:
    assert expected(LATE, CYCLE.starts_at - MOMENT) is None
    assert expected(LATE, CYCLE.starts_at) == 0.0
    assert expected(LATE, CYCLE.ends_at - MOMENT) == pytest.approx(1.0)
    assert expected(LATE, CYCLE.ends_at) == 1.0


def test_a_point_may_lead_past_the_target_or_back() -> None:
    there_and_back = phased((date(2026, 10, 31), 120), (date(2026, 11, 30), -10))

    assert expected(there_and_back, midnight_after(date(2026, 10, 31))) == pytest.approx(1.2)
    assert expected(there_and_back, midnight_after(date(2026, 11, 30))) == pytest.approx(-0.1)


def test_by_workdays_a_point_lies_after_the_last_workday_so_far() -> None:
    friday = phased((date(2026, 10, 30), 40))
    sunday = phased((date(2026, 11, 1), 40))
    monday_morning = datetime(2026, 11, 2, 9, tzinfo=BERLIN)

    assert expected(friday, monday_morning, calendar=WORKDAYS) == pytest.approx(0.4)
    assert expected(sunday, monday_morning, calendar=WORKDAYS) == pytest.approx(0.4)


def test_of_two_points_at_one_workday_the_later_counts() -> None:
    weekend = phased((date(2026, 10, 31), 40), (date(2026, 11, 1), 60))

    assert expected(weekend, datetime(2026, 11, 2, 9, tzinfo=BERLIN), calendar=WORKDAYS) == pytest.approx(0.6)


def test_a_point_on_the_last_holidays_does_not_hold_the_end_back() -> None:
    last_days = phased((date(2026, 12, 30), 50))

    assert expected(last_days, CYCLE.ends_at - MOMENT, calendar=WORKDAYS) is not None
    assert expected(last_days, CYCLE.ends_at, calendar=WORKDAYS) == 1.0


def test_pace_is_held_against_the_phases_and_progress_is_not() -> None:
    plain, late = phased(), LATE

    slow, good_enough = (state_of(it, value=good(24), now=HALFWAY) for it in (plain, late))

    assert (slow.progress, good_enough.progress) == (0.24, 0.24)
    assert (slow.pace, good_enough.pace) == ("behind", "on_track")


def test_phases_stand_in_the_details() -> None:
    assert state_of(LATE, value=good(24)).details == {
        "phases": [{"day": "2026-10-31", "value": 20}, {"day": "2026-11-30", "value": 30}]
    }


def test_a_change_has_phases_too_in_its_unit() -> None:
    change = a_key_result(
        an_input("value"),
        kind=Change(amount=-0.5, is_relative=True, start=40),
        phases=(Phase(day=date(2026, 10, 31), value=38),),
    )

    state = state_of(change, value=good(38), now=midnight_after(date(2026, 10, 31)))

    assert (state.progress, state.pace) == (0.1, "ahead")


def test_a_shrinking_number_is_expected_downwards() -> None:
    down = a_key_result(
        an_input("value"), kind=Reach(start=40, target=28), phases=(Phase(day=date(2026, 10, 31), value=37),)
    )
    now = midnight_after(date(2026, 10, 31))

    assert state_of(down, value=good(37), now=now).pace == "ahead"
    assert state_of(down, value=good(39), now=now).pace == "off_track"


@given(
    st.lists(st.tuples(st.integers(0, 90), st.floats(0, 100)), max_size=6, unique_by=lambda it: it[0]),
    st.floats(0, 1, exclude_max=True),
)
def test_the_expected_lies_between_its_points(points: list[tuple[int, float]], share: float) -> None:
    days = [(CYCLE.first_day + timedelta(days=n), value) for n, value in sorted(points)]
    now = CYCLE.starts_at + share * (CYCLE.ends_at - CYCLE.starts_at)

    found = expected(phased(*days), now)

    assert found is not None
    assert -1e-9 <= found <= 1 + 1e-9


@given(st.floats(0, 1, exclude_max=True))
def test_points_on_the_straight_line_change_nothing(share: float) -> None:
    now = CYCLE.starts_at + share * (CYCLE.ends_at - CYCLE.starts_at)
    days = [date(2026, 10, 10), date(2026, 11, 11), date(2026, 12, 12)]
    on_the_line = [(day, 100 * (expected(phased(), midnight_after(day)) or 0.0)) for day in days]

    assert expected(phased(*on_the_line), now) == pytest.approx(expected(phased(), now), abs=1e-12)
