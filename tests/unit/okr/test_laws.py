"""Laws that hold for every kind, over any history of readings. Whatever else changes, these stay."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TypeVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syncd.okr.definition import Composite, Keep, KeyResult, Mappings, Reach, Subject
from syncd.okr.evaluate import evaluate, scope_of
from syncd.okr.event import events_between
from syncd.okr.judging.ends import asked_by
from syncd.okr.kinds import Change, Milestone, Milestones, Rate
from syncd.okr.names import QueryKey
from syncd.okr.overriding import spoken
from syncd.okr.period import periods_of
from syncd.okr.rollup import Part, roll_up, worst_of
from syncd.okr.state import KeyResultState, States
from syncd.okr.tally import tally
from syncd.sync.cycles import GRACE, alive, resting
from tests.builders import (
    CALENDAR,
    CYCLE,
    HALFWAY,
    a_key_result,
    a_query_key,
    an_input,
    good,
    mappings_of,
    state_of,
    through_json,
)
from tests.worlds import Moment, guards, histories, worlds

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")

INPUT = an_input("value")
FLOATS = st.floats(-1e9, 1e9)
TWO = st.tuples(FLOATS, FLOATS).filter(lambda it: abs(it[0] - it[1]) > 1e-6)
WHOLE = st.integers(-(10**5), 10**5).map(float)
FACTORS = st.integers(1, 1000).map(float)
EIGHTHS = st.integers(-800, 800).map(lambda eighths: eighths / 8)
SPLIT = st.lists(
    st.lists(st.tuples(EIGHTHS, st.integers(1, 800).map(lambda it: Fraction(it, 7))), min_size=1, max_size=5),
    min_size=1,
    max_size=6,
)
"""Periods, each in parts: what a part has, and what it needs."""
PARTS = st.lists(
    st.builds(
        Part,
        st.none() | st.floats(0, 1),
        st.one_of(st.just(0.0), st.floats(1e-300, 1e290), st.integers(1, 5).map(float)),
    ),
    max_size=12,
)


def after(
    mappings: Mappings, moment: Moment, before: States, *, subjects: Iterable[Subject] | None = None
) -> States:
    chosen = None if subjects is None else list(subjects)
    return evaluate(mappings, moment.readings, before, now=moment.now, calendar=CALENDAR, subjects=chosen)


def heard(mappings: Mappings, moment: Moment, states: States) -> States:
    """The states as they stand after what people said."""
    found = dict(states)
    for word in moment.words:
        state = found.get(word.subject)
        if isinstance(state, KeyResultState):
            found[word.subject] = spoken(word, state, key_result=mappings.key_results[word.subject])
    return found


def lived(mappings: Mappings, moments: Iterable[Moment]) -> States:
    """The states after all that was read, with the sequences that the events took."""
    states: States = {}
    for moment in moments:
        heard_of = heard(mappings, moment, states)
        states, _ = events_between(states, after(mappings, moment, heard_of), now=moment.now)
    return states


def as_stored(states: States) -> States:
    return {
        subject: through_json(state) if isinstance(state, KeyResultState) else state
        for subject, state in states.items()
    }


class TestNothingNew:
    @given(st.data())
    def test_evaluating_twice_changes_nothing_and_tells_nothing(self, data: st.DataObject) -> None:
        mappings = data.draw(worlds())
        states: States = {}

        for moment in data.draw(histories(mappings)):
            heard_of = heard(mappings, moment, states)
            states, _ = events_between(states, after(mappings, moment, heard_of), now=moment.now)
            again = after(mappings, moment, states)

            assert again == states
            assert events_between(states, again, now=moment.now) == (states, [])

    @given(st.data())
    def test_what_was_stored_goes_on_as_what_was_not(self, data: st.DataObject) -> None:
        mappings = data.draw(worlds())
        states: States = {}

        for moment in data.draw(histories(mappings)):
            stored = heard(mappings, moment, as_stored(states))
            states = after(mappings, moment, heard(mappings, moment, states))

            assert after(mappings, moment, stored) == states
            assert as_stored(states) == states


class TestOrder:
    @given(st.data())
    def test_the_order_of_answers_and_of_definitions_says_nothing(self, data: st.DataObject) -> None:
        mappings = data.draw(worlds())
        shuffle = data.draw(st.randoms(use_true_random=False))
        one: States = {}
        other: States = {}

        for moment in data.draw(histories(mappings)):
            one = after(mappings, moment, heard(mappings, moment, one))
            mixed = replace(moment, readings=shuffled(moment.readings, shuffle))
            heard_of = shuffled(heard(mappings, moment, other), shuffle)
            other = after(reordered(mappings, shuffle), mixed, heard_of)

            assert other == one

    @given(st.data())
    def test_a_part_of_the_subjects_is_evaluated_as_all_of_them(self, data: st.DataObject) -> None:
        mappings = data.draw(worlds())
        *moments, last = data.draw(histories(mappings))
        before = lived(mappings, [*moments, replace(last, readings=moments[-1].readings if moments else {})])
        everything = after(mappings, last, before)
        known = moments[-1].readings if moments else {}
        touched = users_of(mappings, (key for key, it in last.readings.items() if known.get(key) != it))

        scope = scope_of(mappings, touched)
        part = after(mappings, last, {s: before[s] for s in scope if s in before}, subjects=touched)

        assert before | part == everything

    @given(st.data())
    def test_with_ends_that_are_written_only_the_last_value_counts(self, data: st.DataObject) -> None:
        """Not the order of check-ins, nor what they were."""
        start, target = data.draw(TWO)
        mine = a_key_result(INPUT, kind=Reach(start=start, target=target))
        values = data.draw(st.lists(FLOATS, min_size=1, max_size=6))
        order = data.draw(st.permutations(values[:-1]))

        one, other = in_turn(mine, values), in_turn(mine, [*order, values[-1]])

        assert one == other == in_turn(mine, values[-1:])


class TestMoreIsMore:
    """Progress is monotonic in `current`: where it counts upwards, a higher number is never worse."""

    @given(st.data())
    def test_on_the_way_to_a_target(self, data: st.DataObject) -> None:
        start, target = data.draw(TWO)
        low, high = sorted(data.draw(st.tuples(FLOATS, FLOATS)))
        mine = a_key_result(INPUT, kind=Reach(start=start, target=target))

        assert is_no_worse(mine, low, high) if target > start else is_no_worse(mine, high, low)

    @given(st.floats(-5, 5).filter(bool), st.booleans(), FLOATS.filter(bool), FLOATS, FLOATS)
    def test_on_the_way_of_a_change(
        self, amount: float, is_relative: bool, start: float, one: float, other: float
    ) -> None:
        mine = a_key_result(INPUT, kind=Change(amount=amount, is_relative=is_relative, start=start))
        low, high = sorted((one, other))

        assert is_no_worse(mine, low, high) if amount > 0 else is_no_worse(mine, high, low)

    @given(st.data())
    def test_in_a_band_that_is_open_above(self, data: st.DataObject) -> None:
        edge, tolerance = data.draw(FLOATS), data.draw(st.none() | st.floats(0.001, 1e6))
        by = data.draw(st.sampled_from(["latest", "mean", "worst"]))
        strict, below = data.draw(st.booleans()), data.draw(st.booleans())
        kind = (
            Keep(high=edge, strict_high=strict, tolerance=tolerance, by=by)
            if below
            else Keep(low=edge, strict_low=strict, tolerance=tolerance, by=by)
        )
        mine = a_key_result(INPUT, kind=kind, freshness=None)
        values = data.draw(st.lists(FLOATS, min_size=2, max_size=5))
        position = data.draw(st.integers(0, len(values) - 1))
        better = [*values]
        better[position] += data.draw(st.floats(0, 1e6)) * (-1 if below else 1)

        assert in_turn(mine, values) <= in_turn(mine, better)

    @given(st.data())
    def test_within_the_bounds_of_a_guard(self, data: st.DataObject) -> None:
        """Held or not, a number that is shown is judged as every other."""
        guard = replace(data.draw(guards()), max_jump=None)
        mine = a_key_result(INPUT, kind=Reach(start=-100, target=100), guard=guard)
        low, high = sorted(data.draw(st.tuples(FLOATS, FLOATS)))

        shown = [state_of(mine, value=good(value)) for value in (low, high)]

        assume(all(state.current is not None for state in shown))
        assert shown[0].progress_unclamped <= shown[1].progress_unclamped  # type: ignore[operator]  # both known

    @given(st.lists(st.tuples(st.floats(-10, 10), st.floats(0.1, 5)), min_size=1, max_size=6), st.data())
    def test_over_milestones(self, found: list[tuple[float, float]], data: st.DataObject) -> None:
        position = data.draw(st.integers(0, len(found) - 1))
        grown = [
            (value + (data.draw(st.floats(0, 10)) if n == position else 0), weight)
            for n, (value, weight) in enumerate(found)
        ]

        assert of_steps(found) <= of_steps(grown)

    @given(
        st.lists(st.tuples(st.floats(-50, 150), st.floats(0.1, 5)), min_size=1, max_size=6),
        st.sampled_from(["mean", "worst"]),
        st.data(),
    )
    def test_over_the_parts_of_a_composite(
        self, found: list[tuple[float, float]], take: str, data: st.DataObject
    ) -> None:
        position = data.draw(st.integers(0, len(found) - 1))
        grown = [
            (value + (data.draw(st.floats(0, 100)) if n == position else 0), weight)
            for n, (value, weight) in enumerate(found)
        ]

        assert of_parts(found, take) <= of_parts(grown, take)


class TestRollUp:
    @given(PARTS)
    def test_it_lies_between_its_least_and_its_greatest_part_whatever_they_weigh(
        self, parts: list[Part]
    ) -> None:
        counted = [part.progress for part in parts if part.progress is not None and part.weight > 0]

        mean, worst = roll_up(parts), worst_of(parts)

        if not counted:
            assert (mean.progress, worst.progress) == (None, None)
            return
        assert mean.progress is not None
        assert min(counted) <= mean.progress <= max(counted)
        assert worst.progress == min(counted)

    @given(PARTS)
    def test_what_is_not_known_never_pulls_it(self, parts: list[Part]) -> None:
        known = [part for part in parts if part.progress is not None]

        with_unknown, without = roll_up(parts), roll_up(known)

        assert with_unknown.progress == without.progress
        assert (with_unknown.known, with_unknown.of) == (len(known), len(parts))

    @given(PARTS, st.sampled_from([0.125, 2.0, 1024.0]))
    def test_only_the_proportion_of_weights_counts(self, parts: list[Part], factor: float) -> None:
        heavier = [part._replace(weight=part.weight * factor) for part in parts]

        found, expected = roll_up(heavier), roll_up(parts)

        # By the digits of the weights: eight times 0.1 is 0.8, of longer ones the last digit may differ.
        assert (found.progress or 0) == pytest.approx(expected.progress or 0, rel=1e-14, abs=0)
        assert (found.known, found.of) == (expected.known, expected.of)

    @given(st.data())
    def test_objectives_and_composites_lie_between_what_they_count(self, data: st.DataObject) -> None:
        mappings = data.draw(worlds())

        states = lived(mappings, data.draw(histories(mappings)))

        for subject, counted in made_of(mappings).items():
            progress = states[subject].progress
            known = [found for it in counted if (found := states[it].progress) is not None]
            assert progress is None or min(known) <= progress <= max(known)


class TestSplitting:
    @given(SPLIT)
    def test_splitting_a_period_never_raises_a_rate(self, split: list[list[tuple[float, Fraction]]]) -> None:
        """Parts that need together what the whole needs, and have together what it has."""
        assert share_of(itertools.chain(*split)) <= share_of(map(together, split))

    @given(SPLIT)
    def test_with_carry_over_splitting_changes_nothing(
        self, split: list[list[tuple[float, Fraction]]]
    ) -> None:
        in_parts, whole = itertools.chain(*split), map(together, split)

        assert share_of(in_parts, carry_over=True) == share_of(whole, carry_over=True)


class TestScaling:
    """In another unit it is the same progress. Whole numbers, so that no float rounds."""

    @given(st.lists(WHOLE, min_size=2, max_size=2, unique=True), WHOLE, FACTORS, st.sampled_from([1, -1]))
    def test_of_a_reach(self, ends: list[float], current: float, factor: float, sign: int) -> None:
        start, target = ends
        by = factor * sign

        one = a_key_result(INPUT, kind=Reach(start=start, target=target))
        other = a_key_result(INPUT, kind=Reach(start=start * by, target=target * by))

        assert judged(one, current) == judged(other, current * by)

    @given(
        WHOLE.filter(bool), st.sampled_from([-0.5, -0.25, 0.25, 0.5, 1.0, 2.0]), st.booleans(), WHOLE, FACTORS
    )
    def test_of_a_change(
        self, start: float, amount: float, is_relative: bool, current: float, by: float
    ) -> None:
        more = amount if is_relative else amount * by

        one = a_key_result(INPUT, kind=Change(amount=amount, is_relative=is_relative, start=start))
        other = a_key_result(INPUT, kind=Change(amount=more, is_relative=is_relative, start=start * by))

        assert judged(one, current) == judged(other, current * by)

    @given(WHOLE, st.none() | st.integers(1, 1000).map(float), WHOLE, FACTORS)
    def test_of_a_band(self, edge: float, tolerance: float | None, current: float, by: float) -> None:
        wider = None if tolerance is None else tolerance * by

        one = a_key_result(INPUT, kind=Keep(low=edge, tolerance=tolerance))
        other = a_key_result(INPUT, kind=Keep(low=edge * by, tolerance=wider))

        assert judged(one, current) == judged(other, current * by)

    @given(st.lists(WHOLE, min_size=1, max_size=14), st.integers(1, 1000), FACTORS, st.booleans())
    def test_of_a_rate(self, amounts: list[float], need: int, by: float, carry_over: bool) -> None:
        one = of_weeks(amounts, need=float(need), carry_over=carry_over)
        other = of_weeks([amount * by for amount in amounts], need=need * by, carry_over=carry_over)

        assert one == other


class TestFreezing:
    @given(st.data())
    def test_after_it_nothing_that_is_read_and_no_time_changes_a_state(self, data: st.DataObject) -> None:
        mappings = data.draw(worlds())
        lived_through = lived(mappings, data.draw(histories(mappings)))
        later = data.draw(histories(mappings, begins_at=CYCLE.ends_at + GRACE))

        states = lived_through
        for moment in later:
            moving = alive(mappings, now=moment.now)
            found = after(moving, moment, states)
            states, events = events_between(states, states | found, now=moment.now)
            assert events == []

        assert states == lived_through
        assert (
            resting(mappings, now=later[0].now)[1] == mappings.objectives.keys() | mappings.key_results.keys()
        )

    @given(st.data())
    def test_until_its_last_moment_it_is_alive(self, data: st.DataObject) -> None:
        mappings = data.draw(worlds())

        last = CYCLE.ends_at + GRACE - timedelta(microseconds=1)

        assert alive(mappings, now=last) == mappings


def in_turn(key_result: KeyResult, values: Sequence[float]) -> float:
    """Progress after values that were read a day after each other, from the cycle's first moment on."""
    state: KeyResultState | None = None
    for day, value in enumerate(values):
        at = CYCLE.starts_at + timedelta(days=day)
        state = state_of(key_result, before=state, now=at, value=good(value, at=at))
    assert state is not None
    assert state.progress_unclamped is not None
    return state.progress_unclamped


