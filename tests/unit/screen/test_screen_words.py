"""What the terminal says in words: no word may promise what is not so."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.errors import ConfigError
from syncd.screen.changes import movement, removals
from syncd.screen.details import detail_lines
from syncd.screen.endpoints import show_delivery_rows
from syncd.screen.explanation import belief, promise
from syncd.screen.numbers import note
from syncd.screen.terminal import show_error

Row = dict[str, Any]  # Any: JSON

READ, UNREAD = {"read_at": "2026-11-22T08:00:00Z"}, {"read_at": None}


def row(**changes: Any) -> Row:  # Any: JSON
    return {"freshness": None, "kind": "reach", "current": None, "via": None, **changes}


@pytest.mark.parametrize(
    ("facts", "inputs", "words"),
    [
        (row(freshness="late"), [READ], "late"),
        (row(), [], "set by hand"),
        (row(via="subsidiary"), [], "nothing to read"),
        (row(kind="milestones", current=1.0), [], "nothing to read"),
        (row(), [UNREAD], "never read"),
        (row(), [READ, UNREAD], "nothing recorded yet"),
        (row(kind="milestones", current=2.0), [READ], "nothing left to read"),
    ],
    ids=[
        "it has an age",
        "people say it",
        "another syncd tells it",
        "steps that are facts",
        "unread",
        "another cycle read it",
        "all latched",
    ],
)
def test_a_number_without_an_age_says_why(facts: Row, inputs: list[Row], words: str) -> None:
    assert belief(facts, inputs) == words


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"start": 0.2, "target": 0.75, "band": None, "kind": "reach"}, "0.2 → 0.75"),
        ({"start": None, "band": None, "kind": "observe"}, "observe"),
        (
            {"start": None, "band": {"at_most": 2.0, "tolerance": 3.0, "by": "worst"}, "kind": "keep"},
            "keep at_most 2, tolerance 3, by worst",
        ),
        (
            {
                "start": None,
                "band": {"above": 1.0, "below": 2.0, "tolerance": None, "by": "latest"},
                "kind": "keep",
            },
            "keep above 1, below 2, by latest",
        ),
    ],
)
def test_the_promise_stands_beside_the_number(facts: Row, words: str) -> None:
    assert promise(facts) == words


def test_what_is_removed_is_counted_as_what_it_is() -> None:
    key_result, objective = {"id": "product/growth/adoption"}, {"id": "product/growth"}

    assert removals([key_result]) == "1 key result"
    assert removals([objective, key_result, key_result]) == "1 objective and 2 key results"


@pytest.mark.parametrize(("recorded", "now", "words"), [(1.0, 2.0, "1 → 2"), (2.0, 2.0, ""), (None, 2.0, "")])
def test_a_number_that_was_never_recorded_has_not_moved(
    recorded: float | None, now: float, words: str
) -> None:
    assert movement({"before": {"current": now}, "recorded": {"current": recorded}}) == words


@pytest.mark.parametrize(
    ("amount", "is_relative", "words"),
    [
        (0.25, True, "change +25% of the start"),
        (-0.125, True, "change -12.5% of the start"),
        (20, False, "change +20 points"),
    ],
)
def test_a_change_is_said_as_people_write_it(amount: float, is_relative: bool, words: str) -> None:
    details = {"change": {"amount": amount, "is_relative": is_relative}}

    assert list(detail_lines(details, "points")) == [words]


def test_the_end_of_an_override_is_a_moment_and_not_the_day_of_somebody_elses_midnight() -> None:
    facts = row(
        freshness="fresh",
        error=None,
        origin="person",
        details={"override": {"until": "2026-11-30T00:00:00Z"}},
        mode="live",
        push=True,
    )

    assert "by hand until 2026-11-30T00:00Z" in note(facts).plain


@pytest.mark.parametrize(("other", "shown"), [("2026-Q4", "product/a "), ("2026-H2", "product/a@2026-Q4 ")])
def test_deliveries_of_several_cycles_name_theirs(
    other: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    delivery = {
        "id": 1,
        "endpoint": "okr-store",
        "type": "objective.progressed",
        "subject": "product/a",
        "sequence": 1,
        "state": "delivered",
        "reason": None,
        "attempts": 1,
        "queued_at": "2026-11-22T08:00:00Z",
        "tried": [],
    }

    show_delivery_rows([{**delivery, "cycle": cycle} for cycle in ("2026-Q4", other, None)])

    assert shown in capsys.readouterr().out


def test_an_error_behind_a_pipe_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    ids = ", ".join(f"product/objective-{n}/key-result" for n in range(20))

    show_error(ConfigError(f"the files no longer define {ids}", code="removal_not_allowed", hint=ids))

    assert len(capsys.readouterr().err.splitlines()) == 2
