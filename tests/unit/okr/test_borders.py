"""Every rule of time on its border, in zones that are hard to please. The oracle is `tests.zones`."""

from __future__ import annotations

import calendar as months
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.definition import Cycle, Keep, KeyResult, Phase, Reach, Smooth, WindowSpec
from syncd.okr.kinds import Milestone, Milestones, Rate
from syncd.okr.pace import expected_progress
from syncd.okr.period import SETTLING, Every, is_frozen, periods_of
from syncd.okr.rollup import bands_count
from syncd.okr.state import KeyResultState
from syncd.okr.window import resolve
from tests.builders import a_key_result, an_input, good, state_of
from tests.zones import (
    APIA,
    BERLIN,
    CLOCK_CHANGES,
    DAY,
    KOLKATA,
    MOMENT,
    NEW_YORK,
    ZONES,
    a_cycle,
    days,
    first_moment,
    last_moment,
    workdays,
)

HOUR = timedelta(hours=1)
FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)
INPUT = an_input("value")

in_every_zone = pytest.mark.parametrize("zone", ZONES, ids=str)
over_clock_changes = pytest.mark.parametrize(
    ("zone", "day", "hours"), CLOCK_CHANGES, ids=[f"{zone} {day}" for zone, day, _ in CLOCK_CHANGES]
)


def read(
    key_result: KeyResult, reads: Sequence[tuple[datetime, float]], *, until: datetime | None = None
) -> KeyResultState:
    """The state after the reads, evaluated at each of them, and once more at `until`."""
    zone = key_result.cycle.zone
    state: KeyResultState | None = None
    for at, value in reads:
        state = state_of(key_result, before=state, now=at, calendar=days(zone), value=good(value, at=at))
    if until is not None:
        at, value = reads[-1]
        state = state_of(key_result, before=state, now=until, calendar=days(zone), value=good(value, at=at))
    assert state is not None
    return state


class TestDays:
    @given(st.dates(date(2000, 1, 1), date(2036, 12, 31)), st.integers(0, 100), st.sampled_from(ZONES))
    def test_a_stretch_of_days_is_from_its_first_moment_to_its_last(
        self, first: date, length: int, zone: ZoneInfo
    ) -> None:
        last = first + timedelta(days=length)
        cycle = a_cycle(first, last, zone)
        begin, end = first_moment(first, zone), first_moment(last + DAY, zone)

        window = resolve(WindowSpec(first_day=first, last_day=last), cycle=None, now=begin, zone=zone)
        by_day = periods_of(cycle, "day")

        assert (cycle.starts_at, cycle.ends_at) == (begin, end)
        assert (window.start, window.end) == (begin, end)
        assert [it.starts_at for it in by_day] == [first_moment(it.first_day, zone) for it in by_day]

    @over_clock_changes
    def test_the_day_of_a_clock_change_is_as_long_as_it_is(
        self, zone: ZoneInfo, day: date, hours: float
    ) -> None:
        (period,) = periods_of(a_cycle(day, day, zone), "day")

        assert period.ends_at - period.starts_at == timedelta(hours=hours)
        assert period.share == 1

    def test_a_day_that_a_zone_left_out_has_no_length_and_takes_nothing_from_its_neighbours(self) -> None:
        cycle = a_cycle(date(2011, 12, 29), date(2011, 12, 31), APIA)

        lengths = [it.ends_at - it.starts_at for it in periods_of(cycle, "day")]

        assert lengths == [DAY, timedelta(), DAY]
        assert cycle.ends_at - cycle.starts_at == 2 * DAY


