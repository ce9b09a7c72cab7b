"""Which approximate counts are confirmed by an exact one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from syncd.okr.definition import Keep, KeyResult, Observe, QueryKey, Reach
from syncd.okr.evaluate import evaluate, needs_exact
from syncd.okr.reading import Reading
from tests.builders import (
    CALENDAR,
    CYCLE,
    HALFWAY,
    a_key_result,
    a_query_key,
    an_input,
    bad,
    good,
    mappings_of,
)

UP_TO_1000 = a_key_result(an_input("value"), kind=Reach(start=0, target=1_000))


def wanted(key_result: KeyResult, *, now: datetime = HALFWAY, **readings: Reading) -> set[QueryKey]:
    mappings = mappings_of(key_result)
    by_key = {a_query_key(name): reading for name, reading in readings.items()}
    states = evaluate(mappings, by_key, {}, now=now, calendar=CALENDAR)
    return needs_exact(mappings, by_key, states, now=now, calendar=CALENDAR)


def approximately(value: float) -> Reading:
    return good(value, approximate=True)


@pytest.mark.parametrize("value", [1_000, 985, 1_015, 500, 485, 350, 200])
def test_near_the_target_or_a_border_of_pace_it_is_confirmed(value: float) -> None:
    # Halfway through the cycle the borders are at 500 (ahead), 350 (on track) and 200 (behind).
    assert wanted(UP_TO_1000, value=approximately(value)) == {a_query_key("value")}


@pytest.mark.parametrize("value", [0, 100, 275, 420, 600, 975, 1_030])
def test_elsewhere_nobody_is_asked_twice(value: float) -> None:
    assert wanted(UP_TO_1000, value=approximately(value)) == set()


def test_an_exact_number_is_not_confirmed() -> None:
    assert wanted(UP_TO_1000, value=good(1_000)) == set()


def test_a_failing_query_is_not_confirmed() -> None:
    assert wanted(UP_TO_1000, value=bad(approximately(1_000))) == set()


def test_of_several_inputs_only_the_approximate_ones_are_confirmed() -> None:
    share = a_key_result(
        an_input("done"), an_input("scope"), value="done / scope", kind=Reach(start=0, target=1)
    )

    assert wanted(share, done=approximately(1), scope=good(1)) == {a_query_key("done")}


def test_two_percent_of_a_short_way_would_be_too_little() -> None:
    # A count of 1,000 that is wrong by 1 % decides whether 1,000 of 900..1,000 is reached.
    short = a_key_result(an_input("value"), kind=Reach(start=900, target=1_000))

    assert wanted(short, value=approximately(990)) == {a_query_key("value")}


def test_while_it_is_too_early_for_pace_only_the_target_is_near() -> None:
    first_day = CYCLE.starts_at + timedelta(days=1)

    assert wanted(UP_TO_1000, now=first_day, value=approximately(10)) == set()
    assert wanted(UP_TO_1000, now=first_day, value=approximately(1_000)) == {a_query_key("value")}


def test_before_the_cycle_only_the_target_is_near() -> None:
    before = CYCLE.starts_at - timedelta(days=1)

    assert wanted(UP_TO_1000, now=before, value=approximately(500)) == set()


@pytest.mark.parametrize(
    ("value", "is_wanted"), [(100, True), (98, True), (90, True), (89, True), (95, False), (80, False)]
)
def test_the_edges_of_a_band_are_borders_and_its_tolerance_ends_at_one(value: float, is_wanted: bool) -> None:
    band = a_key_result(an_input("value"), kind=Keep(low=100, tolerance=10))

    assert bool(wanted(band, value=approximately(value))) is is_wanted


def test_an_observed_number_decides_nothing() -> None:
    assert wanted(a_key_result(an_input("value"), kind=Observe()), value=approximately(1_000)) == set()


@pytest.mark.parametrize(("ago", "is_wanted"), [(timedelta(minutes=59), False), (timedelta(hours=1), True)])
def test_a_query_is_confirmed_hourly_at_most(ago: timedelta, is_wanted: bool) -> None:
    reading = good(1_000, approximate=True, exact_at=HALFWAY - ago)

    assert bool(wanted(UP_TO_1000, value=reading)) is is_wanted
