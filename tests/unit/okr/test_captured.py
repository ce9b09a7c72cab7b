"""A captured start is of the measure that it was captured under, until somebody takes it anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syncd.okr.captured import start_of_another_measure
from syncd.okr.evaluate import evaluate
from syncd.okr.kinds import Change, Keep, Kind, Reach
from syncd.okr.state import KeyResultState
from tests.builders import (
    CALENDAR,
    CYCLE,
    UNAVAILABLE,
    a_key_result,
    a_query_key,
    an_input,
    good,
    mappings_of,
)

CAPTURED = a_key_result(an_input(), kind=Reach(start=None, target=0))
OTHERWISE = replace(CAPTURED, measure_digest="measure-2")
AT = CYCLE.starts_at


def a_state(**changes: Any) -> KeyResultState:  # Any: fields of KeyResultState
    """Of a start that was captured as 40, and a value of 25 that the mapping of today gave."""
    states = evaluate(
        mappings_of(CAPTURED), {a_query_key("value"): good(40, at=AT)}, {}, now=AT, calendar=CALENDAR
    )
    state = states[CAPTURED.subject]
    assert isinstance(state, KeyResultState)
    return replace(state, **{"current": 25.0, "measure_digest": "measure-2", **changes})


def test_it_is_known_with_its_day_and_what_a_rebase_would_make_of_it() -> None:
    other = start_of_another_measure(OTHERWISE, a_state())

    assert other is not None
    assert (other.value, other.at, other.if_rebased) == (40.0, AT, 25.0)


@pytest.mark.parametrize(
    "changes",
    [{"measure_digest": "measure-1"}, {"error": UNAVAILABLE}, {"origin": "person"}, {"current": None}],
    ids=["the value is of the old measure", "it fails", "somebody said it", "there is none"],
)
def test_what_a_rebase_would_make_of_it_is_not_guessed(changes: dict[str, Any]) -> None:
    other = start_of_another_measure(OTHERWISE, a_state(**changes))

    assert other is not None
    assert other.if_rebased is None


def test_of_the_same_measure_there_is_nothing_to_say() -> None:
    assert start_of_another_measure(CAPTURED, a_state()) is None


def test_one_that_is_about_to_be_taken_anew_is_settled() -> None:
    state = a_state()
    assert state.details is not None
    marked = replace(
        state, details={"start": {**state.details["start"], "again_after": "2026-11-01T00:00:00Z"}}
    )

    assert start_of_another_measure(OTHERWISE, marked) is None


@pytest.mark.parametrize(
    "kind",
    [
        Reach(start=20, target=0),
        Reach(start=None, start_from=an_input("start"), target=0),
        Change(amount=-0.5, is_relative=True, start=20),
        Keep(high=3),
    ],
    ids=["written", "asked for", "written beside a change", "a band"],
)
def test_a_start_that_the_mapping_no_longer_captures_is_none(kind: Kind) -> None:
    assert start_of_another_measure(replace(OTHERWISE, kind=kind), a_state()) is None


def test_what_was_never_recorded_has_none() -> None:
    assert start_of_another_measure(OTHERWISE, None) is None