class TestPeriods:
    @given(st.dates(date(2000, 1, 1), date(2036, 12, 31)), st.integers(0, 500))
    def test_weeks_are_iso_weeks_over_every_years_end(self, first: date, length: int) -> None:
        cycle = a_cycle(first, first + timedelta(days=length), BERLIN)
        every_day = [first + timedelta(days=n) for n in range(length + 1)]
        by_week: dict[tuple[int, int], list[date]] = {}
        for day in every_day:
            by_week.setdefault(day.isocalendar()[:2], []).append(day)

        weeks = [(it.first_day, it.last_day, it.share) for it in periods_of(cycle, "week")]

        assert weeks == [(it[0], it[-1], Fraction(len(it), 7)) for it in by_week.values()]

    def test_a_year_of_53_weeks_has_its_53rd(self) -> None:
        weeks = periods_of(a_cycle(date(2026, 12, 28), date(2027, 1, 4), NEW_YORK), "week")

        assert [it.label for it in weeks] == ["2026-12-28/2027-01-03", "2027-01-04"]
        assert weeks[0].first_day.isocalendar().week == weeks[0].last_day.isocalendar().week == 53

    @given(st.dates(date(2000, 1, 1), date(2036, 12, 31)), st.integers(0, 500))
    def test_months_are_pro_rata_by_their_days(self, first: date, length: int) -> None:
        cycle = a_cycle(first, first + timedelta(days=length), KOLKATA)

        for it in periods_of(cycle, "month"):
            _, in_month = months.monthrange(it.first_day.year, it.first_day.month)
            assert (it.first_day.year, it.first_day.month) == (it.last_day.year, it.last_day.month)
            assert it.share == Fraction(it.last_day.day - it.first_day.day + 1, in_month)

    @pytest.mark.parametrize(
        ("first", "last", "shares"),
        [
            (date(2028, 2, 29), date(2028, 3, 31), [Fraction(1, 29), 1]),
            (date(2028, 2, 1), date(2028, 2, 29), [1]),
            (date(2028, 2, 1), date(2028, 2, 28), [Fraction(28, 29)]),
            (date(2027, 2, 1), date(2027, 2, 28), [1]),
        ],
    )
    def test_a_leap_day_may_be_a_cycles_border(
        self, first: date, last: date, shares: list[Fraction | int]
    ) -> None:
        assert [it.share for it in periods_of(a_cycle(first, last, BERLIN), "month")] == shares

    @in_every_zone
    @pytest.mark.parametrize("every", ["day", "week", "month"])
    def test_a_number_belongs_to_the_period_in_whose_moments_it_was_read(
        self, zone: ZoneInfo, every: Every
    ) -> None:
        mine = a_key_result(INPUT, kind=Rate(need=10, every=every), cycle=a_cycle(FIRST, LAST, zone))
        border = {"day": date(2026, 11, 3), "week": date(2026, 11, 2), "month": date(2026, 11, 1)}[every]
        before, after = last_moment(border - DAY, zone), first_moment(border, zone)

        state = read(mine, [(before, 3.0), (after, 7.0)])

        assert state.details is not None
        *_, old, new = state.details["rate"]["amounts"].items()
        assert (old[1], new) == (3.0, (border.isoformat(), 7.0))

    @over_clock_changes
    def test_a_daily_rate_needs_the_same_on_the_day_of_a_clock_change(
        self, zone: ZoneInfo, day: date, hours: float
    ) -> None:
        mine = a_key_result(INPUT, kind=Rate(need=10, every="day"), cycle=a_cycle(day, day + DAY, zone))

        last = read(mine, [(last_moment(day, zone), 10.0)])
        over = read(mine, [(last_moment(day, zone), 10.0)], until=first_moment(day + DAY, zone))

        assert (last.progress, over.progress) == (0.5, 0.5)
        assert last.details is not None
        assert over.details is not None
        assert (last.details["rate"]["closed"], over.details["rate"]["closed"]) == (0, 1)

    @in_every_zone
    def test_a_closed_period_is_read_again_for_seven_days(self, zone: ZoneInfo) -> None:
        (week, *_) = periods_of(a_cycle(date(2026, 11, 9), LAST, zone), "week")
        end = first_moment(date(2026, 11, 16), zone)

        at_its_end = good(7, at=end)

        assert not is_frozen(week, at_its_end, now=end + SETTLING - MOMENT)
        assert is_frozen(week, at_its_end, now=end + timedelta(days=7))
        assert not is_frozen(week, good(7, at=end - MOMENT), now=end + timedelta(days=70))

    @over_clock_changes
    def test_seven_days_are_whole_days_also_when_the_clocks_change(
        self, zone: ZoneInfo, day: date, hours: float
    ) -> None:
        (period,) = periods_of(a_cycle(day - 3 * DAY, day - 3 * DAY, zone), "day")
        read_once = good(7, at=period.ends_at)
        midnight = first_moment(day + 5 * DAY, zone)

        assert not is_frozen(period, read_once, now=midnight - MOMENT)
        assert is_frozen(period, read_once, now=midnight)


