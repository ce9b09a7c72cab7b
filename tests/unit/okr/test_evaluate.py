"""Evaluation: definitions, readings and states before make states after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from syncd.okr.definition import Keep, KeyResult, Observe, QueryKey, Reach, Subject
from syncd.okr.evaluate import evaluate, scope_of
from syncd.okr.reading import ErrorFact, Reading
from syncd.okr.state import KeyResultState, ObjectiveState, States
from tests.builders import (
    CALENDAR,
    CYCLE,
    HALFWAY,
    RULE,
    UNAVAILABLE,
    a_key_result,
    a_query_key,
    an_input,
    an_objective,
    bad,
    good,
    mappings_of,
)

LATER = HALFWAY + timedelta(minutes=5)
REJECTED = ErrorFact(code="query_rejected", message="no such field", actor="operator")


def state_of(
    key_result: KeyResult,
    *,
    before: KeyResultState | None = None,
    now: datetime = HALFWAY,
    **readings: Reading,
) -> KeyResultState:
    """The key result's state after an evaluation; readings by the name of their input."""
    after = evaluate(
        mappings_of(key_result),
        {a_query_key(name): reading for name, reading in readings.items()},
        {before.subject: before} if before else {},
        now=now,
        calendar=CALENDAR,
    )
    state = after[key_result.subject]
    assert isinstance(state, KeyResultState)
    return state


def objective_of(
    *key_results: KeyResult, now: datetime = HALFWAY, before: States | None = None, **readings: Reading
) -> ObjectiveState:
    after = evaluate(
        mappings_of(*key_results),
        {a_query_key(name): reading for name, reading in readings.items()},
        before or {},
        now=now,
        calendar=CALENDAR,
    )
    (objective,) = (state for state in after.values() if isinstance(state, ObjectiveState))
    return objective


SHARE = a_key_result(
    an_input("done"), an_input("scope"), value="done / scope", kind=Reach(start=0, target=1), unit="ratio"
)
LONE = a_key_result(an_input("value"))


class TestValue:
    def test_a_lone_measurement_is_the_value(self) -> None:
        state = state_of(LONE, value=good(45))

        assert (state.current, state.progress, state.pace) == (45.0, 0.45, "on_track")
        assert (state.error, state.freshness) == (None, "fresh")

    def test_a_formula_makes_the_value_of_several(self) -> None:
        assert state_of(SHARE, done=good(3), scope=good(4)).current == 0.75

    def test_a_real_zero_is_a_zero(self) -> None:
        state = state_of(LONE, value=good(0))

        assert (state.current, state.progress) == (0.0, 0.0)

    def test_the_whole_definition_travels_with_the_state(self) -> None:
        state = state_of(LONE, value=good(45))

        assert (state.title, state.tier, state.team, state.owner) == (LONE.title, "team", "product", "anna")
        assert (state.kind, state.start, state.target, state.unit) == ("reach", 0.0, 100.0, "count")
        assert (state.path, state.line, state.digest) == ("mappings/product.yaml", 7, "file-1")

    def test_beyond_the_target_progress_is_over_one_only_unclamped(self) -> None:
        state = state_of(LONE, value=good(130))

        assert (state.progress, state.progress_unclamped) == (1.0, 1.3)

    @pytest.mark.parametrize(("unit", "current"), [("days", 1.5), ("hours", 36.0), ("minutes", 2160.0)])
    def test_a_lone_duration_converts_to_the_unit_by_itself(self, unit: str, current: float) -> None:
        unnamed = a_key_result(an_input("value"), unit=unit)
        named = a_key_result(an_input("value"), unit=unit, value="value")

        for key_result in (unnamed, named):
            assert state_of(key_result, value=good(129_600, unit="seconds")).current == current

    def test_a_bare_name_is_that_measurement_whatever_else_is_read(self) -> None:
        key_result = a_key_result(an_input("other"), an_input("lead"), unit="days", value="lead")

        assert state_of(key_result, other=good(7), lead=good(86_400, unit="seconds")).current == 1.0

    def test_a_duration_in_a_formula_is_converted_by_the_formula(self) -> None:
        key_result = a_key_result(an_input("lead"), unit="days", value="days(lead) * 2")

        assert state_of(key_result, lead=good(86_400, unit="seconds")).current == 2.0

    def test_a_count_is_not_converted(self) -> None:
        assert state_of(a_key_result(an_input("value"), unit="days"), value=good(86_400)).current == 86_400

    def test_as_of_is_when_the_oldest_input_was_true(self) -> None:
        edited_at = HALFWAY - timedelta(days=2)

        state = state_of(SHARE, done=good(3), scope=good(4, observed_at=edited_at))

        assert state.as_of == edited_at

    def test_last_good_at_is_when_all_inputs_had_been_read(self) -> None:
        earlier = HALFWAY - timedelta(minutes=10)

        state = state_of(
            SHARE, done=good(3, at=earlier), scope=good(4, observed_at=HALFWAY - RULE.warn_after)
        )

        assert state.last_good_at == earlier

    def test_every_input_is_evidence_in_the_order_of_the_mapping(self) -> None:
        state = state_of(SHARE, scope=good(4, evidence_url="https://acme.example/scope"), done=good(3))

        assert [(it.measurement, it.value, it.connection, it.url) for it in state.evidence] == [
            ("done", 3.0, "tracker", None),
            ("scope", 4.0, "tracker", "https://acme.example/scope"),
        ]

    def test_a_formula_of_constants_needs_no_measurement(self) -> None:
        state = state_of(a_key_result(value="3 * 4"))

        assert (state.current, state.freshness, state.as_of) == (12.0, None, None)


