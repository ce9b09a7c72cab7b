"""What a sync asks for a rate: each period that has begun, until it is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.definition import Mappings, WindowSpec
from syncd.okr.kinds import Rate
from syncd.okr.names import QueryKey
from syncd.okr.period import SETTLING, Every, periods_of
from syncd.okr.reading import Reading
from syncd.sdk.measurement import Instants
from syncd.sync.plan import next_due, plan
from tests.builders import CALENDAR, CYCLE, a_key_result, an_input, bad, good, mappings_of

WEEKS = periods_of(CYCLE, "week")
MOMENT = timedelta(microseconds=1)


def rates(*every: Every) -> Mappings:
    """One key result for each, all over the same query."""
    used = replace(an_input(), per_period=True)
    found = mappings_of(
        *(
            a_key_result(used, kind=Rate(need=10, every=it), subject=f"product/faster/{number}-{it}")
            for number, it in enumerate(every)
        )
    )
    by_period = {
        key: replace(asked, window=WindowSpec(is_period=True), by="created")
        for key, asked in found.queries.items()
    }
    return replace(found, queries=by_period)


def asked_at(
    now: datetime, readings: Mapping[QueryKey, Reading] | None = None, *every: Every
) -> dict[str, Instants | None]:
    """Key on the wire -> window."""
    batches = plan(rates(*every or ("week",)), now=now, calendar=CALENDAR, known=readings or {})
    return {query.key: query.window for batch in batches for query in batch.queries}


def key(number: int) -> QueryKey:
    return QueryKey("tracker", "value", WEEKS[number].label)


def read(number: int, *, after: timedelta = timedelta(0)) -> dict[QueryKey, Reading]:
    """Week `number`, read that long after its end."""
    return {key(number): good(7, at=WEEKS[number].ends_at + after)}


def test_each_week_that_has_begun_is_a_question_of_its_own() -> None:
    asked = asked_at(WEEKS[2].starts_at)

    assert list(asked) == [f"value@{week.label}" for week in WEEKS[:3]]
    assert [asked[f"value@{week.label}"] for week in WEEKS[:3]] == [
        Instants(start=week.starts_at, end=week.ends_at) for week in WEEKS[:3]
    ]


def test_a_week_that_has_not_begun_is_not_asked() -> None:
    assert len(asked_at(WEEKS[2].starts_at - MOMENT)) == 2


def test_no_week_is_asked_before_the_cycle_not_even_by_a_plan() -> None:
    batches = plan(rates("week"), now=CYCLE.starts_at - MOMENT, calendar=CALENDAR, begun_only=False)

    assert batches == []


@pytest.mark.parametrize(
    ("age", "asked"), [(timedelta(0), True), (SETTLING - MOMENT, True), (SETTLING, False)]
)
def test_a_closed_week_is_read_again_for_seven_days(age: timedelta, asked: bool) -> None:
    now = WEEKS[1].ends_at + age

    assert (key(1).wire in asked_at(now, read(1))) is asked


def test_a_week_that_was_not_read_after_it_closed_is_asked_until_it_is() -> None:
    now = WEEKS[1].ends_at + timedelta(days=30)

    assert key(1).wire in asked_at(now, read(1, after=-MOMENT))
    assert key(1).wire in asked_at(now, {key(1): bad(at=now)})


def test_a_failure_after_a_good_read_of_a_closed_week_keeps_it_frozen() -> None:
    now = WEEKS[1].ends_at + SETTLING
    failed = {key(1): bad(read(1)[key(1)], at=now)}

    assert key(1).wire not in asked_at(now, failed)


def test_equal_weeks_are_asked_once_and_other_periods_beside_them() -> None:
    now = WEEKS[1].starts_at

    (batch,) = plan(rates("week", "week", "month"), now=now, calendar=CALENDAR)

    assert [asked.key.period for asked in batch.asked] == [
        "2026-10-01/2026-10-04",
        "2026-10-05/2026-10-11",
        "2026-10-01/2026-10-31",
    ]
    assert batch.wanted == 5


def test_a_new_week_is_due_at_once() -> None:
    now = WEEKS[1].starts_at
    fresh = {key(0): good(7, at=now - MOMENT)}

    assert next_due(rates("week"), fresh, {}, now=now, refresh={}) == {"tracker": now}


def test_when_all_is_frozen_nothing_is_due() -> None:
    now = CYCLE.ends_at + SETTLING
    readings = {key(number): good(7, at=CYCLE.ends_at) for number in range(len(WEEKS))}

    assert next_due(rates("week"), readings, {}, now=now, refresh={}) == {}


@given(st.lists(st.integers(1, 72), min_size=1, max_size=60))
def test_what_is_frozen_once_is_never_asked_again(hours: list[int]) -> None:
    """Freezing is final, however rarely somebody syncs."""
    now, readings, gone = CYCLE.starts_at, dict[QueryKey, Reading](), set[str]()
    begun = {WEEKS[0].label}
    for pause in hours:
        now += timedelta(hours=pause)
        asked = asked_at(now, readings)
        assert not gone & asked.keys()
        begun |= {week.label for week in WEEKS if week.starts_at <= now}
        gone = {f"value@{label}" for label in begun} - asked.keys()
        readings |= {QueryKey("tracker", *wire.split("@")): good(1, at=now) for wire in asked}
