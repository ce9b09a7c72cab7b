"""When a cycle that nobody closes freezes: 14 whole days after its last one, to the moment."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from syncd.sync.cycles import freezes_at, is_frozen, is_open
from tests.zones import CLOCK_CHANGES, DAY, MOMENT, ZONES, a_cycle, first_moment, last_moment


@pytest.mark.parametrize("last", [date(2026, 12, 31), date(2028, 2, 29)], ids=str)
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_it_is_open_to_the_last_moment_of_the_fourteenth_day(zone: ZoneInfo, last: date) -> None:
    cycle = a_cycle(last - 90 * DAY, last, zone)
    end = last_moment(last + 14 * DAY, zone)

    assert is_open(cycle, now=end)
    assert is_frozen(cycle, now=end + MOMENT)


@pytest.mark.parametrize("before", [1, 13])
@pytest.mark.parametrize(("zone", "day", "hours"), CLOCK_CHANGES)
def test_it_freezes_at_midnight_also_when_the_clocks_change_on_the_way(
    zone: ZoneInfo, day: date, hours: float, before: int
) -> None:
    last = day - before * DAY

    frozen_at = freezes_at(a_cycle(last - 90 * DAY, last, zone))

    assert frozen_at == first_moment(last + 15 * DAY, zone)