def is_no_worse(key_result: KeyResult, worse: float, better: float) -> bool:
    low, high = (state_of(key_result, value=good(value)) for value in (worse, better))
    if low.progress_unclamped is None or high.progress_unclamped is None:
        assert low.error or high.error
        return True
    assert low.progress is not None
    assert high.progress is not None
    return low.progress_unclamped <= high.progress_unclamped and low.progress <= high.progress


def judged(key_result: KeyResult, value: float) -> tuple[object, ...]:
    state = state_of(key_result, value=good(value))
    return state.progress, state.progress_unclamped, state.pace, state.error and state.error.code


def of_steps(found: Sequence[tuple[float, float]]) -> float:
    inputs = [an_input(f"n{n}") for n in range(len(found))]
    kind = Milestones(
        steps=tuple(
            Milestone(key=f"s{n}", title="", weight=weight, measure=inputs[n])
            for n, (_, weight) in enumerate(found)
        )
    )
    readings = {f"n{n}": good(value) for n, (value, _) in enumerate(found)}
    progress = state_of(a_key_result(*inputs, kind=kind), **readings).progress
    assert progress is not None
    return progress


def of_parts(found: Sequence[tuple[float, float]], take: str) -> float:
    parts = [a_key_result(an_input(f"n{n}"), subject=f"product/a/n{n}") for n in range(len(found))]
    weights = tuple((part.subject, weight) for part, (_, weight) in zip(parts, found, strict=True))
    mix = a_key_result(
        subject="product/b/mix", kind=Composite(parts=weights, take="worst" if take == "worst" else "mean")
    )
    readings = {a_query_key(f"n{n}"): good(value) for n, (value, _) in enumerate(found)}
    states = evaluate(mappings_of(*parts, mix), readings, {}, now=HALFWAY, calendar=CALENDAR)
    progress = states[mix.subject].progress
    assert progress is not None
    return progress


