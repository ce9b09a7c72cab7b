"""Starts that are captured, starts and targets that are asked once: taken when, and then frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.judging.ends import rebase, unread
from syncd.okr.kinds import Change, Keep, Reach
from syncd.okr.state import KeyResultState
from tests.builders import (
    CYCLE,
    HALFWAY,
    a_key_result,
    a_query_key,
    an_input,
    bad,
    good,
    state_of,
    through_json,
)

FIRST = CYCLE.starts_at
LAST = CYCLE.ends_at
MOMENT = timedelta(microseconds=1)
MEASURED = a_key_result(an_input("value"), kind=Reach(start=None, target=28))
SHRINKING = a_key_result(an_input("value"), kind=Change(amount=-0.25, is_relative=True))
ASKED = a_key_result(
    an_input("value"),
    kind=Reach(start=None, target=None, start_from=an_input("old"), target_from=an_input("plan")),
)


def captured(value: float = 40) -> KeyResultState:
    return through_json(state_of(MEASURED, value=good(value, at=FIRST), now=FIRST))


class TestCapture:
    def test_the_first_value_of_the_cycle_is_the_start(self) -> None:
        state = state_of(MEASURED, value=good(40, at=FIRST), now=FIRST)

        assert (state.start, state.target, state.progress) == (40, 28, 0.0)

    def test_its_date_is_shown(self) -> None:
        assert captured().details == {
            "start": {
                "value": 40,
                "at": "2026-09-30T22:00:00Z",  # the first of October begins in Berlin
                "from": "measured",
                "digest": "measure-1",
            }
        }

    def test_it_stays_when_the_value_moves(self) -> None:
        state = state_of(MEASURED, before=captured(), value=good(34))

        assert (state.start, state.current, state.progress) == (40, 34, 0.5)

    def test_it_stays_when_the_measure_is_changed_and_tells_by_which_it_was_taken(self) -> None:
        changed = replace(MEASURED, measure_digest="measure-2")

        state = state_of(changed, before=captured(), value=good(31))

        assert (state.start, state.progress) == (40, 0.75)
        assert state.details is not None
        assert state.details["start"]["digest"] == "measure-1"

    def test_it_stays_from_a_target_to_a_change(self) -> None:
        state = state_of(SHRINKING, before=captured(), value=good(35))

        assert (state.start, state.target, state.progress) == (40, 30, 0.5)

    @pytest.mark.parametrize("at", [FIRST - MOMENT, LAST])
    def test_a_value_outside_the_cycle_is_no_start(self, at: datetime) -> None:
        state = state_of(MEASURED, value=good(40, at=at), now=HALFWAY)

        assert (state.current, state.start, state.progress, state.error) == (40, None, None, None)

    @pytest.mark.parametrize("at", [FIRST, LAST - MOMENT])
    def test_a_value_on_the_cycles_edge_is_one(self, at: datetime) -> None:
        assert state_of(MEASURED, value=good(40, at=at), now=LAST).start == 40

    def test_all_inputs_must_have_been_read_in_the_cycle(self) -> None:
        share = a_key_result(
            an_input("done"), an_input("scope"), value="done / scope", kind=Reach(start=None, target=1)
        )

        early = state_of(share, done=good(1), scope=good(4, at=FIRST - MOMENT))
        both = state_of(share, before=early, done=good(1), scope=good(4))

        assert (early.start, both.start) == (None, 0.25)

    def test_an_approximate_value_of_before_the_cycle_does_not_stand_for_its_first_one(self) -> None:
        early = FIRST - MOMENT
        before = through_json(state_of(MEASURED, value=good(40, at=early, approximate=True), now=FIRST))

        state = state_of(MEASURED, before=before, value=good(40.1, approximate=True))

        assert (state.current, state.start) == (40.1, 40.1)

    def test_one_that_was_captured_before_the_cycle_was_moved_to_later_days_is_taken_anew(self) -> None:
        later = replace(CYCLE, first_day=CYCLE.first_day + timedelta(days=14))
        moved = replace(MEASURED, cycle=later)

        waiting = through_json(state_of(moved, before=captured(), now=later.starts_at - MOMENT))
        begun = state_of(moved, before=waiting, value=good(35))

        assert (waiting.start, begun.start) == (None, 35)

    def test_what_was_read_in_the_cycle_counts_however_old_the_source_says_it_is(self) -> None:
        edited_at = FIRST - timedelta(days=20)

        assert state_of(MEASURED, value=good(40, observed_at=edited_at)).start == 40

    def test_a_value_that_failed_meanwhile_is_no_start(self) -> None:
        failing = state_of(MEASURED, value=bad(good(40)))
        works = state_of(MEASURED, before=failing, value=good(39))

        assert (failing.current, failing.start) == (40, None)
        assert works.start == 39

    def test_a_value_that_is_only_kept_is_no_start(self) -> None:
        before = state_of(a_key_result(an_input("value"), kind=Reach(start=0, target=28)), value=good(40))

        state = state_of(MEASURED, before=before)

        assert (state.current, state.start) == (40, None)

    def test_a_captured_zero_has_no_relative_change(self) -> None:
        state = state_of(SHRINKING, value=good(0))

        assert (state.current, state.start, state.target, state.progress) == (0, 0, None, None)
        assert state.error is not None
        assert state.error.code == "change_of_zero"

    def test_a_captured_start_that_is_the_target_makes_no_progress(self) -> None:
        state = state_of(MEASURED, value=good(28))

        assert (state.start, state.progress) == (28, None)
        assert state.error is not None
        assert state.error.code == "start_is_target"

    def test_a_number_set_by_hand_starts_where_it_was_first_set(self) -> None:
        by_hand = a_key_result(kind=Reach(start=None, target=28))
        checked_in = replace(state_of(by_hand), current=40.0, as_of=HALFWAY, origin="person")

        state = state_of(by_hand, before=checked_in)

        assert (state.start, state.progress) == (40, 0.0)

    def test_a_start_that_is_written_is_no_captured_one(self) -> None:
        written = a_key_result(an_input("value"), kind=Reach(start=50, target=28))

        state = state_of(written, before=captured(), value=good(39))

        assert (state.start, state.details) == (50, None)

    @given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8))
    def test_it_is_the_first_value_whatever_comes_after(self, values: list[float]) -> None:
        state = None
        for number, value in enumerate(values):
            at = FIRST + timedelta(hours=number)
            state = through_json(state_of(MEASURED, before=state, value=good(value, at=at), now=at))

        assert state is not None
        assert state.start == values[0]


class TestAskedOnce:
    BEFORE = through_json(
        state_of(ASKED, old=good(20, at=FIRST), plan=good(60, at=FIRST), value=good(30), now=FIRST)
    )

    def test_both_ends_may_be_asked(self) -> None:
        assert (self.BEFORE.start, self.BEFORE.target, self.BEFORE.progress) == (20, 60, 0.25)

    def test_they_are_frozen_with_their_dates(self) -> None:
        state = state_of(ASKED, before=self.BEFORE, old=good(1), plan=good(2), value=good(40))

        assert (state.start, state.target, state.progress) == (20, 60, 0.5)
        assert state.details is not None
        assert state.details["target"] == {
            "value": 60,
            "at": "2026-09-30T22:00:00Z",
            "from": "query",
            "digest": "tracker/plan",
        }

    def test_what_was_read_before_the_cycle_is_shown_and_not_frozen(self) -> None:
        early = FIRST - MOMENT

        state = state_of(
            ASKED, old=good(20, at=early), plan=good(60, at=early), value=good(40, at=early), now=early
        )

        assert (state.start, state.target, state.details) == (20, 60, None)

    def test_once_the_cycle_has_begun_it_is_asked_anew(self) -> None:
        early = FIRST - MOMENT

        state = state_of(ASKED, old=good(20, at=early), plan=good(60, at=early), value=good(40), now=FIRST)

        assert (state.start, state.target, state.progress) == (None, None, None)
        assert list(unread(ASKED, state)) == [a_query_key("old"), a_query_key("plan")]

    def test_a_query_that_fails_says_why_there_is_no_progress(self) -> None:
        state = state_of(ASKED, old=bad(), plan=good(60), value=good(40))

        assert (state.current, state.start, state.progress) == (40, None, None)
        assert state.error is not None
        assert state.error.code == "source_unavailable"

    def test_once_frozen_a_failing_query_is_no_error(self) -> None:
        state = state_of(ASKED, before=self.BEFORE, old=bad(), plan=bad(), value=good(40))

        assert (state.progress, state.error) == (0.5, None)

    def test_too_small_an_answer_is_no_end(self) -> None:
        floor = a_key_result(
            an_input("value"), kind=Reach(start=None, target=60, start_from=an_input("old", min_value=5))
        )

        state = state_of(floor, old=good(4), value=good(40))

        assert (state.start, state.progress) == (None, None)
        assert state.error is not None
        assert state.error.code == "below_min_value"
        assert list(unread(floor, state)) == [a_query_key("old")]

    def test_a_duration_comes_in_the_unit(self) -> None:
        days = a_key_result(
            an_input("value"), unit="days", kind=Reach(start=None, target=2, start_from=an_input("old"))
        )

        assert (
            state_of(days, old=good(4 * 86_400, unit="seconds"), value=good(86_400, unit="seconds")).start
            == 4
        )

    def test_another_query_is_another_end_and_until_it_is_read_the_old_one_stays(self) -> None:
        moved = replace(ASKED, kind=Reach(start=None, target=60, start_from=an_input("older")))

        waiting = state_of(moved, before=self.BEFORE, value=good(40))
        read = state_of(moved, before=waiting, older=good(10), value=good(40))

        assert (waiting.start, list(unread(moved, waiting))) == (20, [a_query_key("older")])
        assert (read.start, list(unread(moved, read))) == (10, [])

    def test_a_query_is_asked_until_its_end_is_frozen(self) -> None:
        half = state_of(ASKED, old=good(20), plan=bad(), value=good(40))

        assert list(unread(ASKED, None)) == [a_query_key("old"), a_query_key("plan")]
        assert list(unread(ASKED, half)) == [a_query_key("plan")]
        assert list(unread(ASKED, self.BEFORE)) == []

    def test_a_kind_without_a_way_asks_for_no_ends(self) -> None:
        assert list(unread(a_key_result(an_input("value"), kind=Keep(low=1)), None)) == []


class TestRebase:
    LATER = HALFWAY + timedelta(hours=1)

    def test_a_captured_start_is_taken_from_what_is_known(self) -> None:
        before = through_json(state_of(MEASURED, before=captured(), value=good(34)))

        state = state_of(MEASURED, before=through_json(rebase(before, at=self.LATER)), value=good(34))

        assert (state.start, state.progress) == (34, 0.0)
        assert state.details is not None
        assert state.details["start"]["at"] == "2026-11-15T22:30:00Z"  # halfway

    def test_it_is_frozen_again(self) -> None:
        rebased = state_of(MEASURED, before=rebase(captured(), at=self.LATER), value=good(34))

        assert state_of(MEASURED, before=through_json(rebased), value=good(31)).start == 34

    def test_while_the_source_fails_the_old_start_stays(self) -> None:
        before = rebase(state_of(MEASURED, before=captured(), value=good(34)), at=self.LATER)

        failing = state_of(MEASURED, before=before, value=bad(good(34)))
        works = state_of(MEASURED, before=through_json(failing), value=good(33))

        assert (failing.start, works.start) == (40, 33)

    def test_an_end_that_was_asked_waits_for_the_next_reading(self) -> None:
        before = rebase(TestAskedOnce.BEFORE, end="target", at=self.LATER)
        old = good(60, at=self.LATER)
        new = good(80, at=self.LATER + MOMENT)

        waiting = through_json(state_of(ASKED, before=before, plan=old, value=good(40)))
        read = state_of(ASKED, before=waiting, plan=new, value=good(40))

        assert (waiting.target, list(unread(ASKED, waiting))) == (60, [a_query_key("plan")])
        assert (read.target, read.start, list(unread(ASKED, read))) == (80, 20, [])

    def test_where_nothing_was_captured_nothing_changes(self) -> None:
        state = state_of(a_key_result(an_input("value")), value=good(40))

        assert rebase(state, at=self.LATER) is state
