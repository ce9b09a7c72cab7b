"""Freshness: the age of the last good read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.okr.freshness import freshness
from syncd.okr.state import Freshness
from tests.builders import HALFWAY, RULE, bad, good

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), "fresh"),
        (RULE.warn_after - SECOND, "fresh"),
        (RULE.warn_after, "late"),
        (RULE.error_after - SECOND, "late"),
        (RULE.error_after, "stale"),
    ],
)
def test_a_number_ages_from_fresh_over_late_to_stale(age: timedelta, expected: Freshness) -> None:
    assert freshness([good(5)], rule=RULE, now=HALFWAY + age) == expected


def test_the_age_is_that_of_the_read_not_of_the_last_edit() -> None:
    edited_long_ago = good(5, observed_at=HALFWAY - timedelta(days=30))

    assert freshness([edited_long_ago], rule=RULE, now=HALFWAY) == "fresh"


def test_one_failed_read_is_a_hiccup_and_the_second_in_a_row_is_failing() -> None:
    assert freshness([bad(good(5), in_a_row=1)], rule=RULE, now=HALFWAY) == "fresh"
    assert freshness([bad(good(5), in_a_row=2)], rule=RULE, now=HALFWAY) == "failing"


def test_a_first_read_that_failed_is_failing_at_once() -> None:
    assert freshness([bad(in_a_row=1)], rule=RULE, now=HALFWAY) == "failing"


def test_failing_wins_over_stale() -> None:
    late = HALFWAY + RULE.error_after

    assert freshness([bad(good(5), in_a_row=2)], rule=RULE, now=late) == "failing"
    assert freshness([bad(good(5), in_a_row=1)], rule=RULE, now=late) == "stale"


def test_nothing_is_said_while_nothing_was_read_or_nothing_is_measured() -> None:
    assert freshness([None, None], rule=RULE, now=HALFWAY) is None
    assert freshness([], rule=None, now=HALFWAY) is None


def test_of_several_inputs_the_worst_counts() -> None:
    fresh, late = good(5), good(5, at=HALFWAY - RULE.warn_after)
    stale, failing = good(5, at=HALFWAY - RULE.error_after), bad()

    assert freshness([fresh, late], rule=RULE, now=HALFWAY) == "late"
    assert freshness([stale, late, fresh], rule=RULE, now=HALFWAY) == "stale"
    assert freshness([fresh, failing, stale], rule=RULE, now=HALFWAY) == "failing"
    assert freshness([None, fresh], rule=RULE, now=HALFWAY) == "fresh"


def test_without_a_rule_a_number_never_ages_but_can_fail() -> None:
    years_later = HALFWAY + timedelta(days=1_000)

    assert freshness([good(5)], rule=None, now=years_later) == "fresh"
    assert freshness([bad(good(5), in_a_row=2)], rule=None, now=years_later) == "failing"
