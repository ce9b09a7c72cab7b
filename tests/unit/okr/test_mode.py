"""Modes: of what is in shadow, or not pushed, consumers hear nothing, and never of a ghost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.okr.definition import Composite, KeyResult, Mappings, Objective, Subject
from syncd.okr.evaluate import evaluate
from syncd.okr.event import Event, Source, events_between, removals
from syncd.okr.lifecycle import UNCHANGED, Lifecycle, lifecycle
from syncd.okr.state import KeyResultState, ObjectiveState, States
from tests.builders import (
    CALENDAR,
    HALFWAY,
    a_key_result,
    a_query_key,
    an_input,
    an_objective,
    good,
    mappings_of,
)

ONE = a_key_result(an_input("one"), subject="product/faster/one")
TWO = a_key_result(an_input("two"), subject="product/faster/two")
SOURCE = Source(instance="acme", epoch=1)


def in_shadow(key_result: KeyResult) -> KeyResult:
    return replace(key_result, is_shadow=True)


def step(
    before: States,
    mappings: Mappings,
    *,
    hours: float = 0,
    lifecycle: Lifecycle = UNCHANGED,
    **values: float,
) -> tuple[States, list[Event]]:
    """One evaluation, `hours` after the middle of the cycle; values by the name of their input."""
    now = HALFWAY + timedelta(hours=hours)
    readings = {a_query_key(name): good(value, at=now) for name, value in values.items()}
    after = evaluate(mappings, readings, before, now=now, calendar=CALENDAR)
    return events_between(before, after, now=now, lifecycle=lifecycle)


def told(events: list[Event]) -> list[tuple[str, str, int]]:
    return [
        (event.type.partition(".")[2], event.subject.id.rpartition("/")[2], event.sequence)
        for event in events
    ]


def key_result_of(states: States, key_result: KeyResult = ONE) -> KeyResultState:
    state = states[key_result.subject]
    assert isinstance(state, KeyResultState)
    return state


def objective_of(states: States) -> ObjectiveState:
    state = states[ONE.objective]
    assert isinstance(state, ObjectiveState)
    return state


class TestAKeyResultInShadow:
    def test_is_computed_and_takes_no_sequence(self) -> None:
        states, events = step({}, mappings_of(in_shadow(ONE), TWO), one=50, two=10)

        assert key_result_of(states).current == 50
        assert key_result_of(states).mode == "shadow"
        assert key_result_of(states).sequence == 0
        assert {event.subject for event in events} == {TWO.subject, TWO.objective}

    def test_does_not_count_in_a_live_objective(self) -> None:
        states, _ = step({}, mappings_of(in_shadow(ONE), TWO), one=50, two=10)

        objective = objective_of(states)
        assert (objective.progress, objective.known, objective.of) == (0.1, 1, 1)

    def test_counts_in_an_objective_in_shadow(self) -> None:
        shadow = in_shadow(ONE)
        objectives = [an_objective(shadow, TWO, is_shadow=True)]
        states, events = step({}, mappings_of(shadow, TWO, objectives=objectives), one=50, two=10)

        objective = objective_of(states)
        assert (objective.progress, objective.known, objective.of) == (0.3, 2, 2)
        assert {event.subject for event in events} == {TWO.subject}

    def test_remembers_since_when(self) -> None:
        first, _ = step({}, mappings_of(in_shadow(ONE)), one=50)
        then, _ = step(first, mappings_of(in_shadow(ONE)), hours=5, one=60)

        assert key_result_of(then).shadow_since == HALFWAY

    def test_is_archived_in_silence(self) -> None:
        states, _ = step({}, mappings_of(in_shadow(ONE)), one=50)

        assert removals({ONE.subject: states[ONE.subject]}, now=HALFWAY) == ({}, [])


class TestGoingLive:
    def test_tells_the_whole_from_sequence_one(self) -> None:
        before, _ = step({}, mappings_of(in_shadow(ONE)), one=100)

        _, events = step(before, mappings_of(ONE), hours=1, one=100)

        assert told(events) == [
            ("defined", "one", 1),
            ("progressed", "one", 2),
            ("achieved", "one", 3),
            ("progressed", "faster", 2),
        ]

    def test_tells_no_number_of_the_time_in_shadow(self) -> None:
        before, _ = step({}, mappings_of(in_shadow(ONE)), one=77)

        _, events = step(before, mappings_of(ONE), hours=1, one=50)

        assert events[0].data["previous"] == {"current": None, "progress": None, "pace": None}

    def test_under_a_new_name_is_no_move_for_who_never_heard_the_old_one(self) -> None:
        before, _ = step({}, mappings_of(in_shadow(ONE)), one=50)
        new = replace(ONE, subject=Subject("2026-Q4", "product/faster/new"))
        moved = {new.subject: replace(before[ONE.subject], subject=new.subject)}

        _, events = step(
            {**before, **moved},
            mappings_of(new),
            lifecycle=Lifecycle(moved={new.subject: ONE.subject}),
            one=50,
        )

        assert told(events)[:2] == [("defined", "new", 1), ("progressed", "new", 2)]


class TestGoingIntoShadow:
    def test_is_told_once_as_a_removal_with_what_was_sent_last(self) -> None:
        live, _ = step({}, mappings_of(ONE, TWO), one=50, two=10)

        gone, events = step(live, mappings_of(in_shadow(ONE), TWO), hours=1, one=99, two=10)
        _, after = step(gone, mappings_of(in_shadow(ONE), TWO), hours=2, one=70, two=10)

        assert told(events) == [("removed", "one", 3), ("progressed", "faster", 3)]
        assert events[0].data["key_result"]["current"] == 50
        assert after == []
        assert key_result_of(gone).current == 99

    def test_goes_on_with_its_sequence_when_it_is_live_again(self) -> None:
        live, _ = step({}, mappings_of(ONE), one=50)
        gone, _ = step(live, mappings_of(in_shadow(ONE)), one=50)

        _, events = step(gone, mappings_of(ONE), one=60)

        assert told(events)[:2] == [("defined", "one", 4), ("progressed", "one", 5)]

    def test_under_a_new_name_leaves_no_ghost_under_the_old_one(self) -> None:
        before, _ = step({}, mappings_of(ONE), one=50)
        new = replace(ONE, subject=Subject("2026-Q4", "product/faster/new"), is_shadow=True)
        moved = {new.subject: replace(before[ONE.subject], subject=new.subject)}

        _, events = step(
            {**before, **moved},
            mappings_of(new),
            lifecycle=Lifecycle(moved={new.subject: ONE.subject}),
            one=60,
        )

        assert told(events)[:2] == [("moved", "new", 3), ("removed", "new", 4)]
        assert events[0].data["from"]["id"] == ONE.subject.id
        assert events[1].data["key_result"]["current"] == 50

    def test_of_what_is_back_on_the_books_says_nothing(self) -> None:
        archived, _ = step({}, mappings_of(ONE), one=50)

        _, events = step(
            archived,
            mappings_of(in_shadow(ONE)),
            lifecycle=Lifecycle(defined=frozenset({ONE.subject})),
            one=50,
        )

        assert [event for event in events if event.subject == ONE.subject] == []


class TestPush:
    def test_what_is_not_pushed_counts_and_is_never_sent(self) -> None:
        quiet = replace(ONE, is_pushed=False)
        states, events = step({}, mappings_of(quiet, TWO), one=50, two=10)

        assert (objective_of(states).progress, objective_of(states).of) == (0.3, 2)
        assert key_result_of(states).mode == "live"
        assert {event.subject for event in events} == {TWO.subject, TWO.objective}

    def test_is_switched_off_as_a_removal_and_on_as_a_definition(self) -> None:
        live, _ = step({}, mappings_of(ONE), one=50)

        off, gone = step(live, mappings_of(replace(ONE, is_pushed=False)), one=50)
        _, back = step(off, mappings_of(ONE), one=50)

        assert told(gone) == [("removed", "one", 3)]
        assert told(back) == [("defined", "one", 4), ("progressed", "one", 5)]


class TestAComposite:
    MIX = a_key_result(
        subject="product/faster/mix",
        kind=Composite(parts=((ONE.subject, 2), (TWO.subject, 1))),
        unit="ratio",
    )

    def test_that_is_live_does_not_see_a_part_in_shadow_and_says_so(self) -> None:
        states, events = step({}, mappings_of(in_shadow(ONE), TWO, self.MIX), one=90, two=10)

        mix = key_result_of(states, self.MIX)
        assert mix.progress == 0.1
        assert mix.details is not None
        assert (mix.details["known"], mix.details["of"]) == (1, 1)
        assert mix.details["shadow_parts"] == {ONE.subject.id: 2}
        assert ONE.subject.id not in str([event.data for event in events])

    def test_in_shadow_sees_all_of_its_parts(self) -> None:
        mappings = mappings_of(in_shadow(ONE), TWO, in_shadow(self.MIX))
        states, _ = step({}, mappings, one=100, two=70)

        assert key_result_of(states, self.MIX).progress == 0.9

    def test_promises_something_else_when_a_part_goes_live(self) -> None:
        old, new = mappings_of(in_shadow(ONE), TWO, self.MIX), mappings_of(ONE, TWO, self.MIX)

        found = lifecycle(old, new, known={*new.key_results, *new.objectives})

        assert found.retargeted == {self.MIX.subject}


COMPANY = Subject("2026-Q4", "company/health")
OTHER = a_key_result(an_input("other"), subject="support/calm/other")
MIXED = a_key_result(
    subject="support/calm/mixed",
    kind=Composite(parts=((ONE.subject, 2), (OTHER.subject, 1))),
    unit="ratio",
)
UPPER = an_objective(subject=COMPANY, rollup="supporters", supporters=(ONE.objective, OTHER.objective))
OBJECTIVES = (
    an_objective(ONE, TWO, supports=(COMPANY,)),
    an_objective(OTHER, MIXED, supports=(COMPANY, ONE.subject)),
    UPPER,
)
KEY_RESULTS = (ONE, TWO, OTHER, MIXED)
SUBJECTS = [it.subject for it in (*KEY_RESULTS, *OBJECTIVES)]


def world(shadow: Collection[Subject], unpushed: Collection[Subject]) -> Mappings:
    return mappings_of(
        *(
            replace(it, is_shadow=it.subject in shadow, is_pushed=it.subject not in unpushed)
            for it in KEY_RESULTS
        ),
        objectives=[
            replace(it, is_shadow=it.subject in shadow, is_pushed=it.subject not in unpushed)
            for it in OBJECTIVES
        ],
    )


def without(gone: Collection[Subject], mappings: Mappings) -> Mappings:
    """The mappings as if nobody had written what is `gone`, nor a word about it."""

    def objective(it: Objective) -> Objective:
        return replace(
            it,
            supports=tuple(found for found in it.supports if found not in gone),
            supporters=tuple(found for found in it.supporters if found not in gone),
            key_results=tuple(found for found in it.key_results if found not in gone),
        )

    def key_result(it: KeyResult) -> KeyResult:
        if not isinstance(it.kind, Composite):
            return it
        return replace(it, kind=replace(it.kind, parts=tuple(p for p in it.kind.parts if p[0] not in gone)))

    return mappings_of(
        *(key_result(it) for it in mappings.key_results.values() if it.subject not in gone),
        objectives=[objective(it) for it in mappings.objectives.values() if it.subject not in gone],
    )


values = st.fixed_dictionaries({}, optional={name: st.integers(0, 120) for name in ("one", "two", "other")})


@settings(max_examples=60, deadline=None)  # the machine may be busy
@given(
    shadow=st.sets(st.sampled_from(SUBJECTS)),
    unpushed=st.sets(st.sampled_from(SUBJECTS)),
    syncs=st.lists(values, min_size=1, max_size=3),
)
def test_what_is_sent_is_what_would_be_sent_if_nothing_were_in_shadow(
    shadow: set[Subject], unpushed: set[Subject], syncs: list[dict[str, int]]
) -> None:
    whole = world(shadow, unpushed)
    live = without(shadow, whole)
    states: dict[str, States] = {"whole": {}, "live": {}}
    sent: dict[str, list[bytes]] = {"whole": [], "live": []}
    read: dict[str, float] = {}

    for hours, newly_read in enumerate(syncs):
        read |= newly_read
        for name, mappings in (("whole", whole), ("live", live)):
            states[name], events = step(states[name], mappings, hours=hours, **read)
            sent[name] += [event.body(SOURCE) for event in events]

    assert sorted(sent["whole"]) == sorted(sent["live"])
