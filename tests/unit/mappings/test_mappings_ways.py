"""Starts, changes, targets, bands over time and smoothing, as mappings write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.mappings.load import load_mappings
from syncd.okr.definition import KeyResult, Mappings, Phase, Smooth
from syncd.okr.kinds import Change, Keep, Reach
from tests.plugins import CONTEXT, PLUGINS

LONE = 'measure: {from: tracker, count: "project = P"}'


def load(body: str) -> Mappings:
    text = (
        "cycle: 2026-Q4\nteam: product\nobjectives:\n  growth:\n    title: Growth\n    key_results:\n"
        f"      number: {{title: Number, {body}, {LONE}}}\n"
    )
    loaded = load_mappings({"mappings/a.yaml": text}, context=CONTEXT, plugins=PLUGINS)
    assert loaded.mappings is not None, [str(finding) for finding in loaded.findings]
    return loaded.mappings


def the_key_result(body: str) -> KeyResult:
    (key_result,) = load(body).key_results.values()
    return key_result


def test_a_start_may_be_measured() -> None:
    assert the_key_result("start: measured, target: 5").kind == Reach(start=None, target=5)
    assert the_key_result("start: measured, change: -25%").kind == Change(amount=-0.25, is_relative=True)


@pytest.mark.parametrize(
    ("written", "amount", "is_relative"),
    [
        ("-25%", -0.25, True),
        ("+40%", 0.4, True),
        ("40%", 0.4, True),
        ("-12.5 %", -0.125, True),
        ('"+33.3%"', 0.333, True),
        ("-100%", -1.0, True),
        ("+20", 20.0, False),
        ("20", 20.0, False),
        ("-0.5", -0.5, False),
        ("+1e3", 1000.0, False),
    ],
)
def test_a_percentage_is_a_share_and_a_number_is_an_amount(
    written: str, amount: float, is_relative: bool
) -> None:
    kind = the_key_result(f"start: 40, change: {written}").kind

    assert kind == Change(amount=amount, is_relative=is_relative, start=40)


@given(st.integers(-99_999, 99_999).filter(bool))
def test_a_percentage_is_the_float_nearest_to_what_is_written(hundredths: int) -> None:
    whole, rest = divmod(abs(hundredths), 100)
    sign = "-" if hundredths < 0 else "+"

    kind = the_key_result(f"start: 40, change: {sign}{whole}.{rest:02}%").kind

    assert isinstance(kind, Change)
    assert kind.amount == float(f"{hundredths}e-4")


def test_a_start_and_a_target_may_be_queries_that_are_asked_too() -> None:
    mappings = load("start: {from: usage, cell: Q3!B7, min_value: 1}, target: {from: usage, cell: Q4!B7}")
    (key_result,) = mappings.key_results.values()

    kind = key_result.kind

    assert isinstance(kind, Reach)
    assert (kind.start, kind.target) == (None, None)
    assert kind.start_from is not None
    assert kind.target_from is not None
    assert (kind.start_from.min_value, kind.target_from.min_value) == (1, None)
    assert mappings.queries.keys() == {
        kind.start_from.query,
        kind.target_from.query,
        *(used.query for used in key_result.inputs),
    }


def test_the_ends_are_no_part_of_the_measure() -> None:
    one = the_key_result("start: {from: usage, cell: Q3!B7}, target: 9")
    other = the_key_result("start: {from: usage, cell: Q2!B7}, target: 9")

    assert one.measure_digest == other.measure_digest
    assert [used.name for used in one.inputs] == ["value"]


def test_a_change_may_have_its_start_from_a_query() -> None:
    kind = the_key_result("start: {from: usage, cell: Q3!B7}, change: +40%").kind

    assert isinstance(kind, Change)
    assert kind.start is None
    assert kind.start_from is not None
    assert kind.start_from.query.connection == "usage"


def test_a_duration_may_be_the_start_of_days() -> None:
    body = 'start: {from: tracker, duration: {jql: "project = P", from: created, to: resolved}}'

    assert isinstance(the_key_result(f"{body}, target: 3, unit: days").kind, Reach)


@pytest.mark.parametrize("by", ["latest", "mean", "worst"])
def test_a_band_is_held_against_the_latest_the_mean_or_the_worst(by: str) -> None:
    kind = the_key_result(f"keep: {{at_least: 1, by: {by}}}").kind

    assert isinstance(kind, Keep)
    assert kind.by == by


def test_phases_are_read_in_the_order_of_their_days() -> None:
    key_result = the_key_result("start: 0, target: 60, targets: {2026-10-31: 20, 2026-11-30: 35}")

    assert key_result.phases == (
        Phase(day=date(2026, 10, 31), value=20),
        Phase(day=date(2026, 11, 30), value=35),
    )


@pytest.mark.parametrize("day", ["2026-10-01", "2026-12-30"])
def test_all_days_of_the_cycle_but_the_last_may_have_a_target(day: str) -> None:
    assert len(the_key_result(f"start: 0, target: 60, targets: {{{day}: 20}}").phases) == 1


@pytest.mark.parametrize(
    ("written", "smooth"),
    [
        ("mean: 28d, min_points: 10", Smooth(days=28, min_points=10)),
        ("mean: 28d, min_points: 28", Smooth(days=28, min_points=28)),
        ("mean: 2w", Smooth(days=14)),
        ("mean: 24h", Smooth(days=1)),
        ("mean: 92d", Smooth(days=92)),
    ],
)
def test_a_mean_is_over_whole_days(written: str, smooth: Smooth) -> None:
    assert the_key_result(f"start: 0, target: 60, smooth: {{{written}}}").smooth == smooth


@pytest.mark.parametrize("empty", ["targets: null", "smooth: ", "targets: {}"])
def test_what_was_commented_out_is_not_there(empty: str) -> None:
    key_result = the_key_result(f"start: 0, target: 60, {empty}")

    assert (key_result.phases, key_result.smooth) == ((), None)
