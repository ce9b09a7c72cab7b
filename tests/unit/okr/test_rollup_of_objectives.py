"""What an objective rolls up from: its key results, the objectives that support it, or a person's word."""

from __future__ import annotations

from dataclasses import replace

from syncd.okr.definition import Mappings, Objective, Rollup, Subject
from syncd.okr.dependence import moved_by
from syncd.okr.evaluate import evaluate, scope_of
from syncd.okr.rollup import progress_set
from syncd.okr.state import ObjectiveState, States
from syncd.okr.word import Word
from tests.builders import (
    CALENDAR,
    HALFWAY,
    a_key_result,
    a_query_key,
    an_input,
    an_objective,
    good,
    mappings_of,
    utc,
)

ONE = a_key_result(an_input("one"), subject="product/one/kr")
TWO = a_key_result(an_input("two"), subject="people/two/kr")
OWN = a_key_result(an_input("own"), subject="company/care/kr")


def rolled_up(subject: str, *supporters: Subject, rollup: Rollup = "supporters") -> Objective:
    return an_objective(subject=Subject("2026-Q4", subject), supporters=supporters, rollup=rollup)


CARE = replace(rolled_up("company/care", ONE.objective, TWO.objective), key_results=(OWN.subject,))
TEAMS = [an_objective(ONE), an_objective(TWO)]
MAPPINGS = mappings_of(ONE, TWO, OWN, objectives=[CARE, *TEAMS])


def evaluated(
    mappings: Mappings = MAPPINGS,
    *,
    before: States | None = None,
    subjects: list[Subject] | None = None,
    **values: float,
) -> States:
    readings = {a_query_key(name): good(value) for name, value in values.items()}
    return evaluate(mappings, readings, before or {}, now=HALFWAY, calendar=CALENDAR, subjects=subjects)


def objective_in(states: States, objective: Objective = CARE) -> ObjectiveState:
    state = states[objective.subject]
    assert isinstance(state, ObjectiveState)
    return state


class TestSupporters:
    def test_it_is_the_mean_of_the_objectives_that_support_it(self) -> None:
        state = objective_in(evaluated(one=50, two=20, own=100))

        assert (state.progress, state.known, state.of) == (0.35, 2, 2)

    def test_one_without_progress_is_not_counted_and_never_a_zero(self) -> None:
        state = objective_in(evaluated(one=50, own=100))

        assert (state.progress, state.known, state.of) == (0.5, 1, 2)

    def test_with_nobody_who_supports_it_there_is_no_progress(self) -> None:
        alone = rolled_up("company/alone")

        state = objective_in(evaluated(mappings_of(objectives=[alone])), alone)

        assert (state.progress, state.known, state.of) == (None, 0, 0)

    def test_only_direct_supporters_count_each_after_its_own(self) -> None:
        middle = rolled_up("product/middle", ONE.objective, TWO.objective)
        top = rolled_up("company/a-top", middle.subject)

        states = evaluated(mappings_of(ONE, TWO, objectives=[top, middle, *TEAMS]), one=50, two=20)

        found = objective_in(states, top)
        assert (found.progress, found.known, found.of) == (0.35, 1, 1)

    def test_one_of_a_cycle_that_is_not_evaluated_any_more_counts_as_it_was(self) -> None:
        before = evaluated(one=50, two=20)
        living = mappings_of(ONE, OWN, objectives=[CARE, TEAMS[0]])

        state = objective_in(evaluated(living, before=before, one=80))

        assert (state.progress, state.known, state.of) == (0.5, 2, 2)


class TestScope:
    def test_a_key_result_moves_all_that_rolls_up_from_its_objective(self) -> None:
        top = rolled_up("company/top", CARE.subject)
        mappings = mappings_of(ONE, TWO, OWN, objectives=[CARE, top, *TEAMS])

        moved = moved_by(mappings, [ONE.subject])

        assert moved == {ONE.subject, ONE.objective, CARE.subject, top.subject}

    def test_supports_by_itself_moves_no_number(self) -> None:
        plain = replace(CARE, rollup="key_results")

        moved = moved_by(mappings_of(ONE, TWO, OWN, objectives=[plain, *TEAMS]), [ONE.subject])

        assert moved == {ONE.subject, ONE.objective}

    def test_a_part_is_evaluated_with_what_rolls_up_from_it_as_the_others_were(self) -> None:
        before = evaluated(one=50, two=20, own=0)

        after = evaluated(before=before, subjects=[ONE.subject], one=80)

        assert after.keys() == {ONE.subject, ONE.objective, CARE.subject}
        assert objective_in(after).progress == 0.5

    def test_the_scope_holds_the_other_supporters(self) -> None:
        scope = scope_of(MAPPINGS, [ONE.subject])

        assert scope == {ONE.subject, ONE.objective, CARE.subject, OWN.subject, TWO.objective}

    def test_a_part_is_evaluated_as_the_whole_would_be(self) -> None:
        before = evaluated(one=50, two=20, own=0)
        scope = scope_of(MAPPINGS, [ONE.subject])
        locked = {subject: state for subject, state in before.items() if subject in scope}

        part = evaluated(before=locked, subjects=[ONE.subject], one=80, two=20, own=0)

        whole = evaluated(before=before, one=80, two=20, own=0)
        assert {subject: whole[subject] for subject in part} == part


class TestByHand:
    BY_HAND = replace(rolled_up("company/care", rollup="by_hand"), key_results=(OWN.subject,))
    MAPPINGS = mappings_of(OWN, objectives=[BY_HAND])

    def test_until_somebody_sets_it_there_is_no_progress(self) -> None:
        state = objective_in(evaluated(self.MAPPINGS, own=100))

        assert (state.progress, state.known, state.of) == (None, 0, 0)

    def test_it_keeps_what_was_set_and_who_set_it(self) -> None:
        said = self.set_to(0.4)

        state = objective_in(evaluated(self.MAPPINGS, before={said.subject: said}, own=100))

        assert (state.progress, state.rollup) == (0.4, "by_hand")
        assert state.said == {"author": "anna", "at": "2026-11-01T09:00:00Z", "comment": "heard it all week"}

    def test_what_was_computed_before_is_nobodys_word(self) -> None:
        computed = evaluated(mappings_of(OWN), own=100)

        state = objective_in(evaluated(self.MAPPINGS, before=computed, own=100))

        assert (state.progress, state.said) == (None, None)

    def test_a_mean_of_nobody_is_nobodys_word_either(self) -> None:
        alone = rolled_up("company/care")
        computed = evaluated(mappings_of(objectives=[alone]))
        kept = {CARE.subject: replace(objective_in(computed, alone), progress=0.9)}

        state = objective_in(evaluated(self.MAPPINGS, before=kept, own=100))

        assert state.progress is None

    def test_what_was_set_is_forgotten_once_it_rolls_up(self) -> None:
        said = self.set_to(0.4)

        state = objective_in(evaluated(before={said.subject: said}, one=50, two=20))

        assert (state.progress, state.rollup, state.said) == (0.35, "supporters", None)

    def set_to(self, progress: float) -> ObjectiveState:
        word = Word(
            subject=CARE.subject,
            author="anna",
            at=utc("2026-11-01T09:00"),
            progress=progress,
            comment="heard it all week",
        )
        return progress_set(word, objective_in(evaluated(self.MAPPINGS)))
