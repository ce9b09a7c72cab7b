"""Periods: days, ISO weeks and months that tile a cycle, cut by its edges."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.definition import Cycle
from syncd.okr.period import SETTLING, Every, days_of, is_frozen, periods_of
from tests.builders import BERLIN, CYCLE, bad, good, utc

WEEKS = periods_of(CYCLE, "week")
ZONES = [
    ZoneInfo(name) for name in ("Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "UTC")
]


def a_cycle(first: date, last: date, zone: ZoneInfo = BERLIN) -> Cycle:
    return Cycle(name="c", first_day=first, last_day=last, zone=zone)


@st.composite
def cycles(draw: st.DrawFn) -> Cycle:
    first = draw(st.dates(date(1999, 1, 1), date(2040, 1, 1)))
    length = draw(st.integers(0, 400))
    return a_cycle(first, first + timedelta(days=length), draw(st.sampled_from(ZONES)))


EVERY: st.SearchStrategy[Every] = st.sampled_from(["day", "week", "month"])


@given(cycles(), EVERY)
def test_periods_tile_the_cycle_without_a_gap(cycle: Cycle, every: Every) -> None:
    periods = periods_of(cycle, every)

    assert (periods[0].first_day, periods[-1].last_day) == (cycle.first_day, cycle.last_day)
    assert (periods[0].starts_at, periods[-1].ends_at) == (cycle.starts_at, cycle.ends_at)
    for one, next_one in itertools.pairwise(periods):
        assert one.last_day + timedelta(days=1) == next_one.first_day
        assert one.ends_at == next_one.starts_at


@given(cycles(), EVERY)
def test_only_the_edges_of_a_cycle_cut_a_period(cycle: Cycle, every: Every) -> None:
    periods = periods_of(cycle, every)

    assert all(period.share == 1 for period in periods[1:-1])
    assert all(0 < period.share <= 1 for period in periods)


@given(cycles(), EVERY)
def test_a_label_names_the_days_and_no_two_are_alike(cycle: Cycle, every: Every) -> None:
    periods = periods_of(cycle, every)

    assert [days_of(period.label) for period in periods] == [(it.first_day, it.last_day) for it in periods]
    assert len({period.label for period in periods}) == len(periods)


def test_weeks_begin_on_monday_and_the_first_and_the_last_are_cut() -> None:
    # October 1, 2026 is a Thursday, December 31 as well.
    assert [week.label for week in (WEEKS[0], WEEKS[1], WEEKS[-1])] == [
        "2026-10-01/2026-10-04",
        "2026-10-05/2026-10-11",
        "2026-12-28/2026-12-31",
    ]
    assert (len(WEEKS), WEEKS[0].share, WEEKS[-1].share) == (14, Fraction(4, 7), Fraction(4, 7))


def test_the_week_of_the_clock_change_has_an_hour_more() -> None:
    (week,) = [it for it in WEEKS if it.last_day == date(2026, 10, 25)]

    assert (week.starts_at, week.ends_at) == (utc("2026-10-18T22:00"), utc("2026-10-25T23:00"))
    assert week.ends_at - week.starts_at == timedelta(days=7, hours=1)
    assert week.share == 1


def test_the_day_of_the_clock_change_in_spring_has_an_hour_less() -> None:
    (day,) = periods_of(a_cycle(date(2027, 3, 28), date(2027, 3, 28)), "day")

    assert day.ends_at - day.starts_at == timedelta(hours=23)


def test_months_are_as_long_as_they_are() -> None:
    leap, usual = a_cycle(date(2028, 2, 15), date(2028, 3, 31)), a_cycle(date(2027, 2, 15), date(2027, 3, 31))

    assert [month.share for month in periods_of(leap, "month")] == [Fraction(15, 29), 1]
    assert [month.share for month in periods_of(usual, "month")] == [Fraction(1, 2), 1]


def test_a_leap_day_is_a_day() -> None:
    days = periods_of(a_cycle(date(2028, 2, 28), date(2028, 3, 1)), "day")

    assert [day.label for day in days] == ["2028-02-28", "2028-02-29", "2028-03-01"]


def test_a_week_over_new_year_is_one_week() -> None:
    weeks = periods_of(a_cycle(date(2026, 12, 28), date(2027, 1, 10)), "week")

    assert [week.label for week in weeks] == ["2026-12-28/2027-01-03", "2027-01-04/2027-01-10"]


def test_a_week_cut_to_one_day_is_that_day_for_whoever_asks() -> None:
    cycle = a_cycle(date(2026, 11, 1), date(2026, 11, 8))  # begins on a Sunday

    assert periods_of(cycle, "week")[0].label == periods_of(cycle, "day")[0].label == "2026-11-01"


MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("read_after", "age", "frozen"),
    [
        (timedelta(0), SETTLING, True),
        (timedelta(0), SETTLING - MOMENT, False),
        (timedelta(days=6), SETTLING, True),
        (-MOMENT, SETTLING, False),
        (-MOMENT, timedelta(days=60), False),
    ],
)
def test_a_period_is_frozen_a_week_after_its_end_once_read_after_it(
    read_after: timedelta, age: timedelta, frozen: bool
) -> None:
    end = WEEKS[3].ends_at

    assert is_frozen(WEEKS[3], good(7, at=end + read_after), now=end + age) is frozen


def test_a_period_that_was_never_read_well_is_not_frozen() -> None:
    later = WEEKS[3].ends_at + timedelta(days=30)

    assert not is_frozen(WEEKS[3], None, now=later)
    assert not is_frozen(WEEKS[3], bad(at=later), now=later)
