"""When a person's number gives way to the measured one again: to the moment, in every zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.errors import ConfigError
from syncd.okr.overriding import spoken
from syncd.people.check_in import check_in, end_of_next_week
from tests.builders import a_key_result, an_input, good, state_of
from tests.zones import DAY, MOMENT, ZONES, a_cycle, days, first_moment, last_moment

FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)
MONDAY = date(2026, 10, 19)  # in Berlin the clock goes back on the Sunday of this week
SUNDAY_OF_NEXT_WEEK = date(2026, 11, 1)  # and in New York on this one

in_every_zone = pytest.mark.parametrize("zone", ZONES, ids=str)


@in_every_zone
@pytest.mark.parametrize("n", range(7))
def test_the_end_of_next_week_is_one_sunday_for_a_whole_week(zone: ZoneInfo, n: int) -> None:
    today = MONDAY + n * DAY

    ends = {end_of_next_week(at, zone=zone) for at in (first_moment(today, zone), last_moment(today, zone))}

    assert ends == {SUNDAY_OF_NEXT_WEEK}


@in_every_zone
def test_the_year_of_53_weeks_has_an_end_too(zone: ZoneInfo) -> None:
    new_year = first_moment(date(2027, 1, 1), zone)  # the Friday of week 53

    assert end_of_next_week(new_year, zone=zone) == date(2027, 1, 10)


@in_every_zone
def test_an_override_stands_to_the_last_moment_of_its_last_day(zone: ZoneInfo) -> None:
    mine = a_key_result(
        an_input(), cycle=a_cycle(date(2026, 10, 1), date(2026, 12, 31), zone), freshness=None
    )
    at, end = first_moment(MONDAY, zone), last_moment(SUNDAY_OF_NEXT_WEEK, zone)
    measured = state_of(mine, now=at, calendar=days(zone), value=good(20, at=at))

    word = check_in(mine, author="anna", at=at, value=40.0)
    said = spoken(word, measured, key_result=mine)
    shown = [
        state_of(mine, before=said, now=now, calendar=days(zone), value=good(20, at=at)).current
        for now in (at, end, end + MOMENT)
    ]

    assert word.until == end + MOMENT
    assert shown == [40, 40, 20]


@in_every_zone
def test_today_can_be_named_as_the_last_day_and_yesterday_cannot(zone: ZoneInfo) -> None:
    mine = a_key_result(an_input(), cycle=a_cycle(FIRST, LAST, zone))
    now = last_moment(MONDAY, zone)

    word = check_in(mine, author="anna", at=now, value=40.0, until=MONDAY)
    with pytest.raises(ConfigError) as refused:
        check_in(mine, author="anna", at=now, value=40.0, until=MONDAY - DAY)

    assert word.until == now + MOMENT
    assert refused.value.code == "invalid_until"


@in_every_zone
def test_an_override_may_outlive_its_cycle(zone: ZoneInfo) -> None:
    """What freezes is decided elsewhere; the word alone knows no cycle."""
    mine = a_key_result(an_input(), cycle=a_cycle(date(2026, 10, 1), MONDAY, zone))

    word = check_in(mine, author="anna", at=first_moment(MONDAY, zone), value=1.0)

    assert word.until is not None
    assert word.until > replace(mine.cycle, last_day=MONDAY).ends_at + timedelta(days=12)
