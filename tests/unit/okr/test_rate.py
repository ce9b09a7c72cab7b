"""Rate: at least so much in every period."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from syncd.okr.body import MAX_AMOUNTS, MAX_BYTES
from syncd.okr.definition import Cycle, KeyResult, QueryKey
from syncd.okr.evaluate import evaluate
from syncd.okr.event import Source, events_between
from syncd.okr.event_schema import SCHEMAS
from syncd.okr.exact import needs_exact
from syncd.okr.formula import parse
from syncd.okr.kinds import Rate
from syncd.okr.overriding import spoken
from syncd.okr.period import SETTLING, Every, Period, periods_of
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState
from syncd.okr.word import Word
from syncd.okr.written import written
from tests.builders import (
    BERLIN,
    CALENDAR,
    CYCLE,
    a_key_result,
    an_input,
    bad,
    good,
    mappings_of,
)

WEEKS = periods_of(CYCLE, "week")  # 14, of 4, 12 x 7 and 4 days
WEEKLY = Rate(need=10, every="week")
NEEDED = float(10 * (12 + 2 * Fraction(4, 7)))
MINUTE = timedelta(minutes=1)


def per_period(*names: str, kind: Rate = WEEKLY, **changes: Any) -> KeyResult:
    """Counted per period. Any: fields of KeyResult."""
    inputs = [an_input(name) for name in names or ("value",)]
    return a_key_result(*(replace(used, per_period=True) for used in inputs), kind=kind, **changes)


def key(period: Period, name: str = "value") -> QueryKey:
    return QueryKey("tracker", name, period.label)


def amounts_read(
    *amounts: float | None, at: datetime, weeks: tuple[Period, ...] = WEEKS
) -> dict[QueryKey, Reading]:
    """A reading for each of the first periods; None: it was never asked."""
    return {
        key(week): good(amount, at=at)
        for week, amount in zip(weeks, amounts, strict=False)
        if amount is not None
    }


def state_of(
    key_result: KeyResult,
    readings: dict[QueryKey, Reading],
    *,
    now: datetime,
    before: KeyResultState | None = None,
) -> KeyResultState:
    states = {before.subject: before} if before else {}
    after = evaluate(mappings_of(key_result), readings, states, now=now, calendar=CALENDAR)
    state = after[key_result.subject]
    assert isinstance(state, KeyResultState)
    return state


def rate_of(state: KeyResultState) -> dict[str, Any]:
    assert state.details is not None
    found: dict[str, Any] = state.details["rate"]
    return found


def in_week(number: int, *, days: float = 2) -> datetime:
    return WEEKS[number].starts_at + timedelta(days=days)


class TestCounting:
    def test_a_rich_week_lends_a_poor_one_nothing(self) -> None:
        now = in_week(3)

        state = state_of(per_period(), amounts_read(6, 14, 5, 2, at=now), now=now)

        counted = float(Fraction(40, 7) + 10 + 5 + 2)  # the first week needs 10 x 4/7
        assert rate_of(state)["counted"] == counted
        assert rate_of(state)["needed"] == NEEDED
        assert state.progress == float((Fraction(40, 7) + 17) / Fraction(920, 7))

    def test_with_carry_over_only_the_sum_counts(self) -> None:
        now = in_week(3)
        kind = Rate(need=10, every="week", carry_over=True)

        state = state_of(per_period(kind=kind), amounts_read(6, 14, 5, 2, at=now), now=now)

        assert state.progress == float(27 / Fraction(920, 7))

    def test_with_carry_over_progress_goes_beyond_the_target(self) -> None:
        kind = Rate(need=10, every="week", carry_over=True)

        state = state_of(per_period(kind=kind), amounts_read(400, at=in_week(0)), now=in_week(0))

        assert (state.progress, state.pace) == (1.0, "ahead")
        assert state.progress_unclamped == pytest.approx(400 / NEEDED)

    def test_current_is_the_amount_of_the_running_week(self) -> None:
        state = state_of(per_period(), amounts_read(6, 14, at=in_week(1)), now=in_week(1))

        assert (state.current, state.start, state.target) == (14.0, None, None)
        assert rate_of(state)["period"] == {"first_day": "2026-10-05", "last_day": "2026-10-11", "need": 10.0}

    def test_a_cut_week_needs_its_days_alone(self) -> None:
        state = state_of(per_period(), amounts_read(6, at=in_week(1)), now=in_week(1))

        assert rate_of(state)["period"]["need"] == pytest.approx(10 * 4 / 7)
        assert (rate_of(state)["closed"], rate_of(state)["met"]) == (1, 1)

    def test_a_zero_is_a_zero(self) -> None:
        state = state_of(per_period(), amounts_read(0, 0, at=in_week(1)), now=in_week(1))

        assert (state.current, state.progress, rate_of(state)["unread"]) == (0.0, 0.0, 0)

    def test_a_negative_amount_takes_away(self) -> None:
        state = state_of(per_period(), amounts_read(-3, at=in_week(0)), now=in_week(0))

        assert (state.current, state.progress) == (-3.0, 0.0)
        assert state.progress_unclamped == pytest.approx(-3 / NEEDED)

    def test_the_formula_is_evaluated_over_the_readings_of_each_week(self) -> None:
        now = in_week(1)
        mine = per_period("filed", "dropped", formula=parse("filed - dropped"))
        readings = {key(week, "filed"): good(9, at=now) for week in WEEKS[:2]}
        readings |= {key(WEEKS[0], "dropped"): good(4, at=now), key(WEEKS[1], "dropped"): good(1, at=now)}

        state = state_of(mine, readings, now=now)

        assert rate_of(state)["amounts"] == {"2026-10-01": 5.0, "2026-10-05": 8.0}

    def test_everything_is_met_at_the_end(self) -> None:
        now = CYCLE.ends_at

        state = state_of(per_period(), amounts_read(*[10] * 14, at=now), now=now)

        assert (state.progress, state.pace) == (1.0, "ahead")
        assert (rate_of(state)["closed"], rate_of(state)["met"]) == (14, 14)

    def test_before_the_cycle_there_is_nothing(self) -> None:
        state = state_of(per_period(), {}, now=CYCLE.starts_at - MINUTE)

        assert (state.current, state.progress, state.pace, state.error) == (None, None, None, None)


class TestPace:
    @pytest.mark.parametrize(
        ("amounts", "pace"),
        [
            ((6, 10, 10), "ahead"),
            ((6, 10, 3), "on_track"),
            ((0, 10, 3), "behind"),
            ((0, 3, 2), "off_track"),
        ],
    )
    def test_pace_compares_with_the_weeks_that_are_over(self, amounts: tuple[float, ...], pace: str) -> None:
        state = state_of(per_period(), amounts_read(*amounts, at=in_week(3)), now=in_week(3))

        assert state.pace == pace

    def test_a_running_week_is_not_held_against_anybody(self) -> None:
        now = WEEKS[3].ends_at - MINUTE

        with_nothing = state_of(per_period(), amounts_read(6, 10, 10, 0, at=now), now=now)

        assert with_nothing.pace == "ahead"

    def test_nobody_is_late_in_the_first_week(self) -> None:
        state = state_of(per_period(), amounts_read(0, at=in_week(0)), now=in_week(0))

        assert state.pace == "on_track"


class TestUnread:
    def test_a_week_that_could_not_be_read_counts_in_neither_part(self) -> None:
        now = in_week(3)

        state = state_of(per_period(), amounts_read(6, None, 5, 2, at=now), now=now)

        assert rate_of(state)["unread"] == 1
        assert rate_of(state)["amounts"]["2026-10-05"] is None
        assert rate_of(state)["needed"] == pytest.approx(NEEDED - 10)
        assert rate_of(state)["counted"] == pytest.approx(40 / 7 + 5 + 2)

    def test_a_week_that_fails_keeps_its_last_amount_and_says_why(self) -> None:
        mine, now = per_period(), in_week(1)
        readings = amounts_read(6, 4, at=now)
        before = state_of(mine, readings, now=now)

        failed = {k: bad(reading, in_a_row=2) for k, reading in readings.items()}
        state = state_of(mine, failed, now=now + MINUTE, before=before)

        assert (state.current, state.progress) == (before.current, before.progress)
        assert state.error is not None
        assert state.freshness == "failing"

    def test_half_a_formula_moves_no_week(self) -> None:
        now = in_week(0)
        mine = per_period("filed", "dropped", formula=parse("filed - dropped"))
        first, second = key(WEEKS[0], "filed"), key(WEEKS[0], "dropped")
        before = state_of(mine, {first: good(9, at=now), second: good(4, at=now)}, now=now)

        halved = {first: good(20, at=now + MINUTE), second: bad(good(4, at=now))}
        state = state_of(mine, halved, now=now + MINUTE, before=before)

        assert rate_of(state)["amounts"] == {"2026-10-01": 5.0}

    def test_the_error_of_a_closed_week_names_it(self) -> None:
        now = in_week(1)
        readings = {key(WEEKS[0]): bad(at=now), key(WEEKS[1]): good(3, at=now)}

        state = state_of(per_period(), readings, now=now)

        assert state.error is not None
        assert state.error.message == "2026-10-01/2026-10-04: the source is down"
        assert state.current == 3.0

    def test_a_new_week_that_was_not_read_yet_takes_nothing_back(self) -> None:
        mine = per_period()
        readings = amounts_read(6, 12, at=WEEKS[1].ends_at - MINUTE)
        before = state_of(mine, readings, now=WEEKS[1].ends_at - MINUTE)

        state = state_of(mine, readings, now=WEEKS[2].starts_at, before=before)

        assert (state.current, state.progress) == (before.current, before.progress)
        assert rate_of(state)["unread"] == 0


class TestFreezing:
    def test_a_frozen_week_cannot_fail_any_more(self) -> None:
        now = WEEKS[0].ends_at + SETTLING
        last = good(6, at=WEEKS[0].ends_at)
        readings = {key(WEEKS[0]): bad(last, in_a_row=9), **amounts_read(None, 3, at=now)}

        state = state_of(per_period(), readings, now=now)

        assert (state.error, state.freshness) == (None, "fresh")
        assert rate_of(state)["amounts"]["2026-10-01"] == 6.0

    def test_what_is_frozen_grows_no_older(self) -> None:
        now = CYCLE.ends_at + SETTLING
        readings = amounts_read(*[10] * 14, at=CYCLE.ends_at)

        assert state_of(per_period(), readings, now=now - MINUTE).freshness == "stale"
        assert state_of(per_period(), readings, now=now).freshness == "fresh"


class TestAmounts:
    """A number without a window, that says how much the running period has so far."""

    CELL = a_key_result(an_input(), kind=WEEKLY)

    def read(self, *values: tuple[float, datetime], before: KeyResultState | None = None) -> KeyResultState:
        state = before
        for value, at in values:
            state = state_of(
                self.CELL, {QueryKey("tracker", "value"): good(value, at=at)}, now=at, before=state
            )
        assert state is not None
        return state

    def test_its_last_value_stands_for_a_week_that_is_over(self) -> None:
        state = self.read((3, in_week(0)), (6, in_week(0, days=3)), (1, in_week(1)), (8, in_week(1, days=3)))

        assert rate_of(state)["amounts"] == {"2026-10-01": 6.0, "2026-10-05": 8.0}
        assert state.current == 8.0

    def test_a_value_belongs_to_the_week_in_which_it_was_read(self) -> None:
        read_at = WEEKS[0].ends_at - MINUTE
        readings = {QueryKey("tracker", "value"): good(6, at=read_at)}

        state = state_of(self.CELL, readings, now=WEEKS[1].starts_at + MINUTE)

        assert rate_of(state)["amounts"] == {"2026-10-01": 6.0, "2026-10-05": None}

    def test_a_week_in_which_nothing_was_read_is_unread(self) -> None:
        state = self.read((6, in_week(0)), (8, in_week(2)))

        assert rate_of(state)["amounts"]["2026-10-05"] is None
        assert rate_of(state)["unread"] == 1

    def test_a_formula_over_a_sunday_and_a_monday_speaks_of_neither_week(self) -> None:
        both = a_key_result(an_input("a"), an_input("b"), value="a + b", kind=WEEKLY)
        readings = {
            QueryKey("tracker", "a"): good(6, at=WEEKS[0].ends_at - MINUTE),
            QueryKey("tracker", "b"): good(1, at=WEEKS[0].ends_at + MINUTE),
        }

        state = state_of(both, readings, now=WEEKS[1].starts_at + 2 * MINUTE)

        assert (state.current, rate_of(state)["unread"]) == (None, 1)

    def test_another_measure_begins_anew(self) -> None:
        before = self.read((6, in_week(0)))
        other = a_key_result(an_input(), kind=WEEKLY, measure_digest="measure-2")

        state = state_of(other, {}, now=in_week(1), before=before)

        assert rate_of(state)["amounts"] == {"2026-10-01": None, "2026-10-05": None}

    def test_what_is_read_after_the_cycle_belongs_to_no_week(self) -> None:
        before = self.read((6, in_week(13)))

        after = self.read((99, CYCLE.ends_at + MINUTE), before=before)

        assert (after.current, after.progress) == (6.0, before.progress)

    def test_a_hand_set_amount_belongs_to_the_week_of_its_check_in(self) -> None:
        by_hand = a_key_result(kind=WEEKLY)
        before = state_of(by_hand, {}, now=in_week(1))
        set_by_a_person = replace(before, current=7.0, as_of=in_week(1), origin="person")

        state = state_of(by_hand, {}, now=in_week(2), before=set_by_a_person)

        assert rate_of(state)["amounts"] == {"2026-10-01": None, "2026-10-05": 7.0, "2026-10-12": None}
        assert (state.current, state.origin) == (7.0, "person")


class TestRunningTotals:
    def test_a_total_that_people_say_grows_from_the_last_one_they_said(self) -> None:
        kind = Rate(need=10, every="week", of="running_total", start=10)
        by_hand = a_key_result(kind=kind)
        state = state_of(by_hand, {}, now=in_week(0))
        for total, at in (
            (13, in_week(0)),
            (18, in_week(0)),
            (20, in_week(1)),
            (23, in_week(1)),
            (30, in_week(2)),
        ):
            word = Word(subject=by_hand.subject, author="anna", at=at, value=float(total))
            state = state_of(by_hand, {}, now=at, before=spoken(word, state, key_result=by_hand))

        assert list(rate_of(state)["amounts"].values()) == [8, 5, 7]

    def read(self, *values: tuple[float, datetime], **kind: Any) -> KeyResultState:  # Any: fields of Rate
        mine = a_key_result(an_input(), kind=Rate(need=10, every="week", of="running_total", **kind))
        state: KeyResultState | None = None
        for value, at in values:
            state = state_of(mine, {QueryKey("tracker", "value"): good(value, at=at)}, now=at, before=state)
        assert state is not None
        return state

    def test_a_week_has_what_the_total_grew_in_it(self) -> None:
        state = self.read(
            (100, in_week(0)), (104, in_week(0, days=3)), (110, in_week(1)), (119, in_week(1, days=3))
        )

        assert rate_of(state)["amounts"] == {"2026-10-01": 4.0, "2026-10-05": 15.0}
        assert state.current == 15.0

    def test_it_counts_from_the_start_where_there_is_one(self) -> None:
        state = self.read((104, in_week(0)), start=98)

        assert rate_of(state)["amounts"] == {"2026-10-01": 6.0}

    def test_without_one_it_counts_from_the_first_value_read_in_the_cycle(self) -> None:
        state = self.read((90, CYCLE.starts_at - MINUTE), (100, in_week(0)), (103, in_week(0, days=3)))

        assert rate_of(state)["amounts"] == {"2026-10-01": 3.0}

    @pytest.mark.parametrize("carry_over", [False, True])
    @pytest.mark.parametrize(("first", "second"), [(98, 90), (98, None), (None, 90), (90, 98)])
    @pytest.mark.parametrize("week", [0, 2])
    @pytest.mark.parametrize("is_read_again", [False, True])
    def test_another_start_counts_as_if_it_had_always_been_there(
        self, first: float | None, second: float | None, week: int, carry_over: bool, is_read_again: bool
    ) -> None:
        totals = [(100.1, in_week(week)), (104.2, in_week(week, days=3)), (111.3, in_week(week + 1))]

        def lived(*starts: float | None) -> KeyResultState:
            state: KeyResultState | None = None
            for (total, at), start in zip(totals, starts, strict=True):
                kind = Rate(need=10, every="week", of="running_total", carry_over=carry_over, start=start)
                mine = a_key_result(an_input(), kind=kind)
                state = state_of(
                    mine, {QueryKey("tracker", "value"): good(total, at=at)}, now=at, before=state
                )
                if not is_read_again:  # nothing but the file changes, before the next read
                    state = state_of(
                        replace(mine, kind=replace(kind, start=starts[-1])), {}, now=at, before=state
                    )
            assert state is not None
            return state

        changed = lived(first, first, second)

        always = lived(second, second, second)
        assert rate_of(changed) == rate_of(always)
        assert changed.progress == always.progress

    def test_a_total_that_bursts_a_float_says_so_and_keeps_what_is_known(self) -> None:
        state = self.read((1e308, in_week(0)), (-1e308, in_week(1)))

        assert state.error is not None
        assert (state.error.code, rate_of(state)["amounts"]) == ("not_finite", {"2026-10-01": 0.0})

    def test_before_the_cycle_a_total_is_no_amount(self) -> None:
        assert self.read((90, CYCLE.starts_at - MINUTE)).current is None

    def test_a_total_that_falls_makes_a_negative_amount(self) -> None:
        state = self.read((100, in_week(0)), (97, in_week(1)))

        assert state.current == -3.0

    def test_what_grew_while_nobody_read_belongs_to_no_week(self) -> None:
        state = self.read((100, in_week(0)), (150, in_week(3)), (152, in_week(3, days=3)))

        assert list(rate_of(state)["amounts"].values()) == [0.0, None, None, 2.0]
        assert rate_of(state)["unread"] == 2

    def test_with_carry_over_nothing_is_lost_while_nobody_reads(self) -> None:
        state = self.read((100, in_week(0)), (150, in_week(3)), carry_over=True)

        assert (rate_of(state)["counted"], rate_of(state)["unread"]) == (50.0, 0)
        assert state.progress == pytest.approx(50 / NEEDED)

    def test_a_failed_read_moves_neither_the_total_nor_an_amount(self) -> None:
        mine = a_key_result(an_input(), kind=Rate(need=10, every="week", of="running_total", start=0))
        asked, at = QueryKey("tracker", "value"), in_week(1)
        before = state_of(mine, {asked: good(100, at=in_week(0))}, now=in_week(0))
        before = state_of(mine, {asked: good(104, at=at)}, now=at, before=before)

        failed = state_of(mine, {asked: bad(good(104, at=at))}, now=at + MINUTE, before=before)
        again = state_of(mine, {asked: good(106, at=at + 2 * MINUTE)}, now=at + 2 * MINUTE, before=failed)

        assert (failed.current, again.current) == (4.0, 6.0)

    @pytest.mark.parametrize(
        ("total", "pace"), [(26, "ahead"), (19, "on_track"), (12, "behind"), (3, "off_track")]
    )
    def test_what_grew_over_weeks_that_nobody_read_is_held_against_their_needs(
        self, total: float, pace: str
    ) -> None:
        """Weeks 0 to 2, of 4, 7 and 7 days, need 25.7; all that is known is the total in week 3."""
        assert self.read((total, in_week(3)), start=0, carry_over=True).pace == pace

    def test_without_a_start_nothing_is_held_against_the_weeks_before_the_first_value(self) -> None:
        assert self.read((50, in_week(3)), carry_over=True).pace == "on_track"

    def test_a_closed_week_that_was_read_keeps_its_amount_for_itself(self) -> None:
        read = (5, in_week(0)), (6, in_week(1)), (9, in_week(2)), (60, in_week(3))

        assert self.read(*read, start=0, carry_over=True).pace == "off_track"

    def test_once_the_running_week_is_over_pace_knows_what_it_knew_and_its_need(self) -> None:
        kind: dict[str, Any] = {"start": 0, "carry_over": True}
        running = self.read((12, in_week(0)), (26, in_week(3)), **kind)

        closed = self.read((12, in_week(0)), (26, in_week(3)), (26, in_week(4)), **kind)

        assert (running.pace, closed.pace) == ("ahead", "on_track")  # 26 of 25.7, then of 35.7

    @given(st.lists(st.integers(0, 20), min_size=4, max_size=4), st.sets(st.integers(0, 2)))
    def test_nobody_is_told_to_be_late_who_is_not_with_every_week_read(
        self, grown: list[int], read: set[int]
    ) -> None:
        totals = [(float(total), in_week(n)) for n, total in enumerate(itertools.accumulate(grown))]
        kind: dict[str, Any] = {"start": 0, "carry_over": True}

        known = self.read(*totals, **kind).pace
        less = self.read(*(it for n, it in enumerate(totals) if n in {*read, 3}), **kind).pace

        order = ("off_track", "behind", "on_track", "ahead")
        assert order.index(less or "") >= order.index(known or "")


class TestEvents:
    def test_a_year_of_days_fits_into_an_event(self) -> None:
        year = Cycle(name="2028", first_day=date(2028, 1, 1), last_day=date(2028, 12, 31), zone=BERLIN)
        days = periods_of(year, "day")
        mine = per_period(kind=Rate(need=1, every="day"), cycle=year, title="T" * 500)
        readings = amounts_read(*[-1.7976931348623157e300] * 366, at=year.ends_at, weeks=days)

        state = state_of(mine, readings, now=year.ends_at)
        _, (event, *_rest) = events_between({}, {mine.subject: state}, now=year.ends_at)

        body = event.body(Source(instance="acme", epoch=1))
        told = json.loads(body)["data"]["key_result"]["details"]["rate"]
        assert len(body) < MAX_BYTES
        assert (len(told["amounts"]), told["amounts_left_out"]) == (MAX_AMOUNTS, 366 - MAX_AMOUNTS)
        assert list(told["amounts"])[-1] == "2028-12-31"
        assert len(rate_of(state)["amounts"]) == 366

    @pytest.mark.parametrize("of", ["amount", "running_total"])
    def test_the_details_are_as_their_schema_says(self, of: Any) -> None:  # Any: of a rate
        mine = a_key_result(an_input(), kind=Rate(need=10, every="week", of=of))
        asked, at = QueryKey("tracker", "value"), in_week(1)
        state = state_of(mine, {asked: good(104, at=at)}, now=at)

        _, events = events_between({}, {mine.subject: state}, now=at)

        for event in events:
            body = json.loads(event.body(Source(instance="acme", epoch=1)))
            Draft202012Validator(dict(SCHEMAS[event.type])).validate(body)
            assert body["data"]["key_result"]["details"]["rate"]["amounts"]["2026-10-01"] is None

    def test_amounts_too_large_for_a_float_are_an_error_and_no_progress(self) -> None:
        mine = per_period(kind=Rate(need=1, every="week", carry_over=True))
        readings = amounts_read(1.7e308, 1.7e308, at=in_week(1))

        state = state_of(mine, readings, now=in_week(1))

        assert state.error is not None
        assert (state.error.code, state.progress) == ("not_finite", None)


class TestExactCounts:
    @pytest.mark.parametrize(("amount", "wanted"), [(9.9, True), (10.2, True), (9.7, False), (10.3, False)])
    def test_an_approximate_amount_near_the_need_is_confirmed(self, amount: float, wanted: bool) -> None:
        mine, now = per_period(), in_week(1)
        readings = {key(WEEKS[1]): good(amount, at=now, approximate=True)}
        state = state_of(mine, readings, now=now)

        asked = needs_exact(mappings_of(mine), readings, {mine.subject: state}, now=now, calendar=CALENDAR)

        assert asked == ({key(WEEKS[1])} if wanted else set())

    def test_a_frozen_week_is_not_confirmed(self) -> None:
        mine, now = per_period(), WEEKS[1].ends_at + SETTLING
        readings = {key(WEEKS[1]): good(10, at=WEEKS[1].ends_at, approximate=True)}
        state = state_of(mine, readings, now=now)

        assert not needs_exact(mappings_of(mine), readings, {mine.subject: state}, now=now, calendar=CALENDAR)


AMOUNTS = st.lists(
    st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False)), min_size=1, max_size=len(WEEKS)
)


class TestLaws:
    @given(AMOUNTS, st.integers(0, 13), st.floats(0, 1e6), st.booleans())
    def test_progress_never_falls_when_an_amount_grows(
        self, amounts: list[float | None], index: int, more: float, carry_over: bool
    ) -> None:
        mine = per_period(kind=Rate(need=10, every="week", carry_over=carry_over))
        now = CYCLE.ends_at
        index %= len(amounts)
        grown = [
            amount + more if n == index and amount is not None else amount for n, amount in enumerate(amounts)
        ]

        less = state_of(mine, amounts_read(*amounts, at=now), now=now).progress_unclamped
        much = state_of(mine, amounts_read(*grown, at=now), now=now).progress_unclamped

        assert (less is None and much is None) or (less is not None and much is not None and less <= much)

    @given(st.lists(st.floats(-1e3, 1e3), min_size=92, max_size=92), st.booleans())
    def test_splitting_a_period_never_raises_a_rate(self, daily: list[float], carry_over: bool) -> None:
        """The same things, counted by day, by week: needs that fit each other."""
        by_day = Rate(need=1, every="day", carry_over=carry_over)
        by_week = Rate(need=7, every="week", carry_over=carry_over)
        now = CYCLE.ends_at
        days = iter(daily)
        weekly = [sum(itertools.islice(days, (it.last_day - it.first_day).days + 1)) for it in WEEKS]

        split = state_of(
            per_period(kind=by_day),
            amounts_read(*daily, at=now, weeks=periods_of(CYCLE, "day")),
            now=now,
        ).progress_unclamped
        whole = state_of(per_period(kind=by_week), amounts_read(*weekly, at=now), now=now).progress_unclamped

        assert split is not None
        assert whole is not None
        assert split <= whole + 1e-9  # the weeks' own sums are of floats

    @given(AMOUNTS, st.sampled_from(["day", "week", "month"]))
    def test_progress_is_what_exact_fractions_say(self, amounts: list[float | None], every: Every) -> None:
        periods, now = periods_of(CYCLE, every), CYCLE.ends_at
        amounts = amounts[: len(periods)]
        mine = per_period(kind=Rate(need=10, every=every))

        state = state_of(mine, amounts_read(*amounts, at=now, weeks=periods), now=now)

        known = [(written(a), 10 * p.share) for a, p in zip(amounts, periods, strict=False) if a is not None]
        if not known:
            assert state.progress is None
            return
        exact = sum(min(amount, need) for amount, need in known) / sum(need for _, need in known)
        assert state.progress_unclamped == float(exact)

    @given(
        st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 60 * 24 * 92)), min_size=1, max_size=30),
        st.booleans(),
    )
    def test_what_is_over_never_changes(self, reads: list[tuple[float, int]], is_total: bool) -> None:
        """Of numbers without a window: no later reading moves the amount of a week that closed."""
        kind = Rate(need=10, every="week", of="running_total" if is_total else "amount")
        mine = a_key_result(an_input(), kind=kind)
        state: KeyResultState | None = None
        closed: dict[str, float | None] = {}
        for value, minutes in sorted(reads, key=lambda it: it[1]):
            at = CYCLE.starts_at + minutes * MINUTE
            state = state_of(mine, {QueryKey("tracker", "value"): good(value, at=at)}, now=at, before=state)
            amounts = rate_of(state)["amounts"]
            assert {name: amounts[name] for name in closed} == closed
            closed = {
                week.first_day.isoformat(): amounts[week.first_day.isoformat()]
                for week in WEEKS
                if week.ends_at <= at
            }

    @given(st.integers(0, 92 * 24))
    def test_evaluating_again_changes_nothing(self, hours: int) -> None:
        mine, now = per_period(), CYCLE.starts_at + timedelta(hours=hours)
        readings = amounts_read(6, 3, None, 12, at=now)

        once = state_of(mine, readings, now=now)

        assert state_of(mine, readings, now=now, before=once) == once
