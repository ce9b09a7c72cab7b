from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.engine.tasks import not_sooner
from syncd.store.syncs import ConnectionState
from syncd.sync.cycles import GRACE, is_open
from syncd.sync.plan import is_due, next_due, plan
from syncd.sync.preview import merge
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

HOUR = timedelta(hours=1)
SIDE_BY_SIDE = mappings_of(
    a_key_result(an_input("open"), an_input("closed"), subject="product/a/one"),
    a_key_result(an_input("open"), subject="product/a/two"),
    a_key_result(an_input("users", connection="usage"), subject="product/a/three"),
)


def test_equal_queries_are_merged_into_one_batch_per_connection() -> None:
    batches = plan(SIDE_BY_SIDE, now=HALFWAY, calendar=CALENDAR)

    assert [(batch.connection, batch.wanted, len(batch.asked)) for batch in batches] == [
        ("tracker", 3, 2),
        ("usage", 1, 1),
    ]


def test_only_the_wanted_connections_are_asked() -> None:
    batches = plan(SIDE_BY_SIDE, now=HALFWAY, calendar=CALENDAR, connections=["usage"])

    assert [batch.connection for batch in batches] == ["usage"]


def test_what_was_read_a_moment_ago_is_not_due() -> None:
    readings = {a_query_key("open"): good(1), a_query_key("closed"): good(1, at=HALFWAY - HOUR)}

    (batch,) = plan(
        SIDE_BY_SIDE,
        now=HALFWAY,
        calendar=CALENDAR,
        connections=["tracker"],
        due=readings,
        refresh={"tracker": HOUR},
    )

    assert [asked.key.digest for asked in batch.asked] == ["closed"]


def test_a_failed_read_waits_for_its_refresh_like_a_good_one() -> None:
    assert not is_due(bad(at=HALFWAY), every=HOUR, now=HALFWAY + HOUR / 2)
    assert is_due(bad(at=HALFWAY), every=HOUR, now=HALFWAY + HOUR)


def test_the_most_impatient_key_result_decides_when_a_query_is_due() -> None:
    mappings = mappings_of(
        a_key_result(an_input("open"), subject="product/a/one"),
        a_key_result(an_input("open"), subject="product/a/two", refresh=timedelta(minutes=5)),
    )

    due = next_due(mappings, {a_query_key("open"): good(1)}, {}, now=HALFWAY, refresh={"tracker": HOUR})

    assert due == {"tracker": HALFWAY + timedelta(minutes=5)}


def test_what_was_never_asked_is_due_now() -> None:
    assert next_due(SIDE_BY_SIDE, {}, {}, now=HALFWAY, refresh={}) == {"tracker": HALFWAY, "usage": HALFWAY}


@pytest.mark.parametrize(
    ("after_start", "begun_only", "expected"),
    [
        (-HOUR, True, False),
        (-HOUR, False, True),
        (timedelta(), True, True),
        (CYCLE.ends_at - CYCLE.starts_at + GRACE - HOUR, True, True),
        (CYCLE.ends_at - CYCLE.starts_at + GRACE, True, False),
    ],
)
def test_a_cycle_is_read_from_its_start_until_it_freezes(
    after_start: timedelta, begun_only: bool, expected: bool
) -> None:
    assert is_open(CYCLE, now=CYCLE.starts_at + after_start, begun_only=begun_only) is expected


def test_a_preview_asks_what_both_versions_want_once() -> None:
    new = plan(mappings_of(a_key_result(an_input("open"), an_input("new"))), now=HALFWAY, calendar=CALENDAR)
    old = plan(
        mappings_of(a_key_result(an_input("open"), an_input("old", connection="usage"))),
        now=HALFWAY,
        calendar=CALENDAR,
    )

    merged = merge(new, old)

    assert {batch.connection: [a.key.digest for a in batch.asked] for batch in merged} == {
        "tracker": ["open", "new"],
        "usage": ["old"],
    }


@pytest.mark.parametrize(
    ("state", "least", "expected"),
    [
        (None, timedelta(seconds=30), HALFWAY),
        (ConnectionState(last_synced_at=HALFWAY), timedelta(seconds=30), HALFWAY + timedelta(seconds=30)),
        (ConnectionState(last_synced_at=HALFWAY - HOUR), timedelta(seconds=30), HALFWAY),
        (ConnectionState(last_synced_at=HALFWAY, not_before=HALFWAY + HOUR), timedelta(), HALFWAY + HOUR),
    ],
)
def test_a_connection_is_asked_no_sooner_than_it_and_its_operator_want(
    state: ConnectionState | None, least: timedelta, expected: object
) -> None:
    assert not_sooner(HALFWAY, state, least=least) == expected


def test_a_cycle_that_was_closed_is_not_read_any_more() -> None:
    assert not is_open(CYCLE, now=HALFWAY, closed={CYCLE.name})
    assert plan(replace(SIDE_BY_SIDE, closed=frozenset({CYCLE.name})), now=HALFWAY, calendar=CALENDAR) == []