def of_weeks(amounts: Sequence[float], *, need: float, carry_over: bool) -> float | None:
    mine = a_key_result(
        replace(INPUT, per_period=True), kind=Rate(need=need, every="week", carry_over=carry_over)
    )
    readings = {
        INPUT.query._replace(period=week.label): good(amount, at=CYCLE.ends_at)
        for week, amount in zip(periods_of(CYCLE, "week"), amounts, strict=False)
    }
    state = evaluate(mappings_of(mine), readings, {}, now=CYCLE.ends_at, calendar=CALENDAR)[mine.subject]
    assert isinstance(state, KeyResultState)
    return state.progress_unclamped


def share_of(found: Iterable[tuple[float, Fraction]], *, carry_over: bool = False) -> Fraction:
    amounts, needs = zip(*found, strict=True)
    counted = tally(amounts, needs, closed=len(amounts), carry_over=carry_over)
    return counted.counted / counted.needed


def together(parts: Iterable[tuple[float, Fraction]]) -> tuple[float, Fraction]:
    amounts, needs = zip(*parts, strict=True)
    return sum(amounts), sum(needs, Fraction())


def shuffled(found: Mapping[KeyT, ValueT], by: random.Random) -> dict[KeyT, ValueT]:
    items = list(found.items())
    by.shuffle(items)
    return dict(items)


def reordered(mappings: Mappings, by: random.Random) -> Mappings:
    return replace(
        mappings,
        objectives=shuffled(mappings.objectives, by),
        key_results=shuffled(mappings.key_results, by),
    )


def users_of(mappings: Mappings, read: Iterable[QueryKey]) -> set[Subject]:
    """Key results that look at one of the queries, as an input or as an end."""
    queries = {key.whole for key in read}
    return {
        subject
        for subject, it in mappings.key_results.items()
        if queries & {used.query for used in (*it.inputs, *(end for _, end in asked_by(it)))}
    }


def made_of(mappings: Mappings) -> dict[Subject, list[Subject]]:
    """Composites and objectives -> what counts in them."""
    mixes = {
        subject: [part for part, weight in it.kind.parts if weight > 0]
        for subject, it in mappings.key_results.items()
        if isinstance(it.kind, Composite)
    }
    objectives = {
        subject: list(it.supporters)
        if it.rollup == "supporters"
        else [key for key in it.key_results if mappings.key_results[key].weight > 0]
        for subject, it in mappings.objectives.items()
    }
    return mixes | objectives
