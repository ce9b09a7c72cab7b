"""Events: what consumers hear of a change, in which order and under which sequence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.definition import Keep, Mappings, Observe, Reach, Subject
from syncd.okr.evaluate import evaluate
from syncd.okr.event import Address, Event, Source, events_between, sync_failed, sync_recovered, webhook_id
from syncd.okr.lifecycle import Lifecycle
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState, States
from tests.builders import (
    CALENDAR,
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

ONE = a_key_result(an_input("one"), subject="product/faster/one")
TWO = a_key_result(an_input("two"), subject="product/faster/two")
MAPPINGS = mappings_of(ONE, TWO)
SOURCE = Source(instance="acme", epoch=1_790_000_000)


def step(
    before: States, *, mappings: Mappings = MAPPINGS, after_hours: float = 0, **readings: Reading
) -> tuple[States, list[Event]]:
    """One evaluation and its events; readings by the name of their input."""
    now = HALFWAY + timedelta(hours=after_hours)
    by_key = {a_query_key(name): reading for name, reading in readings.items()}
    after = evaluate(mappings, by_key, before, now=now, calendar=CALENDAR)
    return events_between(before, after, now=now)


def defined(mappings: Mappings = MAPPINGS) -> States:
    """The states of mappings that were applied, before anything was read."""
    return step({}, mappings=mappings)[0]


def told(events: list[Event]) -> list[tuple[str, str, int]]:
    return [(event.type, event.subject.id, event.sequence) for event in events]


def test_first_values_are_told_and_then_their_objective() -> None:
    _, events = step(defined(), one=good(50), two=good(10))

    assert told(events) == [
        ("key_result.progressed", "product/faster/one", 2),
        ("key_result.progressed", "product/faster/two", 2),
        ("objective.progressed", "product/faster", 2),
    ]


def test_nothing_changed_nothing_told() -> None:
    before, _ = step({}, one=good(50), two=good(10))

    after, events = step(before, one=good(50), two=good(10))

    assert events == []
    assert after == before


def test_what_has_no_value_yet_is_not_told() -> None:
    _, events = step(defined())

    assert events == []


def test_the_states_carry_the_sequences_that_were_taken() -> None:
    first, _ = step({}, one=good(50), two=good(10))
    second, _ = step(first, one=good(51), two=good(10))

    assert [second[subject].sequence for subject in (ONE.subject, TWO.subject, ONE.objective)] == [3, 2, 3]


def test_an_observed_value_is_told_and_moves_no_objective() -> None:
    mappings = mappings_of(a_key_result(an_input("one"), kind=Observe()))

    _, events = step(defined(mappings), mappings=mappings, one=good(50))

    assert [event.type for event in events] == ["key_result.progressed"]


def test_a_new_target_is_told_and_then_that_progress_moved() -> None:
    before, _ = step({}, one=good(50))
    retargeted = mappings_of(
        a_key_result(an_input("one"), subject="product/faster/one", kind=Reach(start=0, target=200)), TWO
    )

    _, events = step(before, mappings=retargeted, one=good(50))

    assert told(events)[:2] == [
        ("key_result.retargeted", "product/faster/one", 3),
        ("key_result.progressed", "product/faster/one", 4),
    ]


def test_progress_beyond_the_target_is_told_although_the_clamped_stays() -> None:
    before, _ = step({}, mappings=mappings_of(a_key_result(an_input("one"))), one=good(150))
    nearer = mappings_of(a_key_result(an_input("one"), kind=Reach(start=0, target=50)))

    _, events = step(before, mappings=nearer, one=good(150))

    assert [event.type for event in events] == ["key_result.retargeted", "key_result.progressed"]


def test_a_new_title_alone_is_no_event() -> None:
    before, _ = step({}, one=good(50))
    renamed = mappings_of(a_key_result(an_input("one"), subject="product/faster/one", title="New"), TWO)

    after, events = step(before, mappings=renamed, one=good(50))

    assert events == []
    assert after[ONE.subject].title == "New"


def test_a_value_that_is_gone_is_told() -> None:
    before, _ = step({}, one=good(50))
    remeasured = mappings_of(
        a_key_result(an_input("one"), subject="product/faster/one", measure_digest="measure-2"), TWO
    )

    after, events = step(before, mappings=remeasured, one=bad())

    assert told(events) == [
        ("key_result.progressed", "product/faster/one", 3),
        ("key_result.pace_changed", "product/faster/one", 4),
        ("key_result.freshness_changed", "product/faster/one", 5),
        ("objective.progressed", "product/faster", 3),
    ]
    assert events[0].data["key_result"]["current"] is None
    assert after[ONE.subject].sequence == 5


def test_freshness_is_told_when_it_changes_and_not_with_a_first_value() -> None:
    before, first = step({}, one=good(90))

    _, events = step(before, after_hours=1, one=good(90))

    assert "key_result.freshness_changed" not in [event.type for event in first]
    assert told(events) == [("key_result.freshness_changed", "product/faster/one", 3)]
    assert events[0].data["key_result"]["freshness"] == "late"


def test_fresh_after_nothing_is_not_told_even_without_a_value() -> None:
    divided = mappings_of(a_key_result(an_input("one"), value="1 / one"))

    after, events = step(defined(divided), mappings=divided, one=good(0))

    assert events == []
    assert [it.freshness for it in after.values() if isinstance(it, KeyResultState)] == ["fresh"]


def test_a_first_read_that_fails_is_told() -> None:
    _, events = step(defined(), one=bad())

    assert told(events) == [("key_result.freshness_changed", "product/faster/one", 2)]
    assert events[0].data["key_result"]["freshness"] == "failing"


def test_recovering_with_a_new_value_is_told_as_both_in_this_order() -> None:
    before, _ = step({}, one=good(50))
    failing, _ = step(before, one=bad(good(50), in_a_row=2))

    _, events = step(failing, one=good(51))

    assert [event.type for event in events if event.subject == ONE.subject] == [
        "key_result.progressed",
        "key_result.freshness_changed",
    ]


def test_a_failure_that_keeps_the_value_and_its_freshness_is_no_event() -> None:
    before, _ = step({}, one=good(50), two=good(10))

    after, events = step(before, one=bad(good(50)), two=good(10))

    assert events == []
    assert isinstance(state := after[ONE.subject], KeyResultState)
    assert state.error == UNAVAILABLE


def test_an_objective_without_a_known_part_is_defined_and_no_more() -> None:
    _, events = step({})

    assert told(events)[-1] == ("objective.defined", "product/faster", 1)


def test_an_objective_that_loses_its_last_known_part_says_so() -> None:
    before, _ = step({}, one=good(50))
    remeasured = mappings_of(
        a_key_result(an_input("one"), subject="product/faster/one", measure_digest="measure-2"), TWO
    )

    _, events = step(before, mappings=remeasured)

    objective = events[-1]
    assert objective.type == "objective.progressed"
    assert (objective.data["objective"]["progress"], objective.data["objective"]["known"]) == (None, 0)
    assert objective.data["previous"] == {"progress": 0.5, "known": 1, "of": 2}


def test_an_objective_with_one_more_key_result_is_told() -> None:
    before, _ = step({}, one=good(50))
    more = mappings_of(ONE, TWO, a_key_result(subject="product/faster/three"))

    _, events = step(before, mappings=more, one=good(50))

    assert told(events) == [
        ("key_result.defined", "product/faster/three", 1),
        ("objective.progressed", "product/faster", 3),
    ]


def test_a_band_that_begins_to_count_is_told_of_the_objective_alone() -> None:
    band = a_key_result(an_input("one"), kind=Keep(high=0))
    mappings = mappings_of(band)
    first_day, full_day = band.cycle.starts_at, band.cycle.starts_at + timedelta(days=1)
    readings = {a_query_key("one"): good(0, at=full_day)}
    early = evaluate(mappings, readings, {}, now=first_day, calendar=CALENDAR)
    early, _ = events_between({}, early, now=first_day)

    later = evaluate(mappings, readings, early, now=full_day, calendar=CALENDAR)
    _, events = events_between(early, later, now=full_day)

    assert told(events) == [("objective.progressed", "product/faster", 2)]


def test_what_only_the_states_before_know_is_left_alone() -> None:
    before, _ = step({}, one=good(50), two=good(10))

    after, events = events_between(before, {}, now=HALFWAY)

    assert (after, events) == ({}, [])


def test_an_event_knows_what_endpoints_filter_by() -> None:
    _, events = step(defined(), one=good(50))
    progressed, objective = events

    assert (progressed.kind, progressed.tier, progressed.team) == ("key_result", "team", "product")
    assert progressed.objective == objective.objective == "product/faster"
    assert progressed.supersedes
    assert objective.supersedes


def test_a_connection_has_a_log_with_a_sequence_of_its_own() -> None:
    failed = sync_failed("tracker", error=UNAVAILABLE, since=HALFWAY, sequence=1, now=HALFWAY)
    recovered = sync_recovered("tracker", since=HALFWAY, sequence=2, now=HALFWAY)

    assert (failed.type, failed.kind, recovered.type) == ("sync.failed", "log", "sync.recovered")
    assert str(failed.subject) == "connection/tracker"
    assert failed.subject == recovered.subject
    assert not failed.supersedes
    assert not recovered.supersedes


def test_a_webhook_id_is_a_function_of_what_it_names() -> None:
    subject = Subject("2026-Q4", "product/faster/one")
    one = webhook_id(SOURCE, "okr-store", subject, 7)

    assert one == webhook_id(Source(instance="acme", epoch=1_790_000_000), "okr-store", subject, 7)
    assert one.startswith("msg_")
    assert one.removeprefix("msg_").replace("-", "").replace("_", "").isalnum()
    others = {
        webhook_id(Source(instance="other", epoch=SOURCE.epoch), "okr-store", subject, 7),
        webhook_id(Source(instance="acme", epoch=SOURCE.epoch + 1), "okr-store", subject, 7),
        webhook_id(SOURCE, "board", subject, 7),
        webhook_id(SOURCE, "okr-store", Subject("2027-Q1", subject.id), 7),
        webhook_id(SOURCE, "okr-store", Subject("2026-Q4", "product/faster/two"), 7),
        webhook_id(SOURCE, "okr-store", subject, 8),
        one,
    }
    assert len(others) == 7


READINGS = st.one_of(
    st.none(),
    st.integers(0, 3).map(lambda value: good(float(value))),
    st.integers(0, 3).map(lambda value: good(float(value), at=HALFWAY - RULE.warn_after)),
    st.integers(1, 2).map(lambda count: bad(in_a_row=count)),
    st.integers(1, 2).map(lambda count: bad(good(1.0), in_a_row=count)),
)
VERSIONS = st.sampled_from(
    [
        MAPPINGS,
        mappings_of(ONE),
        mappings_of(
            a_key_result(an_input("one"), subject="product/faster/one", measure_digest="measure-2"), TWO
        ),
        mappings_of(ONE, TWO, objectives=[an_objective(TWO)]),
    ]
)


@given(st.lists(st.tuples(VERSIONS, READINGS, READINGS), max_size=8))
def test_sequences_are_gap_free_and_consumers_end_with_our_state_over_any_history(
    history: list[tuple[Mappings, Reading | None, Reading | None]],
) -> None:
    states: States = {}
    taken: dict[Subject, int] = {}
    consumer: dict[Subject, float | None] = {}

    for version, one, two in history:
        readings = {name: it for name, it in (("one", one), ("two", two)) if it is not None}
        after, events = step(states, mappings=version, after_hours=0, **readings)
        states = {**states, **after}
        for event in events:
            assert event.sequence == taken.get(event.subject, 0) + 1
            taken[event.subject] = event.sequence
            if event.kind == "key_result":
                consumer[event.subject] = event.data["key_result"]["current"]
        assert step(states, mappings=version, after_hours=0, **readings)[1] == []

    for subject, state in states.items():
        assert state.sequence == taken.get(subject, 0)
        if isinstance(state, KeyResultState):
            assert consumer.get(subject) == state.current


def a_move(to: str, **new: Any) -> list[Event]:  # Any: fields of a key result
    """`product/faster/one` moves to the id, as the mappings now say."""
    before, _ = step({}, one=good(50))
    moved = a_key_result(an_input("one"), subject=to, **new)
    lifecycle = Lifecycle(moved={moved.subject: ONE.subject})
    renamed = {moved.subject: replace(before[ONE.subject], subject=moved.subject)}
    readings = {a_query_key("one"): good(50)}
    after = evaluate(mappings_of(moved), readings, renamed, now=HALFWAY, calendar=CALENDAR)
    of_it_alone = {moved.subject: after[moved.subject]}
    return events_between(renamed, of_it_alone, now=HALFWAY, lifecycle=lifecycle)[1]


def test_a_move_is_addressed_to_those_who_heard_of_it_where_it_stood_too() -> None:
    (event,) = a_move("sales/slower/one", team="sales")

    assert (event.type, event.tier, event.team, event.objective) == (
        "key_result.moved",
        "team",
        "sales",
        "sales/slower",
    )
    assert event.left == Address("team", "product", "product/faster")


def test_a_new_name_within_its_objective_leaves_nobody() -> None:
    (event,) = a_move("product/faster/other")

    assert event.left is None


def test_a_move_to_a_person_is_an_end_for_those_who_hear_of_no_persons() -> None:
    gone, moved = a_move("anna/learning/one", tier="individual")

    assert (gone.type, gone.tier, gone.objective) == ("key_result.removed", "team", "product/faster")
    assert gone.data["key_result"]["id"] == "product/faster/one"
    assert (moved.type, moved.tier, moved.sequence) == ("key_result.moved", "individual", gone.sequence + 1)
    assert gone.subject == moved.subject