class TestMissing:
    def test_what_was_never_asked_has_no_value_and_no_error(self) -> None:
        state = state_of(SHARE)

        assert (state.current, state.progress, state.pace, state.error) == (None, None, None, None)
        assert state.freshness is None

    def test_half_an_answer_is_no_value(self) -> None:
        state = state_of(SHARE, done=good(3))

        assert (state.current, state.error) == (None, None)

    def test_what_was_never_asked_under_this_version_keeps_the_value_of_the_same_measure(self) -> None:
        before = state_of(LONE, value=good(45))

        assert state_of(LONE, before=before).current == 45

    def test_a_first_read_that_fails_is_an_error_without_a_value(self) -> None:
        state = state_of(LONE, value=bad())

        assert (state.current, state.progress, state.error) == (None, None, UNAVAILABLE)
        assert state.freshness == "failing"


class TestFailure:
    BEFORE = state_of(SHARE, done=good(3), scope=good(4))

    def test_a_failing_source_keeps_the_last_value_and_says_why(self) -> None:
        state = state_of(SHARE, before=self.BEFORE, now=LATER, done=good(3), scope=bad(good(4)))

        assert (state.current, state.progress, state.error) == (0.75, 0.75, UNAVAILABLE)
        assert state.evidence == self.BEFORE.evidence
        assert (state.as_of, state.last_good_at) == (self.BEFORE.as_of, self.BEFORE.last_good_at)

    def test_it_never_moves_on_a_guess_while_one_input_fails(self) -> None:
        state = state_of(SHARE, before=self.BEFORE, now=LATER, done=good(4, at=LATER), scope=bad(good(4)))

        assert state.current == 0.75

    def test_the_error_is_the_first_failing_inputs(self) -> None:
        state = state_of(SHARE, done=bad(good(3), error=REJECTED), scope=bad(good(4)))

        assert state.error == REJECTED

    def test_without_a_last_value_the_last_good_reads_make_one(self) -> None:
        state = state_of(SHARE, done=good(3), scope=bad(good(4)))

        assert (state.current, state.error) == (0.75, UNAVAILABLE)

    def test_a_changed_measure_does_not_keep_the_number_of_the_old_one(self) -> None:
        changed = a_key_result(an_input("done"), kind=Reach(start=0, target=1), measure_digest="measure-2")

        state = state_of(changed, before=self.BEFORE, done=bad())

        assert (state.current, state.evidence, state.last_good_at) == (None, (), None)

    def test_a_new_target_is_applied_to_a_kept_value(self) -> None:
        before = state_of(LONE, value=good(45))
        retargeted = a_key_result(an_input("value"), kind=Reach(start=0, target=50), title="Faster still")

        state = state_of(retargeted, before=before, value=bad(good(45)))

        assert (state.current, state.progress, state.target, state.title) == (45, 0.9, 50, "Faster still")

    def test_a_value_that_returns_clears_the_error(self) -> None:
        failing = state_of(SHARE, before=self.BEFORE, done=good(3), scope=bad(good(4)))

        state = state_of(SHARE, before=failing, now=LATER, done=good(4, at=LATER), scope=good(4, at=LATER))

        assert (state.current, state.error, state.last_good_at) == (1.0, None, LATER)


