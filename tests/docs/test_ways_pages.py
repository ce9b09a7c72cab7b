"""The numbers of the pages on reach, change, keep and observe are what syncd computes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

import pytest

from syncd.okr.definition import Keep, KeyResult, Mappings, Observe, Phase, Reach, Smooth
from syncd.okr.evaluate import evaluate
from syncd.okr.kinds import Change
from syncd.okr.pace import expected_progress
from syncd.okr.phases import on_the_way
from syncd.okr.state import KeyResultState, ObjectiveState
from tests.builders import (
    BERLIN,
    CALENDAR,
    CYCLE,
    HALFWAY,
    a_key_result,
    a_query_key,
    an_input,
    good,
    mappings_of,
    state_of,
)
from tests.guides import page, rows, section

REACH, CHANGE = page("docs/kinds/reach.md"), page("docs/kinds/change.md")
KEEP, OBSERVE = page("docs/kinds/keep.md"), page("docs/kinds/observe.md")
INPUT = an_input()


def example(text: str) -> list[list[str]]:
    return rows(section(text, "A worked example"))


def midnight(day: int, month: int) -> datetime:
    return datetime(2026, month, day, tzinfo=BERLIN)


@pytest.mark.parametrize("row", example(REACH), ids=lambda row: row[2])
def test_a_reach_is_as_far_as_the_page_says(row: list[str]) -> None:
    start, target, current, progress, unclamped = map(float, row[:5])
    mine = a_key_result(INPUT, kind=Reach(start=start, target=target))

    state = state_of(mine, now=midnight(16, 11), value=good(current))

    assert state.progress == pytest.approx(progress)
    assert state.progress_unclamped == pytest.approx(unclamped)
    assert f"`{state.pace}`" == row[5]


def test_half_of_the_cycle_and_half_an_hour_are_over_when_the_page_says() -> None:
    assert midnight(16, 11) - HALFWAY == timedelta(minutes=30)
    assert "half of 2026-Q4 and half an hour are over" in " ".join(section(REACH, "A worked example").split())


PHASED = a_key_result(
    INPUT,
    kind=Reach(start=0, target=60),
    phases=(Phase(day=date(2026, 10, 31), value=10), Phase(day=date(2026, 11, 30), value=25)),
)
DAYS = {"1 November": midnight(1, 11), "16 November": midnight(16, 11), "1 December": midnight(1, 12)}


@pytest.mark.parametrize("row", rows(section(REACH, "Phased targets")), ids=lambda row: row[0])
def test_phased_targets_expect_what_the_page_says(row: list[str]) -> None:
    now = DAYS[row[0]]
    straight = expected_progress(CYCLE, now=now, calendar=CALENDAR)
    phased = on_the_way(straight, PHASED, start=0, target=60, calendar=CALENDAR)

    states = [
        state_of(key_result, now=now, value=good(16)) for key_result in (replace(PHASED, phases=()), PHASED)
    ]

    assert [f"{states[0].progress:.3f}", f"{straight:.3f}", f"{phased:.3f}"] == [row[1], row[2], row[4]]
    assert [f"`{state.pace}`" for state in states] == [row[3], row[5]]


def test_smoothing_gives_the_mean_of_the_page() -> None:
    text = " ".join(section(REACH, "Smoothing").split())
    mine = a_key_result(INPUT, smooth=Smooth(days=7, min_points=3))
    found: list[KeyResultState] = []
    for n, value in enumerate((10, 20, 60)):
        at = HALFWAY + timedelta(days=n)
        before = found[-1] if found else None
        found.append(state_of(mine, before=before, now=at, value=good(value, at=at)))

    assert "With 10, 20 and 60 on three days, `{mean: 7d, min_points: 3}` gives 30" in text
    assert found[2].current == 30
    assert (found[1].current, found[1].error and found[1].error.code) == (None, "too_few_points")


@pytest.mark.parametrize("row", example(CHANGE), ids=lambda row: row[1])
def test_a_change_has_the_target_and_the_progress_of_the_page(row: list[str]) -> None:
    start, _, _ = row[0].replace(",", "").partition(" ")
    change = row[1].strip("`")
    is_relative = change.endswith("%")
    amount = float(change.rstrip("%")) / (100 if is_relative else 1)
    is_measured = "measured" in row[0]
    kind = Change(amount=amount, is_relative=is_relative, start=None if is_measured else float(start))
    mine = a_key_result(INPUT, kind=kind)
    at = midnight(1, 10)

    first = state_of(mine, now=at, value=good(float(start), at=at))
    state = state_of(mine, before=first, now=HALFWAY, value=good(float(row[3])))

    assert (state.start, state.target) == (float(start), float(row[2]))
    assert state.progress == float(row[4])


READS = [
    (midnight(1, 10), 1.0),
    (midnight(2, 10), 0.998),
    (midnight(2, 10) + timedelta(hours=12), 1.0),
    (midnight(4, 10), 0.9985),
]


def test_the_reads_of_a_band_count_for_the_hours_of_the_page() -> None:
    told = [row for row in example(KEEP) if "October" in row[0]]

    spans = [after[0] - at for (at, _), after in pairwise(READS)]

    assert [float(row[1]) for row in told] == [value for _, value in READS]
    assert [row[2] for row in told][:-1] == [f"{span / timedelta(hours=1):g} hours" for span in spans]


@pytest.mark.parametrize("by", ["latest", "mean", "worst"])
def test_a_band_is_kept_as_the_page_says(by: Literal["latest", "mean", "worst"]) -> None:
    (told,) = [row for row in example(KEEP) if row[0] == f"`{by}`"]
    mine = a_key_result(INPUT, kind=Keep(low=0.999, tolerance=0.001, by=by), freshness=None)

    state: KeyResultState | None = None
    for at, value in READS:
        state = state_of(mine, before=state, now=at, value=good(value, at=at))

    assert state is not None
    assert told[1].startswith(f"{state.current:.5g}") or told[1].endswith(f"= {state.current:.5f}")
    assert state.progress == pytest.approx(float(told[2]))
    assert f"`{state.pace}`" == told[3]


def test_a_source_that_failed_counts_in_neither_part_of_the_mean_as_on_the_page() -> None:
    rule = replace(RULED.freshness, error_after=timedelta(days=3)) if RULED.freshness else None
    mine = replace(RULED, freshness=rule)

    state: KeyResultState | None = None
    for at, value in ((midnight(1, 10), 1.0), (midnight(9, 10), 0.998), (midnight(10, 10), 0.998)):
        state = state_of(mine, before=state, now=at, value=good(value, at=at))

    assert state is not None
    assert state.current == pytest.approx((3 * 1.0 + 0.998) / 4)
    assert "days of 1.0 and one of 0.998, 0.9995" in " ".join(section(KEEP, "By mean").split())


RULED: KeyResult = a_key_result(INPUT, kind=Keep(low=0.999, by="mean"))


@pytest.mark.parametrize(
    ("kind", "current", "progress", "pace"),
    [
        (Keep(low=10, tolerance=2), 8, 0, "behind"),
        (Keep(low=10), 9.999, 0, "off_track"),
        (Keep(low=10, strict_low=True), 10, 0, "off_track"),
        (Keep(low=10, strict_low=True, tolerance=2), 10, 1, "behind"),
    ],
)
def test_the_edges_of_a_band_are_as_the_page_says(
    kind: Keep, current: float, progress: float, pace: str
) -> None:
    state = state_of(a_key_result(INPUT, kind=kind), value=good(current))

    assert (state.progress, state.pace) == (progress, pace)


def test_what_is_observed_has_a_value_and_nothing_else() -> None:
    stars = a_key_result(an_input("stars"), subject="product/a/stars", kind=Observe())
    half = a_key_result(an_input("half"), subject="product/a/half")
    mappings: Mappings = mappings_of(stars, half)
    readings = {a_query_key("stars"): good(96), a_query_key("half"): good(50)}

    after = evaluate(mappings, readings, {}, now=HALFWAY, calendar=CALENDAR)

    found = []
    for state in after.values():
        if isinstance(state, KeyResultState):
            pace = f"`{state.pace}`" if state.pace else "null"
            progress = "null" if state.progress is None else f"{state.progress:g}"
            found.append([f"{state.current:g}", progress, pace])
        else:
            assert isinstance(state, ObjectiveState)
            found.append(["", f"{state.progress}, known {state.known} of {state.of}", ""])
    assert [row[1:] for row in example(OBSERVE)] == found
