"""Pace: progress against what the calendar expects by now."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from syncd.okr.definition import Calendar, Cycle, Keep
from syncd.okr.pace import expected_progress, keep_pace, reach_pace
from syncd.okr.state import Pace
from tests.builders import BERLIN, CALENDAR, CYCLE, HALFWAY, utc

SECOND = timedelta(seconds=1)


def test_time_runs_by_instants_from_the_first_moment_to_the_last() -> None:
    assert expected_progress(CYCLE, now=CYCLE.starts_at, calendar=CALENDAR) == 0.0
    assert expected_progress(CYCLE, now=HALFWAY, calendar=CALENDAR) == 0.5
    assert expected_progress(CYCLE, now=CYCLE.ends_at, calendar=CALENDAR) == 1.0


def test_before_the_cycle_nothing_can_be_said_and_after_it_all_is_expected() -> None:
    assert expected_progress(CYCLE, now=CYCLE.starts_at - SECOND, calendar=CALENDAR) is None
    assert expected_progress(CYCLE, now=CYCLE.ends_at + timedelta(days=90), calendar=CALENDAR) == 1.0


TWO_WEEKS = Cycle(name="sprint", first_day=date(2026, 11, 2), last_day=date(2026, 11, 15), zone=BERLIN)


@pytest.mark.parametrize(
    ("now", "done", "of"),
    [
        (utc("2026-11-02T12:00"), 0, 10),  # Monday: today does not count
        (utc("2026-11-03T12:00"), 1, 10),
        (utc("2026-11-06T22:59"), 4, 10),  # Friday, 23:59 in Berlin
        (utc("2026-11-06T23:01"), 5, 10),  # Saturday there already
        (utc("2026-11-08T12:00"), 5, 10),
        (utc("2026-11-09T12:00"), 5, 10),  # Monday again
        (utc("2026-11-13T12:00"), 9, 10),
        (utc("2026-11-15T12:00"), 10, 10),  # the last Sunday: no workday is left
    ],
)
def test_workdays_are_whole_days_without_today(now: datetime, done: int, of: int) -> None:
    calendar = Calendar(zone=BERLIN, count="workdays")

    assert expected_progress(TWO_WEEKS, now=now, calendar=calendar) == done / of


def test_holidays_are_no_workdays() -> None:
    calendar = Calendar(
        zone=BERLIN, count="workdays", holidays=frozenset({date(2026, 11, 3), date(2026, 11, 7)})
    )

    # Tuesday is out of both counts; the holiday on a Saturday was no workday anyway.
    assert expected_progress(TWO_WEEKS, now=utc("2026-11-05T12:00"), calendar=calendar) == 2 / 9


def test_a_cycle_of_holidays_expects_nothing_until_it_is_over() -> None:
    weekend = Cycle(name="weekend", first_day=date(2026, 11, 7), last_day=date(2026, 11, 8), zone=BERLIN)
    calendar = Calendar(zone=BERLIN, count="workdays")

    assert expected_progress(weekend, now=utc("2026-11-08T12:00"), calendar=calendar) == 0.0
    assert expected_progress(weekend, now=weekend.ends_at, calendar=calendar) == 1.0


@pytest.mark.parametrize(
    ("progress", "expected", "pace"),
    [
        (0.5, 0.5, "ahead"),
        (0.499, 0.5, "on_track"),
        (0.35, 0.5, "on_track"),
        (0.04, 0.1, "behind"),  # 0.4 on paper, and less as floats
        ((0.31 - 0.2) / (0.75 - 0.2), 0.2, "ahead"),
        (0.349, 0.5, "behind"),
        (0.2, 0.5, "behind"),
        (0.199, 0.5, "off_track"),
        (0.0, 0.5, "off_track"),
        (-0.3, 0.5, "off_track"),
        (1.4, 0.5, "ahead"),
        (1.0, 1.0, "ahead"),
        (0.99, 1.0, "on_track"),
    ],
)
def test_an_edge_belongs_to_its_better_side(progress: float, expected: float, pace: Pace) -> None:
    assert reach_pace(progress, expected=expected, calendar=CALENDAR) == pace


@pytest.mark.parametrize(
    ("progress", "expected", "pace"),
    [
        (0.0, 0.0, "on_track"),
        (0.0, 0.049, "on_track"),
        (-0.5, 0.049, "on_track"),
        (0.9, 0.049, "on_track"),
        (1.0, 0.049, "ahead"),
        (1.0, 0.0, "ahead"),
        (0.0, 0.05, "off_track"),
    ],
)
def test_while_little_is_expected_it_is_on_track_unless_the_target_is_met(
    progress: float, expected: float, pace: Pace
) -> None:
    assert reach_pace(progress, expected=expected, calendar=CALENDAR) == pace


def test_nothing_is_too_early_where_the_installation_says_so() -> None:
    calendar = Calendar(zone=BERLIN, too_early=0)

    assert reach_pace(0.0, expected=0.0, calendar=calendar) == "on_track"
    assert reach_pace(0.0, expected=0.01, calendar=calendar) == "off_track"


def test_the_installation_draws_the_lines() -> None:
    strict = Calendar(zone=BERLIN, ahead=1.2, on_track=0.9, behind=0.8)

    found = [reach_pace(progress, expected=0.5, calendar=strict) for progress in (0.6, 0.5, 0.4, 0.39)]

    assert found == ["ahead", "on_track", "behind", "off_track"]


def test_before_the_cycle_there_is_no_pace() -> None:
    assert reach_pace(0.5, expected=None, calendar=CALENDAR) is None
    assert keep_pace(Keep(low=1), current=2, expected=None) is None


@pytest.mark.parametrize(
    ("current", "pace"),
    [(1.0, "on_track"), (0.999, "on_track"), (0.9985, "behind"), (0.998, "behind"), (0.9979, "off_track")],
)
def test_a_band_is_on_track_inside_behind_in_its_tolerance_and_off_track_beyond(
    current: float, pace: Pace
) -> None:
    assert keep_pace(Keep(low=0.999, tolerance=0.001), current=current, expected=0.5) == pace


def test_a_band_without_tolerance_is_on_track_or_off_track() -> None:
    assert keep_pace(Keep(high=0), current=0, expected=0.0) == "on_track"
    assert keep_pace(Keep(high=0), current=1, expected=0.0) == "off_track"


def test_a_strict_edge_without_tolerance_is_off_track_and_with_one_behind() -> None:
    assert keep_pace(Keep(low=10, strict_low=True), current=10, expected=0.5) == "off_track"
    assert keep_pace(Keep(low=10, strict_low=True, tolerance=1), current=10, expected=0.5) == "behind"
