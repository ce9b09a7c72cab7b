"""How much of an endpoint may be used: rates as people write them, and the bucket behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.delivery.rate import Bucket, format_rate, parse_rate
from tests.deliveries import NOW


@pytest.mark.parametrize(
    ("text", "per_second"), [("5/s", 5.0), ("30/m", 0.5), ("100/h", 100 / 3600), ("1000/s", 1000.0)]
)
def test_a_rate_is_read_and_written_alike(text: str, per_second: float) -> None:
    assert parse_rate(text) == per_second
    assert format_rate(per_second) == text


@pytest.mark.parametrize(
    "text", ["", "5", "0/s", "5/d", "-1/s", "1.5/s", "1001/s", "5 /s", "\u0665/s", "5/s\n"]
)
def test_what_is_no_rate_is_none(text: str) -> None:
    assert parse_rate(text) is None


def test_a_bucket_lets_a_seconds_worth_through_and_then_as_much_as_comes_back() -> None:
    bucket = Bucket.full(5.0, at=NOW).without(5)

    later = bucket.filled(NOW + timedelta(seconds=0.4))

    assert bucket.whole == 0
    assert later.whole == 2
    assert later.full_at == NOW + timedelta(seconds=1)


def test_a_slow_rate_lets_one_through_at_a_time() -> None:
    bucket = Bucket.full(1 / 60, at=NOW).without(1)

    assert bucket.full_at == NOW + timedelta(minutes=1)
    assert bucket.filled(NOW + timedelta(seconds=59)).whole == 0
    assert bucket.filled(NOW + timedelta(hours=1)).whole == 1


def test_a_clock_that_is_set_back_brings_nothing_and_takes_nothing() -> None:
    bucket = Bucket.full(2.0, at=NOW).without(1)

    assert bucket.filled(NOW - timedelta(hours=1)).whole == 1


@given(
    rate=st.floats(0.01, 1000.0),
    waits=st.lists(st.floats(0, 100), max_size=50),
)
def test_never_more_than_the_rate_and_a_seconds_worth_get_through(rate: float, waits: list[float]) -> None:
    bucket, now, taken = Bucket.full(rate, at=NOW), NOW, 0
    for wait in waits:
        now += timedelta(seconds=wait)
        bucket = bucket.filled(now)
        taken += bucket.whole
        bucket = bucket.without(bucket.whole)

    assert taken <= max(1.0, rate) + rate * (now - NOW).total_seconds() + 1e-6 * (len(waits) + 1)