class TestNoValue:
    BEFORE = state_of(SHARE, done=good(3), scope=good(4))

    def test_a_formula_that_fails_keeps_the_last_value_and_says_why(self) -> None:
        state = state_of(
            SHARE, before=self.BEFORE, now=LATER, done=good(3, at=LATER), scope=good(0, at=LATER)
        )

        assert state.current == 0.75
        assert state.error is not None
        assert (state.error.code, state.error.actor) == ("division_by_zero", "operator")
        assert "column 8" in state.error.message
        assert (state.evidence, state.as_of) == (self.BEFORE.evidence, self.BEFORE.as_of)

    def test_a_formula_that_never_worked_has_no_value(self) -> None:
        state = state_of(SHARE, done=good(3), scope=good(0))

        assert (state.current, state.progress, state.as_of) == (None, None, None)
        assert state.freshness == "fresh"  # it was read well: the formula is at fault

    def test_under_its_least_value_there_is_no_value(self) -> None:
        rate = a_key_result(an_input("yes"), an_input("asked", min_value=20), value="yes / asked")
        before = state_of(rate, yes=good(16), asked=good(20))

        state = state_of(rate, before=before, yes=good(19), asked=good(19))

        assert state.current == 0.8
        assert state.error is not None
        assert state.error.code == "below_min_value"
        assert "asked is 19, under its min_value 20" in state.error.message

    def test_under_its_smallest_sample_there_is_no_value_and_the_last_one_stays(self) -> None:
        lead = a_key_result(an_input(min_sample=10))
        before = state_of(lead, value=good(7, sample_size=10))

        state = state_of(lead, before=before, value=good(9, sample_size=9))

        assert (before.current, before.error) == (7, None)
        assert state.current == 7
        assert state.error is not None
        assert (state.error.code, state.error.actor) == ("below_min_sample", "operator")
        assert "a sample of 9, under its min_sample 10" in state.error.message

    def test_a_number_without_a_sample_has_no_smallest_one(self) -> None:
        state = state_of(a_key_result(an_input(min_sample=1)), value=good(7))

        assert state.current is None
        assert state.error is not None
        assert state.error.code == "no_sample"

    def test_a_failing_source_comes_before_a_failing_formula(self) -> None:
        assert state_of(SHARE, done=bad(good(3)), scope=good(0)).error == UNAVAILABLE

    def test_a_start_that_is_the_target_makes_no_progress(self) -> None:
        nowhere = a_key_result(an_input("value"), kind=Reach(start=5, target=5))

        state = state_of(nowhere, value=good(5))

        assert (state.current, state.progress, state.pace) == (5, None, None)
        assert state.error is not None
        assert state.error.code == "start_is_target"


class TestByHand:
    BY_HAND = a_key_result()

    def test_a_number_set_by_hand_is_kept_whatever_changes_around_it(self) -> None:
        before = state_of(LONE, value=good(45))
        changed = a_key_result(measure_digest="by hand now", kind=Reach(start=0, target=90))

        state = state_of(changed, before=before)

        assert (state.current, state.progress, state.as_of) == (45, 0.5, before.as_of)

    def test_a_number_set_by_hand_has_no_freshness(self) -> None:
        assert state_of(self.BY_HAND, before=state_of(LONE, value=good(45))).freshness is None

    def test_before_anybody_set_it_there_is_no_value_and_no_error(self) -> None:
        state = state_of(self.BY_HAND)

        assert (state.current, state.error) == (None, None)


