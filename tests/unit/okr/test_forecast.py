"""Where a key result seems to be going, from which days, and when nothing is foretold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from syncd.okr.definition import Cycle
from syncd.okr.forecast import Forecast, ForecastRule, NoForecast, forecast
from syncd.okr.state import KeyResultState, Origin
from syncd.okr.trail import Footprint, last_days
from tests.builders import BERLIN, CYCLE, utc
from tests.states import a_state, an_evidence

NOW = utc("2026-10-28T09:00")  # three days after the clocks went back
RULE = ForecastRule()
MEASURED = a_state(start=0.0, target=100.0, evidence=(an_evidence(),), last_good_at=NOW)
BY_HAND = a_state(start=0.0, target=100.0, origin="person")


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=BERLIN)


def october(day: int) -> date:
    return date(2026, 10, day)


Told = tuple[datetime, float | None]


def trail(*told: Told, origin: Origin = "sync", now: datetime = NOW, over: int = 28) -> list[Footprint]:
    """As the store gives it back: of each day the newest check-in before its end."""
    found = []
    for end in last_days(over, now=now, zone=BERLIN):
        before = [it for it in told if it[0] < end.ends_at]
        if before:
            newest, value = max(before, key=lambda it: it[0])
            share = None if value is None else value / 100
            found.append(Footprint(day=end.day, at=newest, current=value, progress=share, origin=origin))
    return found


def rising(first: int, last: int, *, by: float = 1) -> list[Told]:
    """A check-in at noon of each day of October."""
    return [(at(october(day)), by * (day - first)) for day in range(first, last + 1)]


def foretold(
    steps: list[Footprint],
    state: KeyResultState = MEASURED,
    *,
    cycle: Cycle | None = CYCLE,
    now: datetime = NOW,
    rule: ForecastRule = RULE,
) -> Forecast:
    found = forecast(state, steps, cycle=cycle, rule=rule, now=now)
    assert isinstance(found, Forecast), found
    return found


def refused(
    steps: list[Footprint],
    state: KeyResultState = MEASURED,
    *,
    cycle: Cycle | None = CYCLE,
    now: datetime = NOW,
) -> NoForecast:
    found = forecast(state, steps, cycle=cycle, rule=RULE, now=now)
    assert isinstance(found, NoForecast), found
    return found


def test_a_steady_rise_goes_on_to_the_last_day_of_the_cycle() -> None:
    found = foretold(trail(*rising(5, 28)))

    # From 0 on 5 October, one a day, to 31 December.
    assert (found.at_end, found.low, found.high) == (87, 87, 87)
    assert (found.progress, found.would_meet) == (0.87, "no")
    assert (found.points, found.since, found.until) == (24, october(5), october(28))


def test_a_number_that_did_not_move_is_known_on_every_day_that_it_was_read() -> None:
    found = foretold(trail((at(october(10)), 40.0)))

    assert (found.at_end, found.points, found.since) == (40, 19, october(10))


def test_days_on_which_the_source_failed_are_not_known() -> None:
    failing = replace(MEASURED, last_good_at=at(october(20)))

    assert foretold(trail((at(october(10)), 40.0)), failing).until == october(20)


def test_what_an_import_found_is_known_of_its_own_day_alone() -> None:
    weekly = trail(*rising(1, 28)[::7], origin="import")

    assert refused(weekly).message == "4 of the last 28 days are known; 8 make a trend"
    assert foretold(weekly, rule=ForecastRule(min_points=4)).at_end == 91


def test_what_a_person_says_of_a_measured_number_is_no_point_of_its_trend() -> None:
    measured = trail(*rising(5, 28))
    said = [replace(step, current=99.0, origin="person") for step in measured[-2:]]

    found = foretold([*measured[:-2], *said])

    assert (found.at_end, found.until) == (87, october(26))


def test_a_number_by_hand_is_known_on_the_days_on_which_somebody_said_it() -> None:
    told = trail(*rising(1, 28)[::3], origin="person")

    found = foretold(told, BY_HAND)

    assert (found.points, found.at_end) == (10, 91)


def test_seven_days_are_too_few_and_eight_are_enough() -> None:
    assert refused(trail(*rising(22, 28))).reason == "too_few_points"
    assert foretold(trail(*rising(21, 28))).points == 8


def test_many_points_within_an_hour_are_one_day() -> None:
    busy = [(at(october(28), 8) + timedelta(minutes=n), float(n)) for n in range(59)]

    assert refused(trail(*busy)).message.startswith("1 of the last 28 days")


def test_a_value_that_was_lost_is_no_point() -> None:
    told = rising(10, 28)
    told[-4:] = [(told[-4][0], None)]

    assert foretold(trail(*told)).until == october(24)


def test_the_day_on_which_the_clocks_change_is_one_day_like_the_others() -> None:
    # 25 October has 25 hours; a check-in in its last one belongs to it and not to the next.
    told = [*rising(10, 24), (at(october(25), 23) + timedelta(minutes=59), 15.0), *rising(10, 28)[16:]]

    found = foretold(trail(*told))

    assert (found.at_end, found.low, found.points) == (82, 82, 19)


def test_days_before_the_cycle_do_not_count() -> None:
    late = replace(CYCLE, first_day=october(15))

    assert foretold(trail(*rising(1, 28)), cycle=late).since == october(15)


@pytest.mark.parametrize(("per_day", "told"), [(1.0, "no"), (1.2, "yes")])
def test_it_says_whether_the_target_would_be_met(per_day: float, told: str) -> None:
    assert foretold(trail(*rising(5, 28, by=per_day))).would_meet == told


def test_a_band_around_the_target_leaves_it_open() -> None:
    scattered = [(day, value * 1.12 + (n % 3) * 4) for n, (day, value) in enumerate(rising(5, 28))]

    found = foretold(trail(*scattered))

    assert found.low < 100 < found.high
    assert found.would_meet == "open"


def test_a_number_that_shall_fall_meets_its_target_below_it() -> None:
    falling = replace(MEASURED, start=40.0, target=10.0)
    told = [(day, 40 - value / 2) for day, value in rising(5, 28)]

    found = foretold(trail(*told), falling)

    assert (found.at_end, found.progress, found.would_meet) == (-3.5, 1.0, "yes")


def test_the_forecast_of_a_rate_is_of_its_progress_and_never_over_all_of_it() -> None:
    rate = replace(MEASURED, kind="rate", start=None, target=None)

    slow, fast = foretold(trail(*rising(5, 28)), rate), foretold(trail(*rising(5, 28, by=3)), rate)

    assert (slow.of, slow.at_end, slow.progress, slow.would_meet) == (
        "progress",
        pytest.approx(0.87),
        pytest.approx(0.87),
        "no",
    )
    assert (fast.at_end, fast.high, fast.would_meet) == (1, 1, "yes")


def test_what_is_only_observed_has_a_value_to_come_and_nothing_to_meet() -> None:
    observed = replace(MEASURED, kind="observe", start=None, target=None)

    found = foretold(trail(*rising(5, 28)), observed)

    assert (found.at_end, found.progress, found.would_meet) == (87, None, None)


def test_a_way_without_length_has_nothing_to_meet() -> None:
    assert foretold(trail(*rising(5, 28)), replace(MEASURED, target=0.0)).would_meet is None


@pytest.mark.parametrize("kind", ["keep", "milestones", "composite"])
def test_bands_milestones_and_mixes_have_no_trend(kind: str) -> None:
    assert refused(trail(*rising(5, 28)), replace(MEASURED, kind=kind)).reason == "kind"


REFUSALS: Mapping[str, tuple[Cycle | None, str]] = {
    "a cycle that is over": (replace(CYCLE, last_day=october(27)), "cycle_over"),
    "a cycle that is gone": (None, "cycle_over"),
    "a cycle that has not begun": (replace(CYCLE, first_day=october(29)), "not_begun"),
}


@pytest.mark.parametrize(("cycle", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_only_a_running_cycle_has_a_forecast(cycle: Cycle | None, reason: str) -> None:
    assert refused(trail(*rising(5, 28)), cycle=cycle).reason == reason


def test_on_the_last_day_it_is_the_last_day_that_is_foretold() -> None:
    short = replace(CYCLE, last_day=october(28))

    assert foretold(trail(*rising(5, 28)), cycle=short).at_end == 23


def test_numbers_too_large_for_a_float_are_not_foretold() -> None:
    assert refused(trail(*rising(5, 28, by=1e307))).reason == "not_finite"


def test_the_last_days_end_at_midnight_of_the_zone() -> None:
    days = last_days(5, now=NOW, zone=BERLIN)

    assert [end.day for end in days] == [october(day) for day in (24, 25, 26, 27, 28)]
    assert [end.ends_at for end in days[:2]] == [utc("2026-10-24T22:00"), utc("2026-10-25T23:00")]