class TestCycles:
    @in_every_zone
    def test_its_first_moment_and_its_last_are_inside(self, zone: ZoneInfo) -> None:
        cycle = a_cycle(FIRST, LAST, zone)
        begin, end = first_moment(FIRST, zone), last_moment(LAST, zone)

        at = [begin - MOMENT, begin, end, end + MOMENT]
        expected = [expected_progress(cycle, now=it, calendar=days(zone)) for it in at]

        assert expected[:2] == [None, 0.0]
        assert expected[2] is not None
        assert 0.999 < expected[2] < 1
        assert expected[3] == 1.0

    @in_every_zone
    @pytest.mark.parametrize(
        ("last", "first"),
        [
            (date(2026, 12, 31), date(2027, 1, 1)),
            (date(2028, 2, 28), date(2028, 2, 29)),
            (date(2028, 2, 29), date(2028, 3, 1)),
        ],
    )
    def test_where_one_ends_the_next_begins(self, zone: ZoneInfo, last: date, first: date) -> None:
        assert a_cycle(FIRST, last, zone).ends_at == a_cycle(first, date(2028, 6, 30), zone).starts_at

    @in_every_zone
    def test_a_start_is_captured_from_its_first_moment_to_its_last(self, zone: ZoneInfo) -> None:
        mine = a_key_result(
            INPUT, kind=Reach(start=None, target=100), cycle=a_cycle(FIRST, LAST, zone), freshness=None
        )
        begin, end = first_moment(FIRST, zone), last_moment(LAST, zone)

        starts = [read(mine, [(at, 40.0)]).start for at in (begin - MOMENT, begin, end, end + MOMENT)]

        assert starts == [None, 40, 40, None]

    @over_clock_changes
    def test_a_band_counts_from_the_first_moment_of_the_second_day(
        self, zone: ZoneInfo, day: date, hours: float
    ) -> None:
        cycle = a_cycle(day, day + 30 * DAY, zone)
        second = first_moment(day, zone) + timedelta(hours=hours)

        assert not bands_count(cycle, now=second - MOMENT)
        assert bands_count(cycle, now=second)


