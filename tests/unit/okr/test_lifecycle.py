"""What new mappings do to subjects, and the events of it in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syncd.okr.definition import NO_MAPPINGS, Keep, KeyResult, Mappings, Observe, Reach, Subject
from syncd.okr.evaluate import evaluate
from syncd.okr.event import Event, events_between, removals
from syncd.okr.kinds import Change, Composite, Kind, Milestone, Milestones, Rate
from syncd.okr.lifecycle import UNCHANGED, Lifecycle, lifecycle, moves, promise
from syncd.okr.reading import Reading
from syncd.okr.state import States
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


def subject(id_: str) -> Subject:
    return Subject("2026-Q4", id_)


OBJECTIVE = subject("product/faster")
ONE = a_key_result(an_input("one"), subject="product/faster/one")
BEFORE = mappings_of(ONE)
KNOWN = {OBJECTIVE, ONE.subject}


def one(**changes: Any) -> Mappings:  # Any: fields of KeyResult
    return mappings_of(replace(ONE, **changes))


class TestMoves:
    def test_a_key_result_is_what_it_was(self) -> None:
        new = mappings_of(a_key_result(subject="product/faster/first", was=ONE.subject))

        assert moves(new, known=KNOWN) == {subject("product/faster/first"): ONE.subject}

    def test_a_moved_objective_takes_its_key_results_along(self) -> None:
        key_result = a_key_result(subject="product/sooner/one")
        new = mappings_of(key_result, objectives=[an_objective(key_result, was=OBJECTIVE)])

        assert moves(new, known=KNOWN) == {
            subject("product/sooner"): OBJECTIVE,
            subject("product/sooner/one"): ONE.subject,
        }

    def test_a_key_result_says_itself_what_it_was(self) -> None:
        same_name = a_key_result(subject="product/sooner/one")
        other = a_key_result(subject="product/sooner/first", was=ONE.subject)
        new = mappings_of(same_name, other, objectives=[an_objective(same_name, other, was=OBJECTIVE)])

        assert moves(new, known=KNOWN)[other.subject] == ONE.subject
        assert same_name.subject not in moves(new, known=KNOWN)

    def test_a_key_result_that_was_renamed_before_goes_along_whatever_it_says_it_was_then(self) -> None:
        renamed = a_key_result(subject="product/sooner/one", was=subject("product/faster/first"))
        new = mappings_of(renamed, objectives=[an_objective(renamed, was=OBJECTIVE)])

        assert moves(new, known=KNOWN)[renamed.subject] == ONE.subject

    def test_an_objective_that_was_renamed_before_takes_its_key_results_along_no_more(self) -> None:
        new_one = a_key_result(subject="product/faster/new")
        new = mappings_of(new_one, objectives=[an_objective(new_one, was=subject("product/slower"))])

        assert moves(new, known={*KNOWN, subject("product/slower/new")}) == {}

    def test_what_was_never_recorded_says_nothing(self) -> None:
        new = mappings_of(a_key_result(subject="product/faster/first", was=ONE.subject))

        assert moves(new, known=()) == {}

    def test_a_move_that_is_done_may_stay_in_the_file(self) -> None:
        new = mappings_of(a_key_result(subject="product/faster/first", was=ONE.subject))

        assert moves(new, known={OBJECTIVE, subject("product/faster/first")}) == {}


class TestLifecycle:
    def test_what_nobody_knew_is_defined(self) -> None:
        assert lifecycle(NO_MAPPINGS, BEFORE, known=()) == Lifecycle(defined=frozenset(KNOWN))

    def test_what_the_files_leave_out_is_removed(self) -> None:
        assert lifecycle(BEFORE, NO_MAPPINGS, known=KNOWN) == Lifecycle(removed=frozenset(KNOWN))

    def test_what_moved_is_neither_defined_nor_removed(self) -> None:
        new = mappings_of(a_key_result(an_input("one"), subject="product/faster/first", was=ONE.subject))

        assert lifecycle(BEFORE, new, known=KNOWN) == Lifecycle(
            moved={subject("product/faster/first"): ONE.subject}
        )

    def test_another_place_in_the_file_changes_nothing(self) -> None:
        new = one(place=replace(ONE.place, line=99), title="Another title", weight=3)

        assert lifecycle(BEFORE, new, known=KNOWN) == UNCHANGED

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (Reach(start=0, target=10), Reach(start=0, target=11)),
            (Reach(start=0, target=10), Keep(low=10)),
            (Keep(low=0.99), Keep(low=0.999)),
            (Change(amount=0.4, is_relative=True), Change(amount=0.5, is_relative=True)),
            (Rate(need=3, every="week"), Rate(need=3, every="month")),
            (Milestones(steps=(Milestone(key="a", title="A"),)), Milestones(steps=())),
            (
                Composite(parts=((subject("product/faster/two"), 1.0),)),
                Composite(parts=((subject("product/faster/two"), 1.0),), take="worst"),
            ),
        ],
        ids=lambda kind: kind.name,
    )
    def test_another_promise_retargets(self, old: Kind, new: Kind) -> None:
        found = lifecycle(one(kind=old), one(kind=new), known=KNOWN)

        assert found == Lifecycle(retargeted=frozenset({ONE.subject}))

    def test_a_step_that_is_done_is_the_same_promise(self) -> None:
        done = Milestones(steps=(Milestone(key="a", title="A", done_on=HALFWAY.date()),))
        due = Milestones(steps=(Milestone(key="a", title="A"),))

        assert promise(replace(ONE, kind=done)) == promise(replace(ONE, kind=due))

    def test_observing_promises_nothing_but_a_unit(self) -> None:
        assert promise(replace(ONE, kind=Observe())) == ("count", "observe")


def step(
    before: States, mappings: Mappings, change: Lifecycle = UNCHANGED, **readings: Reading
) -> tuple[States, list[Event]]:
    by_key = {a_query_key(name): reading for name, reading in readings.items()}
    after = evaluate(mappings, by_key, before, now=HALFWAY, calendar=CALENDAR)
    return events_between(before, after, now=HALFWAY, lifecycle=change)


def types(events: list[Event], of: KeyResult = ONE) -> list[str]:
    return [event.type.partition(".")[2] for event in events if event.subject == of.subject]


class TestEvents:
    def test_a_definition_is_the_first_of_a_subject(self) -> None:
        _, events = step({}, BEFORE)

        assert [(event.type, event.sequence) for event in events] == [
            ("key_result.defined", 1),
            ("objective.defined", 1),
        ]

    def test_what_comes_back_is_defined_again_and_counts_on(self) -> None:
        states, _ = step({}, BEFORE, one=good(50))

        _, events = step(states, BEFORE, Lifecycle(defined=frozenset(KNOWN)), one=good(50))

        assert [(event.type, event.sequence) for event in events] == [
            ("key_result.defined", 3),
            ("objective.defined", 3),
        ]

    def test_all_of_one_change_come_in_one_order(self) -> None:
        states, _ = step({}, BEFORE, one=good(10))
        moved = replace(ONE, subject=subject("product/faster/first"), kind=Reach(start=0, target=20))
        renamed = {
            OBJECTIVE: states[OBJECTIVE],
            moved.subject: replace(states[ONE.subject], subject=moved.subject),
        }

        _, events = step(
            renamed, mappings_of(moved), Lifecycle(moved={moved.subject: ONE.subject}), one=good(20)
        )

        assert types(events, moved) == ["moved", "retargeted", "progressed", "achieved", "pace_changed"]
        assert [e.sequence for e in events if e.subject == moved.subject] == [3, 4, 5, 6, 7]
        assert events[0].data["from"] == {"id": "product/faster/one", "cycle": "2026-Q4"}
        assert events[1].data["previous"] == {
            "current": 10,
            "progress": 0.1,
            "pace": "off_track",
            "kind": "reach",
            "unit": "count",
            "start": 0,
            "target": 100,
            "band": None,
        }

    def test_a_removal_carries_the_last_state_under_the_next_sequence(self) -> None:
        states, _ = step({}, BEFORE, one=good(50))

        after, events = removals(states, now=HALFWAY)

        assert [(event.type, event.sequence) for event in events] == [
            ("key_result.removed", 3),
            ("objective.removed", 3),
        ]
        assert events[0].data["key_result"]["current"] == 50
        assert [state.sequence for state in after.values()] == [3, 3]

    def test_only_what_says_no_more_than_the_state_is_superseded(self) -> None:
        states, first = step({}, BEFORE, one=good(100))
        moved = Lifecycle(moved={ONE.subject: subject("product/faster/old")}, retargeted=frozenset(KNOWN))

        _, then = step(states, one(kind=Reach(start=0, target=1000)), moved, one=good(101))
        told = {event.type: event.supersedes for event in [*first, *then, *removals(states, now=HALFWAY)[1]]}

        assert {type_ for type_, supersedes in told.items() if supersedes} == {
            "key_result.progressed",
            "key_result.pace_changed",
            "objective.progressed",
        }


class TestAchieved:
    def test_reaching_the_target_is_told_once(self) -> None:
        states, _ = step({}, BEFORE, one=good(99))

        states, reached = step(states, BEFORE, one=good(100))
        _, further = step(states, BEFORE, one=good(101))

        assert "achieved" in types(reached)
        assert types(further) == ["progressed"]

    def test_reaching_it_again_after_a_fall_is_told_again(self) -> None:
        states, _ = step({}, BEFORE, one=good(100))
        states, fallen = step(states, BEFORE, one=good(90))

        _, risen = step(states, BEFORE, one=good(100))

        assert "achieved" not in types(fallen)
        assert types(risen) == ["progressed", "achieved"]

    def test_being_inside_a_band_achieves_nothing_yet(self) -> None:
        _, events = step({}, one(kind=Keep(low=1)), one=good(5))

        assert "achieved" not in types(events)


class TestPace:
    def test_a_first_pace_is_told_with_the_first_value(self) -> None:
        states, _ = step({}, BEFORE)

        _, events = step(states, BEFORE, one=good(10))

        assert types(events) == ["progressed"]

    def test_another_pace_is_told(self) -> None:
        states, _ = step({}, BEFORE, one=good(10))

        _, events = step(states, BEFORE, one=good(90))

        assert types(events) == ["progressed", "pace_changed"]
        assert events[1].data["previous"]["pace"] == "off_track"
        assert events[1].data["key_result"]["pace"] == "ahead"


def test_an_end_that_is_captured_is_the_old_aim_still() -> None:
    measured = one(kind=Reach(start=None, target=100))
    states, _ = step({}, measured)

    _, events = step(states, measured, one=good(10))

    assert "retargeted" not in types(events)
