"""What syncd shows of the example organisation at one moment is what exact fractions give."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from syncd.bootstrap import Installation, install
from syncd.commands.explain import explain, recorded_states
from syncd.commands.sync import sync_once
from syncd.demo import site
from syncd.views.rows import rows as state_rows
from tests.examples import MOMENT, a_folder
from tests.guides import page, rows, section
from tests.installations import Sources

NUMBERS = ("start", "target", "current", "progress_unclamped", "progress")

Row = dict[str, Any]  # Any: JSON


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory, running: Sources) -> Iterator[Installation]:
    """The example organisation, read once from its frozen world."""
    folder = tmp_path_factory.mktemp("figures")
    urls = running.urls
    addresses = site.Addresses(
        jira=urls["jira"], github=urls["github"], google_sheets=urls["sheets"], consumer=urls["consumer"]
    )
    path = a_folder(folder, addresses=addresses)
    without_endpoints = {**yaml.safe_load(path.read_text()), "endpoints": {}}  # its clock is not theirs
    path.write_text(yaml.safe_dump(without_endpoints))
    tokens = {name: site.secret_file(folder, name).read_text() for name in ("tracker", "code")}
    world = json.loads(page("docs/figures/world.json"))
    running.reset()
    running.jira.world = world["jira"] | {"token": tokens["tracker"]}
    running.github.world = world["github"] | {"token": tokens["code"]}
    running.sheets.world = world["google_sheets"]
    installation = install(path, clock=lambda: MOMENT)
    asyncio.run(sync_once(installation, from_files=True))
    yield installation
    running.reset()


@pytest.fixture(scope="module")
def status(example: Installation) -> dict[str, list[Row]]:
    """As `syncd status --json` prints it."""
    found: dict[str, list[Row]] = json.loads(json.dumps(state_rows(asyncio.run(recorded_states(example)))))
    return found


def test_every_digit_of_every_key_result_is_that_of_the_page(status: dict[str, list[Row]]) -> None:
    found = {
        row["id"]: (row["kind"], *(row[name] for name in NUMBERS), row["pace"])
        for row in status["key_results"]
    }

    expected = {
        cells[0].strip("`"): (cells[1], *map(number, cells[2:7]), None if cells[8] == "—" else cells[8])
        for cells in rows(section(page("docs/figures.md"), "Key results"))
    }

    assert len(expected) == 63
    assert found == expected


def test_every_digit_of_every_objective_is_that_of_the_page(status: dict[str, list[Row]]) -> None:
    found = {row["id"]: (row["progress"], f"{row['known']} of {row['of']}") for row in status["objectives"]}

    expected = {
        cells[0].strip("`"): (number(cells[1]), cells[2])
        for cells in rows(section(page("docs/figures.md"), "Objectives"))
    }

    assert found == expected


def test_explain_shows_the_same_digits(example: Installation, status: dict[str, list[Row]]) -> None:
    of_status = next(row for row in status["key_results"] if row["id"] == ADOPTION)

    explained = asyncio.run(explain(example, ADOPTION))

    assert {name: explained[name] for name in NUMBERS} == {name: of_status[name] for name in NUMBERS}
    assert [used["value"] for used in explained["inputs"]] == [4100, 12000]


def test_only_the_planted_failure_has_errors(status: dict[str, list[Row]]) -> None:
    failing = {row["id"] for row in status["key_results"] if row["error"]}

    assert failing == {"support/answers-that-help/open-questions", "support/answers-that-help/escalations"}


ADOPTION = "company/care-without-queues/assistant-adoption"


def number(cell: str) -> float | None:
    return None if cell == "—" else float(cell)