class TestPace:
    @over_clock_changes
    def test_time_runs_by_instants_over_a_clock_change(self, zone: ZoneInfo, day: date, hours: float) -> None:
        cycle = a_cycle(day, day + DAY, zone)
        midnight = first_moment(day, zone) + timedelta(hours=hours)

        expected = expected_progress(cycle, now=midnight, calendar=days(zone))

        assert expected == hours / (hours + 24)

    @in_every_zone
    def test_a_workday_counts_from_the_midnight_that_ends_it(self, zone: ZoneInfo) -> None:
        monday = date(2026, 11, 2)
        cycle = a_cycle(monday, monday + 13 * DAY, zone)

        for n in range(14):
            today = monday + n * DAY
            over = n - 2 * (n // 7) - (n % 7 == 6)  # Saturdays and Sundays out
            for at in (first_moment(today, zone), last_moment(today, zone)):
                assert expected_progress(cycle, now=at, calendar=workdays(zone)) == over / 10

    def test_a_holiday_on_a_weekend_takes_no_workday(self) -> None:
        monday = date(2026, 12, 21)
        cycle = a_cycle(monday, monday + 6 * DAY, BERLIN)
        christmas = [date(2026, 12, 25), date(2026, 12, 26)]  # a Friday, and a Saturday

        thursday = first_moment(date(2026, 12, 24), BERLIN)

        assert expected_progress(cycle, now=thursday, calendar=workdays(BERLIN, *christmas)) == 3 / 4

    @pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, KOLKATA], ids=str)
    def test_a_cycle_may_begin_on_a_holiday(self, zone: ZoneInfo) -> None:
        new_year = date(2027, 1, 1)  # a Friday
        cycle = a_cycle(new_year, date(2027, 1, 8), zone)
        calendar = workdays(zone, new_year)

        at = [first_moment(date(2027, 1, n), zone) for n in (1, 4, 5)]

        assert [expected_progress(cycle, now=it, calendar=calendar) for it in at] == [0.0, 0.0, 1 / 5]

    @in_every_zone
    def test_of_nothing_but_holidays_all_is_expected_at_the_end(self, zone: ZoneInfo) -> None:
        first = date(2026, 12, 24)
        cycle = a_cycle(first, first + DAY, zone)
        calendar = workdays(zone, first, first + DAY)

        end = last_moment(first + DAY, zone)

        assert expected_progress(cycle, now=end, calendar=calendar) == 0.0
        assert expected_progress(cycle, now=end + MOMENT, calendar=calendar) == 1.0

    @over_clock_changes
    def test_a_phased_target_is_due_at_the_end_of_its_day(
        self, zone: ZoneInfo, day: date, hours: float
    ) -> None:
        """Half of the way by the end of the first of three days: then half is on time, and less is not."""
        mine = a_key_result(
            INPUT,
            cycle=a_cycle(day, day + 2 * DAY, zone),
            phases=(Phase(day=day, value=50.0),),
            freshness=None,
        )
        end = first_moment(day, zone) + timedelta(hours=hours)

        paces = [
            state_of(mine, now=at, calendar=days(zone), value=good(50.0, at=at)).pace
            for at in (end - MOMENT, end, end + timedelta(minutes=1))
        ]

        assert paces == ["ahead", "ahead", "on_track"]


class TestKeeping:
    @over_clock_changes
    def test_the_mean_is_weighted_by_the_time_that_really_passed(
        self, zone: ZoneInfo, day: date, hours: float
    ) -> None:
        mine = a_key_result(
            INPUT, kind=Keep(low=0.9, by="mean"), cycle=a_cycle(day, day + 9 * DAY, zone), freshness=None
        )
        midnights = [first_moment(day + n * DAY, zone) for n in range(3)]

        state = read(mine, [(midnights[0], 1.0), (midnights[1], 0.0), (midnights[2], 0.0)])

        assert state.current == float(Fraction(hours) / (Fraction(hours) + 24))

    @in_every_zone
    def test_the_worst_day_is_a_day_of_the_zone(self, zone: ZoneInfo) -> None:
        mine = a_key_result(INPUT, kind=Keep(high=10, by="worst"), cycle=a_cycle(FIRST, LAST, zone))
        today = date(2026, 11, 10)

        recovered = read(mine, [(first_moment(today, zone), 40.0), (last_moment(today, zone), 5.0)])
        stayed = read(mine, [(last_moment(today, zone), 40.0), (first_moment(today + DAY, zone), 5.0)])

        assert (recovered.current, stayed.current) == (5, 40)
        assert stayed.details is not None
        assert stayed.details["worst"]["day"] == "2026-11-10"

    @in_every_zone
    def test_smoothing_looks_back_by_days_of_the_zone(self, zone: ZoneInfo) -> None:
        mine = a_key_result(
            INPUT, cycle=a_cycle(FIRST, LAST, zone), smooth=Smooth(days=7, min_points=1), freshness=None
        )
        today = date(2026, 11, 10)
        seven_days = [(last_moment(today - 6 * DAY, zone), 10.0), (first_moment(today, zone), 30.0)]
        eight_days = [(last_moment(today - 7 * DAY, zone), 10.0), (first_moment(today, zone), 30.0)]

        assert (read(mine, seven_days).current, read(mine, eight_days).current) == (20, 30)


