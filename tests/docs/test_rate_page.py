"""The numbers of the page on rates are what syncd computes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.okr.evaluate import evaluate
from syncd.okr.kinds import Rate
from syncd.okr.names import QueryKey
from syncd.okr.period import periods_of
from syncd.okr.state import KeyResultState
from tests.builders import CALENDAR, CYCLE, a_key_result, an_input, good, mappings_of, utc
from tests.guides import page, rows, section

PAGE = page("docs/kinds/rate.md")
NOON = utc("2026-11-04T11:00")  # in Berlin
TABLES = rows(section(PAGE, "A worked example"))
WEEKS = [row for row in TABLES if row[0].startswith("2026-")]
SUMS = {row[0]: row[1:] for row in TABLES if row not in WEEKS}


def computed(*, carry_over: bool) -> KeyResultState:
    key_result = a_key_result(
        replace(an_input(), per_period=True), kind=Rate(need=10, every="week", carry_over=carry_over)
    )
    readings = {
        QueryKey("tracker", "value", week): good(float(amount), at=NOON) for week, amount, *_ in WEEKS
    }
    after = evaluate(mappings_of(key_result), readings, {}, now=NOON, calendar=CALENDAR)
    state = after[key_result.subject]
    assert isinstance(state, KeyResultState)
    return state


def test_each_week_needs_and_counts_what_the_page_says() -> None:
    periods = periods_of(CYCLE, "week")

    needs = [(period.label, float(period.need(10))) for period in periods[: len(WEEKS)]]

    assert [(week, float(need)) for week, _, need, _ in WEEKS] == needs
    assert [float(counts) for *_, counts in WEEKS] == [min(float(a), float(need)) for _, a, need, _ in WEEKS]


@pytest.mark.parametrize("carry_over", [False, True])
def test_the_sums_are_the_ones_of_the_page(carry_over: bool) -> None:
    state = computed(carry_over=carry_over)

    told = {name: values[int(carry_over)] for name, values in SUMS.items()}
    assert state.details is not None
    rate = state.details["rate"]
    assert float(told["counted"]) == rate["counted"]
    assert float(told["needed"]) == rate["needed"]
    assert float(told["progress"]) == state.progress
    assert told["met, of closed"] == f"{rate['met']} of {rate['closed']}"
    assert told["pace"] == state.pace


def test_every_field_of_the_details_is_on_the_page() -> None:
    state = computed(carry_over=False)

    assert state.details is not None
    fields = section(PAGE, "In `--json` and in events")
    assert [name for name in state.details["rate"] if f"`{name}`" not in fields] == []
