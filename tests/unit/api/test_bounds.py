"""Bounds of what comes in: depth of JSON, requests per second, cursors."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.api.pace import Pace
from syncd.api.paging import from_cursor, to_cursor
from syncd.sdk.strict import DEEPEST, NotStrict, depth, parse_json
from tests.states import NOW

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


def true_depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(true_depth, inner), default=0)


@given(JSON)
def test_depth_is_that_of_the_value(value: object) -> None:
    assert depth(json.dumps(value).encode()) == true_depth(value)


@given(JSON.filter(lambda value: true_depth(value) <= DEEPEST))
def test_what_is_no_trap_is_read_as_everybody_reads_it(value: object) -> None:
    text = json.dumps(value, ensure_ascii=True).encode()

    assert parse_json(text) == json.loads(text)


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_value_or_refused(text: bytes) -> None:
    with contextlib.suppress(NotStrict):
        parse_json(text)


def test_a_megabyte_of_quotes_is_looked_through_once() -> None:
    began = time.process_time()

    depth(b'"' + b'\\"' * 500_000)

    assert time.process_time() - began < 5  # the square of it would take hours


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    pace = Pace(per_second=2, burst=3)

    assert [pace.wait("a", now=NOW) for _ in range(3)] == [0, 0, 0]
    assert pace.wait("a", now=NOW) == 0.5
    assert pace.wait("b", now=NOW) == 0
    assert pace.wait("a", now=NOW + timedelta(seconds=0.5)) == 0
    assert pace.wait("a", now=NOW + timedelta(seconds=0.5)) == 0.5


def test_a_clock_that_is_set_back_takes_nothing() -> None:
    pace = Pace(per_second=1, burst=1)
    pace.wait("a", now=NOW)

    assert pace.wait("a", now=NOW - timedelta(hours=1)) == 1


@given(st.tuples(st.text(), st.integers(-(2**62), 2**62)))
def test_a_cursor_comes_back_as_it_was(mark: tuple[str, int]) -> None:
    assert from_cursor(to_cursor(*mark), str, int) == mark


@pytest.mark.parametrize("types", [(str,), (int, str), (str, int, int)])
def test_a_cursor_of_another_list_is_refused(types: tuple[type, ...]) -> None:
    with pytest.raises(Exception, match="cursor"):
        from_cursor(to_cursor("a", 1), *types)
