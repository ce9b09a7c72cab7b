from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.errors import QueryRejected, RateLimited, SourceUnavailable, Unauthorized
from syncd.sdk.measurement import Measurement
from syncd.store.syncs import ConnectionState
from syncd.sync.connection import after_sync, not_before
from syncd.sync.fold import fold, read, to_fact
from syncd.sync.measure import Answered, Answers
from tests.builders import HALFWAY, a_query_key, bad, good

KEY = a_query_key("open")
OTHER = a_query_key("closed")
LATER = HALFWAY + timedelta(minutes=5)
DOWN = SourceUnavailable("tracker.example does not answer")


def measured(value: float, **fields: object) -> Measurement:
    return Measurement(key="open", value=value, unit="count", **fields)  # type: ignore[arg-type]  # fields of Measurement


def answers(**given: Answered) -> Answers:
    keys = {"open": KEY, "closed": OTHER}
    return Answers(
        connection="tracker",
        wanted=len(given),
        answers={keys[name]: answer for name, answer in given.items()},
        asked_at=LATER,
        seconds=0.1,
    )


def test_a_failure_keeps_the_last_good_read_beside_it() -> None:
    after = read(good(7), DOWN, at=LATER)

    assert after.good == good(7).good
    assert after.bad
    assert (after.bad.error.code, after.bad.since, after.bad.in_a_row) == ("source_unavailable", LATER, 1)


def test_failures_in_a_row_are_counted_from_the_first() -> None:
    after = read(bad(good(7), in_a_row=1, at=HALFWAY), DOWN, at=LATER)

    assert after.bad
    assert (after.bad.since, after.bad.read_at, after.bad.in_a_row) == (HALFWAY, LATER, 2)


def test_a_good_read_ends_the_failures() -> None:
    after = read(bad(good(7), in_a_row=5), measured(0), at=LATER)

    assert after.bad is None
    assert after.good
    assert (after.good.value, after.good.read_at) == (0, LATER)


def test_the_time_of_the_last_confirmation_survives_a_new_estimate() -> None:
    before = good(7, exact_at=HALFWAY)

    after = read(before, measured(8, approximate=True), at=LATER)

    assert after.good
    assert after.good.exact_at == HALFWAY


@pytest.mark.parametrize(
    ("estimate", "after_minutes", "kept"),
    [(100, 5, True), (98, 5, True), (102, 5, False), (100, 61, False)],
)
def test_an_estimate_close_to_a_count_confirmed_within_the_hour_says_nothing_new(
    estimate: float, after_minutes: int, kept: bool
) -> None:
    at = HALFWAY + timedelta(minutes=after_minutes)

    after = read(good(99, exact_at=HALFWAY), measured(estimate, approximate=True), at=at)

    assert after.good
    assert after.good.read_at == at
    assert (after.good.value, after.good.approximate) == ((99, False) if kept else (estimate, True))


def test_only_what_was_asked_changes() -> None:
    assert fold({KEY: good(7), OTHER: good(1)}, [answers(open=measured(8))]).keys() == {KEY}


def test_the_hint_goes_along_with_the_stored_error() -> None:
    fact = to_fact(Unauthorized("the token has expired", hint="make a new one"))

    assert (fact.message, fact.actor) == ("the token has expired; make a new one", "operator")


# ------------------------------------------------------------------ connections


def test_a_connection_that_stays_broken_is_told_once() -> None:
    states, first = after_sync({}, [answers(open=DOWN)], now=HALFWAY)
    again, second = after_sync(states, [answers(open=DOWN)], now=LATER)

    assert [event.type for event in first] == ["sync.failed"]
    assert second == []
    assert (again["tracker"].failing_since, again["tracker"].sequence) == (HALFWAY, 1)


def test_a_connection_that_works_again_is_told_with_since_when_it_had_failed() -> None:
    before = {"tracker": ConnectionState(failing_since=HALFWAY, error=to_fact(DOWN), sequence=1)}

    states, events = after_sync(before, [answers(open=measured(1))], now=LATER)

    assert [(event.type, event.sequence) for event in events] == [("sync.recovered", 2)]
    assert events[0].data["since"] == HALFWAY.isoformat().replace("+00:00", "Z")
    assert (states["tracker"].failing_since, states["tracker"].error) == (None, None)


def test_one_bad_query_among_good_ones_does_not_break_its_connection() -> None:
    states, events = after_sync(
        {}, [answers(open=measured(1), closed=QueryRejected("no such field"))], now=LATER
    )

    assert events == []
    assert states["tracker"].failing_since is None


def test_who_refuses_the_only_query_that_is_asked_has_answered() -> None:
    states, events = after_sync({}, [answers(open=QueryRejected("no such field"))], now=LATER)

    assert events == []
    assert states["tracker"].failing_since is None


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ((RateLimited("slow down", retry_after_s=30), RateLimited("slow down", retry_after_s=90)), 90),
        ((RateLimited("slow down", retry_after_s=30), measured(1)), 30),
        ((RateLimited("slow down"), measured(1)), None),
        ((DOWN, measured(1)), None),
    ],
)
def test_a_connection_is_left_alone_as_long_as_its_longest_wait_says(
    given: tuple[Answered, Answered], seconds: int | None
) -> None:
    until = not_before(answers(open=given[0], closed=given[1]), now=HALFWAY)

    assert until == (None if seconds is None else HALFWAY + timedelta(seconds=seconds))
