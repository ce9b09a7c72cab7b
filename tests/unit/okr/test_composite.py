"""Composites: a mix of other key results, over those of them whose progress is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.definition import Composite, Keep, KeyResult, Subject
from syncd.okr.evaluate import evaluate, scope_of
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState, ObjectiveState, States
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

ONE = a_key_result(an_input("one"), subject="product/a/one")
TWO = a_key_result(an_input("two"), subject="product/b/two")
BAND = a_key_result(an_input("band"), subject="product/b/band", kind=Keep(low=50))


def a_composite(
    *parts: tuple[KeyResult, float], subject: str = "product/c/mix", take: str = "mean"
) -> KeyResult:
    weights = tuple((part.subject, weight) for part, weight in parts)
    kind = Composite(parts=weights, take="worst" if take == "worst" else "mean")
    return a_key_result(subject=subject, kind=kind, unit="ratio")


MIX = a_composite((ONE, 2), (TWO, 1))


def evaluated(
    *key_results: KeyResult,
    before: States | None = None,
    subjects: list[Subject] | None = None,
    now: timedelta = timedelta(),
    **readings: Reading,
) -> States:
    return evaluate(
        mappings_of(*key_results),
        {a_query_key(name): reading for name, reading in readings.items()},
        before or {},
        now=HALFWAY + now,
        calendar=CALENDAR,
        subjects=subjects,
    )


def state_in(states: States, key_result: KeyResult = MIX) -> KeyResultState:
    state = states[key_result.subject]
    assert isinstance(state, KeyResultState)
    return state


class TestRule:
    def test_it_is_the_weighted_mean_of_its_parts(self) -> None:
        state = state_in(evaluated(ONE, TWO, MIX, one=good(50), two=good(20)))

        assert (state.current, state.progress, state.progress_unclamped) == (0.4, 0.4, 0.4)
        assert (state.start, state.target, state.unit) == (0.0, 1.0, "ratio")

    def test_before_its_cycle_begins_it_has_no_progress_whatever_its_parts_have(self) -> None:
        early = CYCLE.starts_at - HALFWAY - timedelta(microseconds=1)

        state = state_in(evaluated(ONE, TWO, MIX, now=early, one=good(50), two=good(20)))
        begun = state_in(evaluated(ONE, TWO, MIX, now=CYCLE.starts_at - HALFWAY, one=good(50), two=good(20)))

        assert (state.progress, state.details["known"] if state.details else None) == (None, 0)
        assert begun.progress == 0.4

    def test_the_worst_is_the_least_of_its_parts(self) -> None:
        worst = a_composite((ONE, 2), (TWO, 1), take="worst")

        assert state_in(evaluated(ONE, TWO, worst, one=good(50), two=good(20))).progress == 0.2

    def test_a_part_beyond_its_target_does_not_make_up_for_another(self) -> None:
        assert state_in(evaluated(ONE, TWO, MIX, one=good(300), two=good(-50))).progress == pytest.approx(
            2 / 3
        )

    def test_a_part_without_progress_is_not_counted_and_said_so(self) -> None:
        state = state_in(evaluated(ONE, TWO, MIX, one=good(50)))

        assert state.progress == 0.5
        assert state.details == {
            "take": "mean",
            "parts": {
                "product/a/one": {"progress": 0.5, "weight": 2},
                "product/b/two": {"progress": None, "weight": 1},
            },
            "known": 1,
            "of": 2,
        }

    def test_without_a_known_part_there_is_neither_value_nor_progress(self) -> None:
        state = state_in(evaluated(ONE, TWO, MIX))

        assert (state.current, state.progress, state.pace, state.error) == (None, None, None, None)

    @pytest.mark.parametrize("take", ["mean", "worst"])
    def test_a_part_without_weight_is_shown_and_does_not_count(self, take: str) -> None:
        mix = a_composite((ONE, 1), (TWO, 0), take=take)

        state = state_in(evaluated(ONE, TWO, mix, one=good(50), two=bad(in_a_row=9)))

        assert (state.progress, state.freshness) == (0.5, "fresh")

    def test_a_band_counts_from_the_first_full_day_on(self) -> None:
        mix = a_composite((ONE, 1), (BAND, 1))
        second_day = CYCLE.starts_at + timedelta(days=1) - HALFWAY
        readings = {"one": good(50), "band": good(60)}

        early = state_in(evaluated(ONE, BAND, mix, now=second_day - timedelta(seconds=1), **readings))
        later = state_in(evaluated(ONE, BAND, mix, now=second_day, **readings))

        assert (early.progress, later.progress) == (0.5, 0.75)

    def test_a_part_of_another_cycle_is_named_with_it(self) -> None:
        foreign = Subject("2026", "company/a/one")
        mix = a_key_result(kind=Composite(parts=((foreign, 1.0),)))

        details = state_in(evaluated(mix), mix).details

        assert details is not None
        assert list(details["parts"]) == ["company/a/one@2026"]

    def test_its_pace_is_that_of_the_calendar(self) -> None:
        states = [state_in(evaluated(ONE, TWO, MIX, one=good(n), two=good(n))) for n in (50, 35, 20, 19)]

        assert [state.pace for state in states] == ["ahead", "on_track", "behind", "off_track"]


class TestAge:
    def test_it_is_as_fresh_as_the_worst_of_its_parts_and_has_no_error_of_its_own(self) -> None:
        state = state_in(evaluated(ONE, TWO, MIX, one=good(50), two=bad(good(20), in_a_row=2)))

        assert (state.freshness, state.error, state.progress) == ("failing", None, 0.4)

    def test_it_is_as_old_as_the_oldest_part_that_it_counts(self) -> None:
        old = utc("2026-11-10T08:00")

        state = state_in(evaluated(ONE, TWO, MIX, one=good(50, at=old), two=good(20)))

        assert (state.as_of, state.last_good_at, state.evidence) == (old, old, ())

    def test_parts_that_people_set_have_no_freshness(self) -> None:
        by_hand = a_key_result(subject="product/a/hand")
        mix = a_composite((by_hand, 1))

        assert state_in(evaluated(by_hand, mix)).freshness is None


class TestOrder:
    def test_a_composite_of_composites_comes_after_both(self) -> None:
        inner = a_composite((ONE, 1), subject="product/z/inner")
        outer = a_composite((inner, 1), (TWO, 1), subject="product/a/outer")

        states = evaluated(outer, inner, TWO, ONE, one=good(100), two=good(50))

        assert state_in(states, outer).progress == 0.75

    def test_a_part_that_is_not_evaluated_now_is_as_it_was(self) -> None:
        before = evaluated(ONE, TWO, MIX, one=good(50), two=good(20))

        after = evaluated(ONE, TWO, MIX, before=before, subjects=[ONE.subject], one=good(80))

        assert state_in(after).progress == pytest.approx(0.6)
        assert TWO.subject not in after

    def test_evaluating_a_part_evaluates_all_that_is_made_of_it(self) -> None:
        outer = a_composite((MIX, 1), subject="company/d/outer")

        after = evaluated(ONE, TWO, MIX, outer, subjects=[TWO.subject], two=good(20))

        assert after.keys() == {
            TWO.subject,
            TWO.objective,
            MIX.subject,
            MIX.objective,
            outer.subject,
            outer.objective,
        }

    def test_the_scope_of_a_part_holds_the_other_parts_too(self) -> None:
        scope = scope_of(mappings_of(ONE, TWO, MIX, BAND), [TWO.subject])

        assert scope == {
            TWO.subject,
            BAND.subject,
            TWO.objective,
            MIX.subject,
            MIX.objective,
            ONE.subject,
        }

    def test_an_objective_counts_its_composite(self) -> None:
        objective = evaluated(ONE, TWO, MIX, one=good(50), two=good(20))[MIX.objective]

        assert isinstance(objective, ObjectiveState)
        assert (objective.progress, objective.known, objective.of) == (0.4, 1, 1)


@given(
    st.lists(st.tuples(st.none() | st.floats(-50, 150), st.floats(0, 10)), min_size=1, max_size=6),
    st.sampled_from(["mean", "worst"]),
)
def test_a_composite_lies_between_its_least_and_its_greatest_part(
    found: list[tuple[float | None, float]], take: str
) -> None:
    parts = [a_key_result(an_input(f"n{n}"), subject=f"product/a/n{n}") for n in range(len(found))]
    mix = a_composite(*((part, weight) for part, (_, weight) in zip(parts, found, strict=True)), take=take)
    readings = {f"n{n}": good(value) for n, (value, _) in enumerate(found) if value is not None}

    states = evaluated(*parts, mix, **readings)

    counted = [
        progress
        for part, (_, weight) in zip(parts, found, strict=True)
        if weight > 0 and (progress := state_in(states, part).progress) is not None
    ]
    progress = state_in(states, mix).progress
    assert (progress is None) == (not counted)
    if progress is not None:
        assert min(counted) <= progress <= max(counted)
        assert take == "mean" or progress == min(counted)
