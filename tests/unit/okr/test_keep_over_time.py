"""Keep by mean and by worst: over the cycle so far, from what stands in the details alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.definition import Cycle, FreshnessRule, KeyResult
from syncd.okr.kinds import Keep
from syncd.okr.state import KeyResultState
from tests.builders import BERLIN, CYCLE, a_key_result, an_input, bad, good, state_of, through_json, utc

FIRST, LAST = CYCLE.starts_at, CYCLE.ends_at
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENT = FreshnessRule(warn_after=timedelta(days=200), error_after=timedelta(days=400))

Reads = Sequence[tuple[datetime, float]]


def band(by: str, rule: FreshnessRule = PATIENT, cycle: Cycle = CYCLE, **edges: float) -> KeyResult:
    return a_key_result(an_input("value"), kind=Keep(by=by, **edges), freshness=rule, cycle=cycle)  # type: ignore[arg-type]  # a literal, from the test


def after(key_result: KeyResult, reads: Reads, before: KeyResultState | None = None) -> KeyResultState:
    """One evaluation per read, each from what the store gave back."""
    state = before
    for at, value in reads:
        state = through_json(state_of(key_result, before=state, value=good(value, at=at), now=at))
    assert state is not None
    return state


class TestMean:
    MEAN = band("mean", low=0.9, tolerance=0.2)

    def test_the_first_value_is_the_mean(self) -> None:
        state = after(self.MEAN, [(FIRST, 0.8)])

        assert state.current == 0.8
        assert state.progress == pytest.approx(0.5)

    def test_a_value_counts_for_as_long_as_it_was_the_last_one(self) -> None:
        state = after(self.MEAN, [(FIRST, 1.0), (FIRST + 3 * HOUR, 0.6), (FIRST + 4 * HOUR, 0.0)])

        assert state.current == 0.9  # (3 x 1.0 + 1 x 0.6) / 4
        assert (state.progress, state.pace) == (1.0, "on_track")

    def test_the_latest_value_is_shown_beside_it(self) -> None:
        state = after(self.MEAN, [(FIRST, 1.0), (FIRST + HOUR, 0.5)])

        assert state.current == 1.0
        assert state.details is not None
        assert state.details["latest"] == 0.5
        assert state.details["mean"]["seconds"] == 3600

    def test_outside_the_band_the_tolerance_grades_the_mean(self) -> None:
        state = after(self.MEAN, [(FIRST, 1.0), (FIRST + HOUR, 0.7), (FIRST + 4 * HOUR, 1.0)])

        assert state.current == pytest.approx(0.775)
        assert state.progress == pytest.approx(0.375)
        assert state.pace == "behind"

    def test_the_same_read_evaluated_again_changes_nothing(self) -> None:
        state = after(self.MEAN, [(FIRST, 1.0), (FIRST + HOUR, 0.5)])

        again = state_of(self.MEAN, before=state, value=good(0.5, at=FIRST + HOUR), now=FIRST + 2 * HOUR)

        assert (again.current, again.details) == (state.current, state.details)

    def test_a_value_counts_no_longer_than_it_is_believed(self) -> None:
        rule = FreshnessRule(warn_after=HOUR, error_after=2 * HOUR)
        state = after(
            band("mean", rule, low=0), [(FIRST, 1.0), (FIRST + 10 * HOUR, 0.0), (FIRST + 12 * HOUR, 0.5)]
        )

        assert state.current == 0.5  # two hours of 1 and two of 0; the eight between count in neither

    def test_while_the_source_fails_the_mean_stands_still(self) -> None:
        state = after(self.MEAN, [(FIRST, 1.0), (FIRST + HOUR, 0.5)])
        last = good(0.5, at=FIRST + HOUR)

        failing = state_of(self.MEAN, before=state, value=bad(last), now=FIRST + 9 * HOUR)

        assert (failing.current, failing.details) == (1.0, state.details)
        assert failing.error is not None

    def test_after_a_failure_it_goes_on_from_the_value_that_was_read(self) -> None:
        state = after(self.MEAN, [(FIRST, 1.0), (FIRST + HOUR, 0.5)])
        failing = through_json(state_of(self.MEAN, before=state, value=bad(good(0.5)), now=FIRST + 2 * HOUR))

        works = after(self.MEAN, [(FIRST + 3 * HOUR, 0.8)], failing)

        assert works.current == pytest.approx((1.0 + 2 * 0.5) / 3)

    def test_what_was_before_the_cycle_counts_in_neither_part(self) -> None:
        state = after(self.MEAN, [(FIRST - 5 * HOUR, 0.0), (FIRST + HOUR, 1.0), (FIRST + 2 * HOUR, 1.0)])

        assert state.current == 0.5

    def test_what_comes_after_the_cycle_counts_in_neither_part(self) -> None:
        state = after(self.MEAN, [(LAST - HOUR, 1.0), (LAST + HOUR, 0.0), (LAST + 5 * DAY, 0.0)])

        assert state.current == 1.0

    def test_the_day_of_the_clock_change_is_an_hour_longer(self) -> None:
        midnight = datetime(2026, 10, 25, tzinfo=BERLIN)
        next_one = datetime(2026, 10, 26, tzinfo=BERLIN)

        state = after(self.MEAN, [(midnight, 1.0), (next_one, 0.0), (next_one + DAY, 0.0)])

        assert state.current == pytest.approx(25 / 49, rel=1e-15)

    def test_another_measure_begins_a_mean_of_its_own(self) -> None:
        state = after(self.MEAN, [(FIRST, 1.0), (FIRST + HOUR, 1.0)])
        changed = replace(self.MEAN, measure_digest="measure-2")

        assert after(changed, [(FIRST + 2 * HOUR, 0.2)], state).current == 0.2

    def test_the_band_may_be_moved_and_the_mean_stays(self) -> None:
        state = after(self.MEAN, [(FIRST, 1.0), (FIRST + HOUR, 0.0), (FIRST + 2 * HOUR, 0.0)])
        moved = band("mean", low=0.5)

        assert after(moved, [(FIRST + 2 * HOUR, 0.0)], state).progress == 1.0

    def test_a_number_set_by_hand_counts_until_it_is_set_again(self) -> None:
        by_hand = a_key_result(kind=Keep(low=0.5, by="mean"))
        first = state_of(by_hand, before=replace(state_of(by_hand), current=1.0, as_of=FIRST))
        assert first.details is not None
        again = replace(first, current=0.0, as_of=FIRST + 30 * DAY, details={**first.details, "latest": 0.0})

        second = state_of(by_hand, before=again)

        assert second.current == 1.0

    @given(st.floats(-1e300, 1e300), st.lists(st.integers(1, 10**12), min_size=1, max_size=30))
    def test_a_number_that_never_moved_is_its_own_mean(self, value: float, gaps: list[int]) -> None:
        at, reads = FIRST, [(FIRST, value)]
        for gap in gaps:
            at += timedelta(microseconds=gap)
            reads.append((at, value))

        assert after(self.MEAN, reads).current == value

    @given(
        st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(1, 10**10)), min_size=2, max_size=20),
    )
    def test_the_mean_is_that_of_exact_fractions_and_between_the_values(
        self, steps: list[tuple[float, int]]
    ) -> None:
        at, reads, total, time = FIRST, [], Fraction(0), 0
        for value, gap in steps:
            reads.append((at, value))
            at += timedelta(microseconds=gap)
            total, time = total + Fraction(value) * gap, time + gap
        reads.append((at, 0.0))

        found = after(self.MEAN, reads).current

        assert found == pytest.approx(float(total / time), rel=1e-14, abs=1e-300)
        assert found is not None
        assert min(value for value, _ in steps) <= found <= max(value for value, _ in steps)


class TestWorst:
    WORST = band("worst", high=10, tolerance=4)
    NOON = FIRST + timedelta(hours=12)

    def days(self, *values: float) -> list[tuple[datetime, float]]:
        return [(self.NOON + n * DAY, value) for n, value in enumerate(values)]

    def test_the_worst_day_is_shown_with_its_date(self) -> None:
        state = after(self.WORST, self.days(3, 12, 5))

        assert (state.current, state.progress, state.pace) == (12, 0.5, "behind")
        assert state.details is not None
        assert state.details["worst"] == {"day": "2026-10-02", "value": 12}
        assert state.details["latest"] == 5

    def test_a_days_value_is_the_last_one_of_the_day(self) -> None:
        state = after(self.WORST, [(self.NOON, 40), (self.NOON + HOUR, 3), (self.NOON + DAY, 4)])

        assert state.current == 4

    def test_today_counts_as_it_stands(self) -> None:
        bad_morning = after(self.WORST, self.days(3, 12))
        recovered = after(self.WORST, [(self.NOON + DAY + HOUR, 4)], bad_morning)

        assert (bad_morning.current, recovered.current) == (12, 4)

    def test_with_all_days_inside_it_is_the_nearest_to_the_edge(self) -> None:
        assert after(self.WORST, self.days(3, 9, 1)).progress == 1.0
        assert after(self.WORST, self.days(3, 9, 1)).current == 9
        assert after(band("worst", low=0, high=10), self.days(3, 9, 2)).current == 9
        assert after(band("worst", low=0, high=10), self.days(3, 7, 2)).current == 2

    def test_a_strict_edge_is_worse_than_one_that_is_inside(self) -> None:
        key_result = a_key_result(an_input("value"), kind=Keep(low=0, high=10, strict_high=True, by="worst"))

        assert after(key_result, self.days(0, 10, 5)).current == 10

    @pytest.mark.parametrize(
        ("low", "high", "worst", "progress"), [(5, 50, 3, 0.0), (0, 11, 12, 0.0), (3, 12, 3, 1.0)]
    )
    def test_the_band_may_be_moved_to_another_worst_day(
        self, low: float, high: float, worst: float, progress: float
    ) -> None:
        reads = self.days(3, 12, 5, 6)
        state = after(self.WORST, reads)

        moved = after(band("worst", low=low, high=high), reads[-1:], state)

        assert (moved.current, moved.progress) == (worst, progress)

    @pytest.mark.parametrize("at", [FIRST - timedelta(microseconds=1), LAST])
    def test_a_day_outside_the_cycle_has_no_say(self, at: datetime) -> None:
        inside = [(self.NOON, 3.0), (self.NOON + DAY, 4.0)]

        assert after(self.WORST, sorted([*inside, (at, 99.0)])).current == 4

    @pytest.mark.parametrize("at", [FIRST, LAST - timedelta(microseconds=1)])
    def test_the_cycles_edges_are_inside(self, at: datetime) -> None:
        inside = [(self.NOON, 3.0), (self.NOON + DAY, 4.0)]
        reads = sorted([*inside, (at, 14.0)])
        if at == FIRST:  # a later read of the same day would take its place
            reads = [read for read in reads if read[0] != self.NOON]

        assert after(self.WORST, reads).progress == 0.0

    def test_days_are_those_of_the_zone(self) -> None:
        late = utc("2026-10-05T21:59")  # 23:59 in Berlin
        next_day = utc("2026-10-05T22:00")

        same = after(self.WORST, [(late - HOUR, 40), (late, 3)])
        two = after(self.WORST, [(late, 40), (next_day, 3)])

        assert (same.current, two.current) == (3, 40)

    def test_both_hours_of_the_clock_change_are_of_one_day(self) -> None:
        first, second = utc("2026-10-25T00:30"), utc("2026-10-25T01:30")  # 02:30, twice

        assert after(self.WORST, [(first, 40), (second, 3)]).current == 3

    def test_a_leap_day_is_a_day(self) -> None:
        cycle = Cycle(name="2028-02", first_day=date(2028, 2, 1), last_day=date(2028, 2, 29), zone=BERLIN)
        key_result = band("worst", cycle=cycle, high=10)

        state = after(key_result, [(utc("2028-02-28T12:00"), 3), (utc("2028-02-29T12:00"), 11)])

        assert state.details is not None
        assert state.details["worst"]["day"] == "2028-02-29"

    def test_while_the_source_fails_no_day_is_added(self) -> None:
        state = after(self.WORST, self.days(3, 12))

        failing = state_of(self.WORST, before=state, value=bad(good(12)), now=self.NOON + 5 * DAY)

        assert (failing.current, failing.details) == (state.current, state.details)

    def test_another_measure_forgets_the_days_of_the_old_one(self) -> None:
        state = after(self.WORST, self.days(3, 12))
        changed = replace(self.WORST, measure_digest="measure-2")

        assert after(changed, [(self.NOON + 2 * DAY, 4)], state).current == 4

    @given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(-1e6, 1e6))
    def test_no_day_is_worse_than_the_worst(self, values: list[float], edge: float) -> None:
        at_least, at_most = band("worst", low=edge), band("worst", high=edge)

        assert after(at_least, self.days(*values)).current == min(values)
        assert after(at_most, self.days(*values)).current == max(values)
