"""Milestones: how much of the weight is done, of what is known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.definition import Input, KeyResult
from syncd.okr.evaluate import evaluate, needs_exact
from syncd.okr.formula import parse
from syncd.okr.kinds import Milestone, Milestones
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState
from tests.builders import (
    CALENDAR,
    CYCLE,
    HALFWAY,
    a_key_result,
    a_query_key,
    an_input,
    bad,
    good,
    mappings_of,
    utc,
)

TODAY = date(2026, 11, 15)  # HALFWAY in Berlin
TICKET = an_input("milestones.pilot")


def a_step(key: str = "launch", **changes: object) -> Milestone:
    fields = {"key": key, "title": key.capitalize(), **changes}
    return Milestone(**fields)  # type: ignore[arg-type]  # fields by name


def steps(*found: Milestone, inputs: tuple[Input, ...] = ()) -> KeyResult:
    return a_key_result(*inputs, kind=Milestones(steps=found))


def state_of(
    key_result: KeyResult,
    *,
    before: KeyResultState | None = None,
    now: datetime = HALFWAY,
    **readings: Reading,
) -> KeyResultState:
    """The state after an evaluation, as the store would keep it; readings by the name of their input."""
    after = evaluate(
        mappings_of(key_result),
        {a_query_key(name.replace("__", ".")): reading for name, reading in readings.items()},
        {before.subject: before} if before else {},
        now=now,
        calendar=CALENDAR,
    )
    state = after[key_result.subject]
    assert isinstance(state, KeyResultState)
    return replace(state, details=json.loads(json.dumps(state.details)))


def step_of(state: KeyResultState, key: str = "launch") -> dict[str, object]:
    assert state.details is not None
    found: dict[str, object] = state.details["milestones"][key]
    return found


class TestDone:
    def test_progress_is_the_share_of_the_weight_and_the_value_counts_steps(self) -> None:
        key_result = steps(
            a_step("launch", weight=2, done_on=date(2026, 11, 3)),
            a_step("pilot", done_on=date(2026, 10, 20)),
            a_step("wearables"),
        )

        state = state_of(key_result)

        assert (state.current, state.progress, state.progress_unclamped) == (2.0, 0.75, 0.75)
        assert (state.start, state.target, state.error, state.freshness) == (None, None, None, None)

    def test_a_step_that_nothing_says_anything_of_is_not_done(self) -> None:
        state = state_of(steps(a_step()))

        assert (state.current, state.progress) == (0.0, 0.0)
        assert step_of(state) == {
            "title": "Launch",
            "weight": 1.0,
            "due": None,
            "done": False,
            "done_on": None,
            "by": None,
        }

    def test_what_is_done_today_is_done(self) -> None:
        assert state_of(steps(a_step(done_on=TODAY))).progress == 1.0

    def test_what_is_said_to_be_done_tomorrow_is_an_error_and_not_done_until_then(self) -> None:
        early = steps(a_step(done_on=TODAY + timedelta(days=1)), a_step("pilot", done_on=TODAY))

        state = state_of(early)

        assert state.error is not None
        assert (state.error.code, state.error.actor) == ("done_in_future", "author")
        assert (state.progress, state.current) == (0.5, 1.0)
        assert state.details is not None
        assert (state.details["known"], state.details["of"]) == (2, 2)

    def test_the_day_is_that_of_the_installation(self) -> None:
        key_result = steps(a_step(done_on=date(2026, 11, 16)))

        before_midnight = state_of(key_result, now=utc("2026-11-15T22:59"))
        midnight = state_of(key_result, now=utc("2026-11-15T23:00"))

        assert (before_midnight.progress, midnight.progress) == (0.0, 1.0)

    def test_a_step_without_weight_is_shown_and_does_not_count(self) -> None:
        state = state_of(steps(a_step(done_on=TODAY), a_step("pilot", weight=0)))

        assert (state.progress, state.current) == (1.0, 1.0)

    def test_a_long_title_is_cut_in_the_details(self) -> None:
        title = step_of(state_of(steps(a_step(title="x" * 61))))["title"]

        assert title == "x" * 59 + "…"


class TestMeasure:
    KEY_RESULT = steps(a_step("pilot", measure=TICKET), inputs=(TICKET,))

    @pytest.mark.parametrize(("value", "done"), [(0.0, False), (0.99, False), (1.0, True), (3.0, True)])
    def test_it_is_done_at_one(self, value: float, done: bool) -> None:
        state = state_of(self.KEY_RESULT, milestones__pilot=good(value))

        assert (state.progress, step_of(state, "pilot")["done"]) == (float(done), done)

    def test_its_day_is_the_one_on_which_it_was_first_seen_done(self) -> None:
        first = state_of(self.KEY_RESULT, milestones__pilot=good(1))

        later = state_of(
            self.KEY_RESULT,
            before=first,
            now=HALFWAY + timedelta(days=3),
            milestones__pilot=good(1, at=HALFWAY + timedelta(days=3)),
        )

        assert step_of(later, "pilot")["done_on"] == "2026-11-15"
        assert later.progress == 1.0

    def test_a_ticket_that_is_opened_again_is_not_done_any_more(self) -> None:
        done = state_of(self.KEY_RESULT, milestones__pilot=good(1))

        state = state_of(self.KEY_RESULT, before=done, milestones__pilot=good(0))

        assert (state.progress, step_of(state, "pilot")["done_on"]) == (0.0, None)

    def test_one_that_was_never_read_counts_in_neither_part(self) -> None:
        key_result = steps(
            a_step("launch", done_on=TODAY), a_step("pilot", measure=TICKET, weight=9), inputs=(TICKET,)
        )

        state = state_of(key_result, milestones__pilot=bad())

        assert (state.progress, state.freshness) == (1.0, "failing")
        assert state.error is not None
        assert state.error.code == "source_unavailable"
        assert state.details is not None
        assert (state.details["known"], state.details["of"]) == (1, 2)
        assert step_of(state, "pilot")["done"] is None

    def test_without_a_known_step_there_is_neither_value_nor_progress(self) -> None:
        state = state_of(self.KEY_RESULT)

        assert (state.current, state.progress, state.pace, state.error) == (None, None, None, None)

    def test_a_source_that_fails_leaves_the_step_as_it_was_read(self) -> None:
        state = state_of(self.KEY_RESULT, milestones__pilot=bad(good(1)))

        assert state.progress == 1.0
        assert state.error is not None

    def test_under_a_floor_the_step_stays_as_it_was(self) -> None:
        floored = an_input("milestones.pilot", min_sample=5)
        key_result = steps(a_step("pilot", measure=floored), inputs=(floored,))
        done = state_of(key_result, milestones__pilot=good(1, sample_size=5))

        small = state_of(key_result, before=done, milestones__pilot=good(0, sample_size=4))

        assert small.progress == 1.0
        assert small.error is not None
        assert small.error.code == "below_min_sample"

    def test_what_another_measure_said_says_nothing(self) -> None:
        done = state_of(self.KEY_RESULT, milestones__pilot=good(1))

        state = state_of(replace(self.KEY_RESULT, measure_digest="measure-2"), before=done)

        assert state.progress is None

    def test_evidence_and_ages_are_those_of_what_was_read(self) -> None:
        observed = utc("2026-11-10T08:00")

        state = state_of(
            self.KEY_RESULT, milestones__pilot=good(1, observed_at=observed, evidence_url="https://t/1")
        )

        assert (state.as_of, state.last_good_at, state.freshness) == (observed, HALFWAY, "fresh")
        assert [(one.measurement, one.value, one.url) for one in state.evidence] == [
            ("milestones.pilot", 1.0, "https://t/1")
        ]


class TestWhen:
    INPUT = an_input("connected")
    KEY_RESULT = steps(a_step(when=parse("connected >= 3")), inputs=(INPUT,))

    def test_it_is_done_once_the_condition_holds(self) -> None:
        short = state_of(self.KEY_RESULT, connected=good(2))
        there = state_of(self.KEY_RESULT, connected=good(3))

        assert (short.progress, there.progress) == (0.0, 1.0)
        assert (step_of(short)["done_on"], step_of(there)["done_on"]) == (None, "2026-11-15")

    def test_it_stays_done_with_its_day_whatever_is_read_later(self) -> None:
        state = state_of(self.KEY_RESULT, connected=good(3))
        for day, reading in enumerate([good(0), bad(good(0)), bad()], 1):
            now = HALFWAY + timedelta(days=day)

            state = state_of(self.KEY_RESULT, before=state, now=now, connected=reading)

            assert (state.progress, step_of(state)["done_on"], state.error) == (1.0, "2026-11-15", None)

    def test_it_stays_done_under_a_condition_that_was_rewritten(self) -> None:
        done = state_of(self.KEY_RESULT, connected=good(3))
        stricter = steps(a_step(when=parse("connected >= 5")), inputs=(self.INPUT,))

        state = state_of(replace(stricter, measure_digest="measure-2"), before=done, connected=good(3))

        assert state.progress == 1.0

    def test_under_a_new_key_it_is_another_step(self) -> None:
        done = state_of(self.KEY_RESULT, connected=good(3))
        renamed = steps(a_step("connected", when=parse("connected >= 5")), inputs=(self.INPUT,))

        assert state_of(renamed, before=done, connected=good(3)).progress == 0.0

    def test_what_a_ticket_said_does_not_latch(self) -> None:
        by_ticket = steps(a_step(measure=self.INPUT), inputs=(self.INPUT,))
        done = state_of(by_ticket, connected=good(1))

        assert state_of(self.KEY_RESULT, before=done, connected=good(1)).progress == 0.0

    def test_a_latched_step_asks_for_no_freshness_any_more(self) -> None:
        done = state_of(self.KEY_RESULT, connected=good(3))

        state = state_of(self.KEY_RESULT, before=done, connected=bad(in_a_row=5))

        assert (state.freshness, state.error) == (None, None)

    def test_a_condition_that_cannot_be_computed_is_not_known_and_says_why(self) -> None:
        key_result = steps(a_step(when=parse("1 / connected > 2")), inputs=(self.INPUT,))

        state = state_of(key_result, connected=good(0))

        assert state.progress is None
        assert state.error is not None
        assert state.error.code == "division_by_zero"

    def test_a_condition_needs_only_what_it_looks_at(self) -> None:
        other = an_input("other")
        key_result = steps(a_step(when=parse("connected >= 3 or other > 0")), inputs=(self.INPUT, other))

        assert state_of(key_result, connected=good(3), other=bad()).progress == 1.0
        assert state_of(key_result, connected=good(2), other=bad()).progress is None

    def test_one_that_was_not_read_yet_is_no_error(self) -> None:
        assert state_of(self.KEY_RESULT).error is None

    def test_what_was_there_before_the_cycle_began_does_not_latch(self) -> None:
        before_it = CYCLE.starts_at - timedelta(seconds=1)

        early = state_of(self.KEY_RESULT, now=before_it, connected=good(3, at=before_it))
        begun = state_of(self.KEY_RESULT, now=CYCLE.starts_at, connected=good(3, at=CYCLE.starts_at))

        assert (step_of(early)["done"], step_of(early)["done_on"]) == (True, None)
        assert step_of(begun)["done_on"] == "2026-10-01"

    def test_an_approximate_count_does_not_latch_and_is_confirmed(self) -> None:
        reading = good(3, approximate=True)
        state = state_of(self.KEY_RESULT, connected=reading)
        mappings, key = mappings_of(self.KEY_RESULT), a_query_key("connected")

        wanted = needs_exact(mappings, {key: reading}, {state.subject: state}, now=HALFWAY, calendar=CALENDAR)

        assert (step_of(state)["done"], step_of(state)["done_on"]) == (True, None)
        assert wanted == {key}

    @pytest.mark.parametrize("value", [2, 30])
    def test_nothing_is_confirmed_that_decides_nothing(self, value: float) -> None:
        latched = state_of(self.KEY_RESULT, connected=good(3))
        state = state_of(
            self.KEY_RESULT, before=latched if value > 3 else None, connected=good(value, approximate=True)
        )

        wanted = needs_exact(
            mappings_of(self.KEY_RESULT),
            {a_query_key("connected"): good(value, approximate=True)},
            {state.subject: state},
            now=HALFWAY,
            calendar=CALENDAR,
        )

        assert wanted == set()

    @given(st.lists(st.floats(-10, 10), min_size=1, max_size=8))
    def test_latching_is_final(self, values: list[float]) -> None:
        state, was_done = None, False
        for day, value in enumerate(values):
            now = HALFWAY + timedelta(days=day)

            state = state_of(self.KEY_RESULT, before=state, now=now, connected=good(value, at=now))

            was_done = was_done or value >= 3
            assert state.progress == float(was_done)


class TestPace:
    LATE = a_step("launch", weight=3, due=date(2026, 11, 15))
    KEY_RESULT = steps(LATE, a_step("pilot", due=date(2026, 10, 31), done_on=date(2026, 10, 30)))

    def test_it_compares_the_weight_that_is_done_with_the_weight_that_is_due(self) -> None:
        midnight = utc("2026-11-15T23:00")

        on_the_day = state_of(self.KEY_RESULT, now=midnight - timedelta(seconds=1))
        the_day_after = state_of(self.KEY_RESULT, now=midnight)

        assert (on_the_day.progress, the_day_after.progress) == (0.25, 0.25)
        assert (on_the_day.pace, the_day_after.pace) == ("ahead", "off_track")

    def test_before_anything_is_due_it_is_on_track_unless_all_is_done(self) -> None:
        first_day = CYCLE.starts_at + timedelta(hours=1)
        open_one = steps(a_step(due=date(2026, 11, 15)))
        done = steps(a_step(due=date(2026, 11, 15), done_on=date(2026, 10, 1)))

        assert state_of(open_one, now=first_day).pace == "on_track"
        assert state_of(done, now=first_day).pace == "ahead"

    def test_without_a_plan_it_is_expected_bit_by_bit(self) -> None:
        half = steps(a_step(done_on=TODAY), a_step("pilot"))
        third = steps(a_step(done_on=TODAY), a_step("pilot"), a_step("wearables"))

        assert (state_of(half).pace, state_of(third).pace) == ("ahead", "behind")

    def test_what_is_not_known_is_not_expected_either(self) -> None:
        key_result = steps(
            a_step(done_on=date(2026, 10, 2), due=date(2026, 10, 2)),
            a_step("wearables", due=CYCLE.last_day),
            a_step("pilot", measure=TICKET, due=date(2026, 10, 2), weight=9),
            inputs=(TICKET,),
        )

        assert state_of(key_result, milestones__pilot=bad()).pace == "ahead"
        assert state_of(key_result, milestones__pilot=good(0)).pace == "off_track"

    def test_before_the_cycle_there_is_none_and_at_its_end_all_is_expected(self) -> None:
        due_last = steps(a_step(due=CYCLE.last_day), a_step("pilot", done_on=date(2026, 10, 2)))

        assert state_of(due_last, now=CYCLE.starts_at - timedelta(seconds=1)).pace is None
        assert state_of(due_last, now=CYCLE.ends_at - timedelta(seconds=1)).pace == "ahead"
        assert state_of(due_last, now=CYCLE.ends_at).pace == "behind"


@given(
    st.lists(
        st.tuples(st.sampled_from(["done", "open", "unknown"]), st.integers(0, 5)), min_size=1, max_size=8
    )
)
def test_progress_is_whole_when_all_that_is_known_is_done_and_never_leaves_its_range(
    found: list[tuple[str, int]],
) -> None:
    made = {"done": {"done_on": TODAY}, "open": {}, "unknown": {"measure": TICKET}}
    key_result = steps(
        *(a_step(f"s{n}", weight=float(weight), **made[what]) for n, (what, weight) in enumerate(found)),
        inputs=(TICKET,),
    )

    progress = state_of(key_result).progress

    weighed = {what for what, weight in found if weight and what != "unknown"}
    assert (progress is None) == (not weighed)
    assert progress is None or 0.0 <= progress <= 1.0
    assert (progress == 1.0) == (weighed == {"done"})
    assert (progress == 0.0) == (weighed == {"open"})
