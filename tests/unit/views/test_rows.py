from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from syncd.okr.definition import Keep, Kind, Reach
from syncd.okr.evaluate import evaluate
from syncd.okr.state import KeyResultState, State
from syncd.sync.preview import Change, Preview
from syncd.views.explain import band_row
from syncd.views.plan import plan_exit_code, plan_rows
from syncd.views.rows import moment, rows
from tests.builders import (
    CALENDAR,
    HALFWAY,
    UNAVAILABLE,
    a_key_result,
    a_query_key,
    an_input,
    good,
    mappings_of,
    utc,
)

MAPPINGS = mappings_of(a_key_result(an_input()))
STATES = evaluate(MAPPINGS, {a_query_key("value"): good(25)}, {}, now=HALFWAY, calendar=CALENDAR)
STATE = next(state for state in STATES.values() if isinstance(state, KeyResultState))


def preview(*changes: Change, removed: bool = False) -> Preview:
    return Preview(changes=changes, removed=(STATE.subject,) if removed else (), asked=())


def change(after: State, before: State | None) -> Change:
    return Change(after=after, before=before, recorded=None)


def test_rows_are_sorted_and_split_by_what_they_are() -> None:
    found = rows(STATES)

    assert [row["id"] for row in found["key_results"]] == ["product/faster/cycle-time"]
    assert [row["id"] for row in found["objectives"]] == ["product/faster"]
    assert found["objectives"][0]["progress"] == found["key_results"][0]["progress"] == 0.25


def test_times_are_in_utc_whatever_they_came_in() -> None:
    at = utc("2026-11-20T12:00").astimezone(timezone(timedelta(hours=5)))

    assert moment(at) == "2026-11-20T12:00:00Z"
    assert moment(None) is None


@pytest.mark.parametrize(
    ("changes", "removed", "code"),
    [
        ([change(STATE, STATE)], False, 0),
        ([change(STATE, None)], False, 2),
        ([change(replace(STATE, target=50.0), STATE)], False, 2),
        ([change(STATE, STATE)], True, 2),
        ([change(replace(STATE, error=UNAVAILABLE), None)], False, 1),
        ([change(replace(STATE, error=UNAVAILABLE), replace(STATE, error=UNAVAILABLE))], False, 0),
        ([], False, 0),
    ],
    ids=[
        "nothing differs",
        "one is new",
        "one differs",
        "one is removed",
        "a new one could not be evaluated",
        "one failed under both",
        "no mapping at all",
    ],
)
def test_the_exit_code_of_a_plan(changes: list[Change], removed: bool, code: int) -> None:
    assert plan_exit_code(plan_rows(preview(*changes, removed=removed))) == code


def test_what_people_do_not_see_is_no_change() -> None:
    (row,) = plan_rows(preview(change(replace(STATE, line=99, digest="other"), STATE)))["key_results"]

    assert not row["changed"]


@pytest.mark.parametrize(
    ("kind", "band"),
    [
        (Keep(low=0.999, tolerance=0.001), {"at_least": 0.999, "tolerance": 0.001, "by": "latest"}),
        (Keep(high=3, strict_high=True, by="worst"), {"below": 3, "tolerance": None, "by": "worst"}),
        (
            Keep(low=1, strict_low=True, high=2, by="mean"),
            {"above": 1, "at_most": 2, "tolerance": None, "by": "mean"},
        ),
        (Reach(start=0, target=1), None),
    ],
)
def test_a_band_is_shown_in_the_words_of_its_mapping(kind: Kind, band: dict[str, float] | None) -> None:
    assert band_row(kind) == band
