"""Guards: what is held back, what stays meanwhile, and what lets it go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.definition import Guard, KeyResult
from syncd.okr.event import HELD, events_between
from syncd.okr.guarding import suspicion
from syncd.okr.kinds import Reach
from syncd.okr.state import KeyResultState
from tests.builders import HALFWAY, a_key_result, an_input, bad, good, state_of, through_json

GUARD = Guard(low=0, high=100, max_jump=30)
LATER = HALFWAY + timedelta(hours=1)
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


def watched(guard: Guard = GUARD, **changes: object) -> KeyResult:
    return replace(a_key_result(an_input()), guard=guard, **changes)


def then(key_result: KeyResult, before: KeyResultState | None, value: float) -> KeyResultState:
    state = state_of(key_result, before=before, now=LATER, value=good(value, at=LATER))
    return through_json(state)


def confirm(state: KeyResultState) -> KeyResultState:
    assert state.details is not None
    return replace(state, details={**state.details, "confirmed": state.details["held"]["value"]})


@pytest.mark.parametrize(
    ("value", "reason"),
    [(-1, "it is under 0"), (101, "it is over 100"), (81, "it was 50, and may move by 30 at once")],
)
def test_a_suspicious_value_is_held_and_the_last_one_stays(value: float, reason: str) -> None:
    believed = state_of(watched(), value=good(50))

    state = then(watched(), believed, value)

    assert (state.current, state.progress) == (50, 0.5)
    assert state.evidence == believed.evidence
    assert state.details is not None
    assert (state.details["held"]["value"], state.details["held"]["reason"]) == (value, reason)
    assert state.error is not None
    assert (state.error.code, state.error.actor) == ("held", "operator")
    assert "syncd confirm product/faster/cycle-time" in state.error.message


@pytest.mark.parametrize("value", [0, 20, 80])
def test_the_edges_of_a_guard_are_believed(value: float) -> None:
    believed = state_of(watched(), value=good(50 if value else 30))

    assert then(watched(), believed, value).current == value


def test_a_jump_is_not_held_for_a_rounding_error() -> None:
    assert suspicion(Guard(max_jump=0.3), 0.8, believed=0.5) is None


def test_a_first_value_out_of_bounds_is_no_value() -> None:
    state = then(watched(), None, 500)

    assert (state.current, state.progress) == (None, None)
    assert state.error is not None
    assert state.error.code == "held"


def test_a_held_value_captures_no_start() -> None:
    key_result = watched(kind=Reach(start=None, target=100))

    held = then(key_result, None, 500)
    state = then(key_result, held, 20)

    assert held.start is None
    assert state.start == 20


def test_a_believable_value_lets_the_hold_go() -> None:
    held = then(watched(), state_of(watched(), value=good(50)), 500)

    state = then(watched(), held, 51)

    assert (state.current, state.error, state.details) == (51, None, None)


def test_what_is_held_is_held_since_it_was_first() -> None:
    first = then(watched(), state_of(watched(), value=good(50)), 500)

    second = state_of(watched(), before=first, now=LATER + timedelta(hours=1), value=good(600, at=LATER))

    assert first.details is not None
    assert second.details is not None
    assert second.details["held"]["since"] == first.details["held"]["since"]
    assert second.details["held"]["value"] == 600


def test_a_source_that_fails_does_not_let_the_hold_go() -> None:
    held = then(watched(), state_of(watched(), value=good(50)), 500)

    state = state_of(watched(), before=held, now=LATER, value=bad(good(500)))

    assert state.details == held.details
    assert state.error is not None
    assert state.error.code == "source_unavailable"


def test_a_confirmed_value_is_believed_and_stays_so() -> None:
    held = then(watched(), state_of(watched(), value=good(50)), 500)

    state = then(watched(), confirm(held), 500)
    again = then(watched(), state, 500)

    assert (state.current, state.error, state.details) == (500, None, None)
    assert again == state


def test_a_value_can_be_confirmed_while_its_source_fails() -> None:
    held = then(watched(), state_of(watched(), value=good(50)), 500)

    state = state_of(watched(), before=confirm(held), now=LATER, value=bad(good(500)))

    assert (state.current, state.details) == (500, None)


def test_another_measure_is_another_number() -> None:
    held = then(watched(), state_of(watched(), value=good(50)), 99)

    state = then(watched(measure_digest="measure-2"), held, 99)

    assert (state.current, state.details) == (99, None)


def test_consumers_hear_once_that_a_value_is_held() -> None:
    before = state_of(watched(), value=good(50))
    held = then(watched(), before, 500)
    still = then(watched(), held, 501)

    _, first = events_between({before.subject: before}, {held.subject: held}, now=LATER)
    _, second = events_between({held.subject: held}, {still.subject: still}, now=LATER)

    assert next(event.type for event in first) == HELD
    assert HELD not in [event.type for event in second]


@given(values=st.lists(NUMBERS, min_size=1, max_size=12))
def test_what_is_shown_is_always_believable(values: list[float]) -> None:
    state: KeyResultState | None = None
    for value in values:
        last = state.current if state else None
        state = then(watched(), state, value)

        if state.current is not None and state.current != last:
            assert suspicion(GUARD, state.current, believed=last) is None


def quotient(users: float, active: float, *, before: KeyResultState | None = None) -> KeyResultState:
    key_result = replace(
        a_key_result(an_input("users"), an_input("active"), value="users / active"),
        guard=Guard(max_shrink=0.5),
    )
    read = {"users": good(users, at=LATER), "active": good(active, at=LATER)}
    return through_json(state_of(key_result, before=before, now=LATER, **read))


@pytest.mark.parametrize(("active", "is_held"), [(100, False), (50, False), (49, True), (200, False)])
def test_a_quotient_whose_divisor_shrank_by_more_than_half_is_held(active: float, *, is_held: bool) -> None:
    believed = quotient(30, 100)

    state = quotient(31, active, before=believed)

    assert (state.current == 0.3) is is_held
    assert ("held" in (state.details or {})) is is_held
    if is_held:
        assert state.details is not None
        assert state.details["held"]["reason"] == "active was 100 and is 49, and may shrink by 50% at once"


def test_what_is_divided_may_shrink_as_it_likes() -> None:
    assert quotient(1, 100, before=quotient(90, 100)).current == 0.01


def test_a_shrunk_divisor_is_compared_with_the_believed_one_until_somebody_confirms_it() -> None:
    held = quotient(31, 40, before=quotient(30, 100))

    again = quotient(31, 45, before=held)
    accepted = quotient(31, 40, before=confirm(held))
    later = quotient(32, 38, before=accepted)

    assert again.current == 0.3
    assert accepted.current == 31 / 40
    assert later.current == 32 / 38
