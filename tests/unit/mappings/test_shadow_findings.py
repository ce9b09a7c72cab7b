"""Findings about what is in shadow: it is a way to go live, and no place to stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from syncd.mappings.lint import RULES, Matter, Rulebook, lint
from syncd.okr.course import Course
from syncd.okr.definition import KeyResult
from tests.builders import CYCLE, a_key_result, an_input, mappings_of, state_of

ONE = a_key_result(an_input("one"), subject="company/care/one", is_shadow=True)
OF_SHADOW = {"long_in_shadow", "uncompared"}
ALONE = Rulebook(settings={rule.code: "off" for rule in RULES if rule.code not in OF_SHADOW})
HALF = (CYCLE.ends_at - CYCLE.starts_at) / 2


def told(
    key_result: KeyResult = ONE,
    *,
    since: datetime = CYCLE.starts_at,
    after: timedelta,
    compared_at: datetime | None = None,
) -> set[str]:
    """The codes, so long after the first moment of the cycle."""
    state = replace(state_of(key_result), shadow_since=since)
    matter = Matter(
        mappings=mappings_of(key_result),
        rulebook=ALONE,
        now=CYCLE.starts_at + after,
        states={key_result.subject: state},
        courses={key_result.subject: Course(compared_at=compared_at)},
    )
    return {found.code for found in lint(matter)}


def test_half_a_cycle_in_shadow_is_no_finding_and_longer_is() -> None:
    spoken = CYCLE.starts_at + HALF

    assert told(after=HALF, compared_at=spoken) == set()
    assert told(after=HALF + timedelta(seconds=1), compared_at=spoken) == {"long_in_shadow"}


def test_time_in_shadow_before_the_cycle_does_not_count() -> None:
    assert told(since=CYCLE.starts_at - timedelta(days=90), after=timedelta(days=27)) == set()


def test_four_weeks_without_a_word_are_a_finding() -> None:
    assert told(after=timedelta(days=28)) == {"uncompared"}
    assert told(after=timedelta(days=28), compared_at=CYCLE.starts_at + timedelta(days=1)) == set()


def test_a_word_before_it_went_into_shadow_does_not_shorten_the_four_weeks() -> None:
    since = CYCLE.starts_at + timedelta(days=10)

    assert told(since=since, after=timedelta(days=37), compared_at=CYCLE.starts_at) == set()


def test_what_people_set_has_nothing_to_be_compared_with() -> None:
    by_hand = a_key_result(subject="company/care/one", is_shadow=True)

    assert told(by_hand, after=timedelta(days=40)) == set()


def test_what_is_live_is_let_alone() -> None:
    assert told(replace(ONE, is_shadow=False), after=timedelta(days=80)) == set()
