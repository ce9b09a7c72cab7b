"""Windows: what a query counts, as half-open instants."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from syncd.okr.definition import WindowSpec
from syncd.okr.window import resolve
from tests.builders import BERLIN, CYCLE, HALFWAY, utc


def test_the_cycle_is_its_first_moment_up_to_the_moment_after_its_last() -> None:
    window = resolve(WindowSpec(), cycle=CYCLE, now=HALFWAY, zone=BERLIN)

    assert window.start == utc("2026-09-30T22:00")  # midnight of October 1 in summer time
    assert window.end == utc("2026-12-31T23:00")  # midnight after December 31 in winter time


def test_days_run_back_from_now() -> None:
    window = resolve(WindowSpec(days=28), cycle=CYCLE, now=HALFWAY, zone=BERLIN)

    assert (window.start, window.end) == (HALFWAY - timedelta(days=28), HALFWAY)


def test_days_end_with_the_cycle_once_it_is_over() -> None:
    window = resolve(WindowSpec(days=28), cycle=CYCLE, now=CYCLE.ends_at + timedelta(days=3), zone=BERLIN)

    assert (window.start, window.end) == (CYCLE.ends_at - timedelta(days=28), CYCLE.ends_at)


def test_days_may_begin_before_the_cycle() -> None:
    now = CYCLE.starts_at + timedelta(days=2)

    window = resolve(WindowSpec(days=28), cycle=CYCLE, now=now, zone=BERLIN)

    assert window.start == now - timedelta(days=28)


def test_two_days_are_both_inside_as_days_of_the_zone() -> None:
    spec = WindowSpec(first_day=date(2026, 10, 24), last_day=date(2026, 10, 25))

    window = resolve(spec, cycle=None, now=HALFWAY, zone=BERLIN)

    assert window.start == utc("2026-10-23T22:00")
    assert window.end == utc("2026-10-25T23:00")
    assert window.end - window.start == timedelta(hours=49)  # the clock goes back that night


def test_one_day_is_a_window() -> None:
    spec = WindowSpec(first_day=date(2026, 11, 2), last_day=date(2026, 11, 2))

    window = resolve(spec, cycle=CYCLE, now=HALFWAY, zone=BERLIN)

    assert window.end - window.start == timedelta(days=1)


def test_a_window_over_the_cycle_needs_a_cycle() -> None:
    with pytest.raises(ValueError, match="needs a cycle"):
        resolve(WindowSpec(), cycle=None, now=HALFWAY, zone=BERLIN)