class TestApproximate:
    BEFORE = state_of(LONE, value=good(1_000))

    def test_an_approximate_change_under_half_a_percent_is_no_change(self) -> None:
        state = state_of(LONE, before=self.BEFORE, now=LATER, value=good(1_004.9, at=LATER, approximate=True))

        assert state.current == 1_000
        assert state.evidence == self.BEFORE.evidence
        assert (state.as_of, state.last_good_at) == (LATER, LATER)

    @pytest.mark.parametrize("value", [1_005, 995, 0, 2_000])
    def test_half_a_percent_is_a_change(self, value: float) -> None:
        state = state_of(LONE, before=self.BEFORE, value=good(value, approximate=True))

        assert (state.current, state.evidence[0].approximate) == (value, True)

    def test_small_steps_add_up_since_they_are_held_against_the_value_shown(self) -> None:
        state = self.BEFORE
        for value in (1_002, 1_004, 1_006):
            state = state_of(LONE, before=state, value=good(value, approximate=True))

        assert state.current == 1_006

    def test_an_exact_change_is_a_change_however_small(self) -> None:
        assert state_of(LONE, before=self.BEFORE, value=good(1_001)).current == 1_001

    def test_a_value_of_another_measure_is_nothing_to_compare_with(self) -> None:
        changed = a_key_result(an_input("value"), measure_digest="measure-2")

        state = state_of(changed, before=self.BEFORE, value=good(1_001, approximate=True))

        assert state.current == 1_001


class TestKinds:
    def test_a_band_has_progress_and_pace_but_no_start_or_target(self) -> None:
        band = a_key_result(an_input("value"), kind=Keep(low=10, tolerance=4))

        state = state_of(band, value=good(9))

        assert (state.kind, state.start, state.target) == ("keep", None, None)
        assert (state.progress, state.progress_unclamped, state.pace) == (0.75, 0.75, "behind")

    def test_an_observed_number_has_a_value_and_no_progress(self) -> None:
        state = state_of(a_key_result(an_input("value"), kind=Observe()), value=good(9))

        assert (state.kind, state.current, state.progress, state.pace) == ("observe", 9, None, None)

    def test_before_its_cycle_a_key_result_has_progress_and_no_pace(self) -> None:
        state = state_of(LONE, now=CYCLE.starts_at - timedelta(days=3), value=good(45))

        assert (state.progress, state.pace) == (0.45, None)


class TestObjective:
    ONE = a_key_result(an_input("one"), subject="product/faster/one", weight=3)
    TWO = a_key_result(an_input("two"), subject="product/faster/two")
    BAND = a_key_result(an_input("band"), subject="product/faster/band", kind=Keep(high=0))

    def test_an_objective_is_the_weighted_mean_of_its_key_results(self) -> None:
        objective = objective_of(self.ONE, self.TWO, one=good(50), two=good(10))

        assert (objective.progress, objective.known, objective.of) == (0.4, 2, 2)

    def test_a_key_result_without_a_value_is_not_counted(self) -> None:
        objective = objective_of(self.ONE, self.TWO, two=good(10))

        assert (objective.progress, objective.known, objective.of) == (0.1, 1, 2)

    def test_a_key_result_beyond_its_target_counts_as_whole(self) -> None:
        assert objective_of(self.ONE, self.TWO, one=good(900), two=good(0)).progress == 0.75

    def test_a_kept_value_still_counts(self) -> None:
        objective = objective_of(self.TWO, two=bad(good(10)))

        assert (objective.progress, objective.known) == (0.1, 1)

    def test_a_band_counts_from_the_first_full_day_on(self) -> None:
        first_day_is_over = CYCLE.starts_at + timedelta(days=1)
        readings = {"one": good(50), "band": good(0)}

        early = objective_of(
            self.ONE, self.BAND, now=first_day_is_over - timedelta(seconds=1), before=None, **readings
        )
        later = objective_of(self.ONE, self.BAND, now=first_day_is_over, before=None, **readings)

        assert (early.progress, early.known, early.of) == (0.5, 1, 2)
        assert (later.progress, later.known, later.of) == (0.625, 2, 2)

    def test_supports_are_named_as_a_file_of_that_cycle_would(self) -> None:
        objective = an_objective(
            self.ONE, supports=(Subject("2026-Q4", "company/care"), Subject("2026", "company/vision"))
        )

        after = evaluate(
            mappings_of(self.ONE, objectives=[objective]), {}, {}, now=HALFWAY, calendar=CALENDAR
        )

        state = after[objective.subject]
        assert isinstance(state, ObjectiveState)
        assert state.supports == ("company/care", "company/vision@2026")


