from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from syncd.mappings.lint import Rulebook
from syncd.settings import Loaded, load_settings
from tests.plugins import PLUGINS


def load(folder: Path, findings: str) -> Loaded:
    file = folder / "syncd.yaml"
    file.write_text(f"organisation: acme\ntimezone: UTC\n{findings}\n")
    return load_settings(file, PLUGINS, environ={})


def rulebook(folder: Path, findings: str) -> Rulebook:
    loaded = load(folder, findings)
    assert loaded.settings is not None, [str(finding) for finding in loaded.findings]
    return loaded.settings.findings


@pytest.mark.parametrize("nothing", ["", "findings:", "findings: {}"])
def test_a_file_that_says_nothing_means_what_is_usual(tmp_path: Path, nothing: str) -> None:
    assert rulebook(tmp_path, nothing) == Rulebook()


def test_each_finding_is_an_error_a_warning_or_off(tmp_path: Path) -> None:
    said = rulebook(tmp_path, "findings: {orphan: error, unmoved: warning, no_check_in: off, circle: error}")

    assert said.settings == {"orphan": "error", "unmoved": "warning", "no_check_in": "off"}


def test_limits_stand_beside_the_codes(tmp_path: Path) -> None:
    said = rulebook(
        tmp_path,
        "findings: {unmoved_after: 6w, no_check_in_after: 7d, objectives_per: {organisation: 5, team: 2}}",
    )

    assert (said.unmoved_after, said.no_check_in_after) == (timedelta(weeks=6), timedelta(days=7))
    assert said.objectives_per == {"organisation": 5, "team": 2}


def test_a_limit_alone_switches_its_rule_on(tmp_path: Path) -> None:
    said = rulebook(tmp_path, "findings: {objectives_per: {individual: 3}}")

    assert said.settings == {"too_many_objectives": "warning"}


def test_a_limit_leaves_the_severity_to_those_who_wrote_one(tmp_path: Path) -> None:
    said = rulebook(tmp_path, "findings: {too_many_objectives: off, objectives_per: {individual: 3}}")

    assert said.settings == {"too_many_objectives": "off"}


def test_a_severity_alone_means_one_objective_per_team(tmp_path: Path) -> None:
    said = rulebook(tmp_path, "findings: {too_many_objectives: error}")

    assert said.objectives_per == {"team": 1}


def test_an_unknown_code_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    (finding,) = load(tmp_path, "findings: {suports_nothing: error}").findings

    assert (finding.code, finding.hint) == ("unknown_key", "did you mean 'supports_nothing'?")