class TestMilestones:
    @in_every_zone
    def test_what_is_done_today_is_done_from_midnight_on(self, zone: ZoneInfo) -> None:
        done_on = date(2026, 11, 15)
        mine = steps(a_cycle(FIRST, LAST, zone), Milestone(key="s", title="S", done_on=done_on))

        tomorrow = state_of(mine, now=last_moment(done_on - DAY, zone), calendar=days(zone))
        today = state_of(mine, now=first_moment(done_on, zone), calendar=days(zone))

        assert (tomorrow.progress, tomorrow.error and tomorrow.error.code) == (0.0, "done_in_future")
        assert (today.progress, today.error) == (1.0, None)

    @over_clock_changes
    def test_what_is_due_today_is_late_tomorrow(self, zone: ZoneInfo, day: date, hours: float) -> None:
        cycle = a_cycle(day - 30 * DAY, day + 30 * DAY, zone)
        mine = steps(
            cycle,
            Milestone(key="done", title="D", done_on=day - 20 * DAY, due=day - 20 * DAY),
            Milestone(key="due", title="D", weight=3, due=day),
        )
        end = first_moment(day, zone) + timedelta(hours=hours)

        today = state_of(mine, now=end - MOMENT, calendar=days(zone))
        tomorrow = state_of(mine, now=end, calendar=days(zone))

        assert (today.pace, tomorrow.pace) == ("ahead", "off_track")

    @in_every_zone
    def test_a_leap_day_is_a_day_to_be_due_on(self, zone: ZoneInfo) -> None:
        leap = date(2028, 2, 29)
        mine = steps(a_cycle(date(2028, 1, 1), leap, zone), Milestone(key="s", title="S", due=leap))

        paces = [
            state_of(mine, now=at, calendar=days(zone)).pace
            for at in (first_moment(leap, zone), last_moment(leap, zone), first_moment(leap + DAY, zone))
        ]

        assert paces == ["on_track", "on_track", "off_track"]


class TestWindows:
    @over_clock_changes
    def test_a_number_of_days_is_so_many_times_24_hours(
        self, zone: ZoneInfo, day: date, hours: float
    ) -> None:
        """A trailing window has no midnights; its length never changes with the clocks."""
        now = first_moment(day + 3 * DAY, zone)

        window = resolve(WindowSpec(days=28), cycle=None, now=now, zone=zone)

        assert (window.end, window.end - window.start) == (now, timedelta(hours=28 * 24))

    @over_clock_changes
    def test_two_days_are_as_long_as_they_are(self, zone: ZoneInfo, day: date, hours: float) -> None:
        spec = WindowSpec(first_day=day - DAY, last_day=day)

        window = resolve(spec, cycle=None, now=first_moment(day, zone), zone=zone)

        assert window.end - window.start == timedelta(hours=24 + hours)

    @in_every_zone
    def test_a_trailing_window_rests_at_the_last_moment_of_its_cycle(self, zone: ZoneInfo) -> None:
        cycle = a_cycle(FIRST, LAST, zone)
        end = first_moment(LAST + DAY, zone)

        found = [
            resolve(WindowSpec(days=7), cycle=cycle, now=at, zone=zone).end
            for at in (end - MOMENT, end, end + 20 * DAY)
        ]

        assert found == [end - MOMENT, end, end]


def steps(cycle: Cycle, *found: Milestone) -> KeyResult:
    return a_key_result(kind=Milestones(steps=found), cycle=cycle)
