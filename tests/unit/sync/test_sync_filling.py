"""Answers about the past become check-ins; what somebody recorded meanwhile stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from syncd.errors import QueryRejected, SourceUnavailable, SyncdError
from syncd.okr.definition import Guard, KeyResult, QueryKey
from syncd.okr.past import PastInput, inputs_at
from syncd.okr.state import KeyResultState
from syncd.sdk.measurement import Measurement
from syncd.store.history import CheckIn
from syncd.store.imports import Recorded
from syncd.sync.backfill import Past, PastMoment
from syncd.sync.filling import Filled, fill
from syncd.sync.measure import Answers
from tests.builders import CALENDAR, a_key_result, an_input, good, mappings_of, state_of, utc
from tests.states import an_evidence

SUNDAYS = [utc("2026-10-04T21:59"), utc("2026-10-11T21:59"), utc("2026-10-18T21:59")]


def filled(
    *values: float | SyncdError, key_result: KeyResult | None = None, state: KeyResultState | None = None
) -> Filled:
    """One answer for each Sunday."""
    key_result = key_result or a_key_result(an_input("value"))
    mappings = mappings_of(key_result)
    moments, answers = [], {}
    for at, value in zip(SUNDAYS, values, strict=False):
        (one,) = inputs_at(key_result, mappings.queries, at=at) or ()
        moments.append(PastMoment(at=at, inputs=(one,)))
        answers[one.asked.key] = answer(one, value)
    asked = Answers(connection="tracker", wanted=1, answers=answers, asked_at=SUNDAYS[-1], seconds=0)
    states = {key_result.subject: state or state_of(key_result)}
    past = Past(key_result=key_result, moments=tuple(moments))
    (found,) = fill(mappings, [past], [asked], dict(states), calendar=CALENDAR)
    return found


def answer(one: PastInput, value: float | SyncdError) -> Measurement | SyncdError:
    key: QueryKey = one.asked.key
    return value if isinstance(value, SyncdError) else Measurement(key=key.wire, value=value, unit="count")


def values_of(found: Filled) -> list[tuple[datetime, float | None, float | None]]:
    return [(it.at, it.current, it.progress) for it in found.check_ins]


def test_every_moment_has_its_own_value_and_progress() -> None:
    found = filled(10, 20, 15)

    assert values_of(found) == [(SUNDAYS[0], 10, 0.1), (SUNDAYS[1], 20, 0.2), (SUNDAYS[2], 15, 0.15)]
    assert {(it.origin, it.digest) for it in found.check_ins} == {("import", "file-1")}
    assert [evidence.value for it in found.check_ins for evidence in it.evidence] == [10, 20, 15]


def test_nothing_of_today_is_left_in_the_past() -> None:
    key_result = a_key_result(an_input("value"))
    said = {"value": 90.0, "until": "2027-01-01T00:00:00Z"}
    today = replace(
        state_of(key_result),
        current=90.0,
        progress=0.9,
        origin="person",
        evidence=(an_evidence(),),
        details={"override": said, "latest": 80.0},
    )

    found = filled(10, QueryRejected("nothing", code="empty"), key_result=key_result, state=today)

    assert values_of(found) == [(SUNDAYS[0], 10, 0.1)]


@pytest.mark.parametrize(
    ("error", "is_failure"),
    [(QueryRejected("nothing there", code="empty"), False), (SourceUnavailable("down"), True)],
)
def test_an_empty_sample_is_unknown_and_a_fault_is_a_failure(error: SyncdError, is_failure: bool) -> None:
    (gap,) = filled(10, error, 15).gaps

    assert (gap.at, gap.code, gap.is_failure) == (SUNDAYS[1], error.code, is_failure)


def test_a_value_under_its_floor_is_left_out() -> None:
    found = filled(10, 2, key_result=a_key_result(an_input("value", min_value=5)))

    assert values_of(found) == [(SUNDAYS[0], 10, 0.1)]
    assert [(gap.code, gap.is_failure) for gap in found.gaps] == [("below_min_value", False)]


def test_a_value_that_a_guard_would_hold_back_is_left_out() -> None:
    found = filled(10, 99, key_result=a_key_result(an_input("value"), guard=Guard(high=50)))

    assert values_of(found) == [(SUNDAYS[0], 10, 0.1)]
    assert [gap.code for gap in found.gaps] == ["held"]


def test_a_value_that_jumps_from_the_last_believed_one_is_left_out_until_it_is_back() -> None:
    jumpy = a_key_result(an_input("value"), guard=Guard(max_jump=15))

    found = filled(10, 40, 20, key_result=jumpy)

    assert values_of(found) == [(SUNDAYS[0], 10, 0.1), (SUNDAYS[2], 20, 0.2)]
    (gap,) = found.gaps
    assert (gap.at, gap.code, gap.is_failure) == (SUNDAYS[1], "held", False)
    assert gap.message == "40 is not believed: it was 10, and may move by 15 at once"


def test_a_number_of_today_is_no_measure_of_a_jump_in_the_past() -> None:
    jumpy = a_key_result(an_input("value"), guard=Guard(max_jump=15))

    found = filled(10, key_result=jumpy, state=state_of(jumpy, value=good(90)))

    assert values_of(found) == [(SUNDAYS[0], 10, 0.1)]


def test_what_was_recorded_meanwhile_stays() -> None:
    found = filled(10, 20, 15)

    def moments(recorded: Recorded | None) -> list[CheckIn]:
        return list(found.only_new(recorded).check_ins)

    first, second, third = found.check_ins
    assert moments(Recorded()) == [first, second, third]
    assert moments(Recorded(imported=frozenset({SUNDAYS[1]}))) == [first, third]
    assert moments(Recorded(begins_at=SUNDAYS[1])) == [first]
    assert moments(None) == []