class TestScope:
    ONE, TWO = TestObjective.ONE, TestObjective.TWO
    FAR = a_key_result(an_input("far"), subject="people/hiring/offers")
    MAPPINGS = mappings_of(ONE, TWO, FAR)
    READINGS: ClassVar[dict[QueryKey, Reading]] = {
        a_query_key(name): good(50) for name in ("one", "two", "far")
    }

    def evaluated(self, before: States, subjects: list[Subject] | None) -> States:
        return evaluate(
            self.MAPPINGS, self.READINGS, before, now=HALFWAY, calendar=CALENDAR, subjects=subjects
        )

    def test_every_key_result_and_objective_has_one_state(self) -> None:
        after = self.evaluated({}, None)

        assert after.keys() == self.MAPPINGS.key_results.keys() | self.MAPPINGS.objectives.keys()

    def test_a_part_is_evaluated_with_its_objectives_and_nothing_else(self) -> None:
        after = self.evaluated({}, [self.ONE.subject])

        assert after.keys() == {self.ONE.subject, self.ONE.objective}

    def test_no_subjects_are_not_all_subjects(self) -> None:
        assert self.evaluated({}, []) == {}

    def test_an_objective_of_a_part_counts_its_other_key_results_as_they_were(self) -> None:
        before = self.evaluated({}, None)

        after = self.evaluated(before, [self.ONE.subject])

        assert after[self.ONE.objective] == before[self.ONE.objective]

    def test_a_subject_that_is_in_no_mapping_any_more_is_left_alone(self) -> None:
        gone = state_of(LONE, value=good(45))

        after = self.evaluated({gone.subject: gone}, [gone.subject, self.FAR.subject])

        assert gone.subject not in after

    def test_the_scope_of_a_part_is_all_whose_states_it_needs(self) -> None:
        assert scope_of(self.MAPPINGS, [self.ONE.subject]) == {
            self.ONE.subject,
            self.TWO.subject,
            self.ONE.objective,
        }

    def test_sequences_go_on_from_the_states_before(self) -> None:
        before = state_of(LONE, value=good(45))
        numbered = KeyResultState(**{**_fields(before), "sequence": 7})

        assert state_of(LONE, before=numbered, value=good(46)).sequence == 7

    def test_the_order_of_readings_and_definitions_does_not_matter(self) -> None:
        mirrored = mappings_of(self.FAR, self.TWO, self.ONE)
        readings = dict(reversed(self.READINGS.items()))

        after = evaluate(mirrored, readings, {}, now=HALFWAY, calendar=CALENDAR)

        assert {k: v for k, v in after.items() if isinstance(v, KeyResultState)} == {
            k: v for k, v in self.evaluated({}, None).items() if isinstance(v, KeyResultState)
        }
        assert [after[subject] for subject in mirrored.objectives] == [
            self.evaluated({}, None)[subject] for subject in mirrored.objectives
        ]


def _fields(state: KeyResultState) -> dict[str, object]:
    return {name: getattr(state, name) for name in state.__slots__}
