"""`syncd init` and `syncd check`: files that are right, and what is said about those that are not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from syncd.cli.starter import quarter
from tests.installations import JIRA_TOKEN, Site


def test_what_init_writes_is_good_as_it_stands(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = site.folder / "new"
    folder.mkdir()
    monkeypatch.delenv("GITHUB_TOKEN")

    written = site.run("init", str(folder))
    monkeypatch.chdir(folder)
    checked = site.run_alone("check", "--without-secrets", "--config", "syncd.yaml")

    assert written.code == 0
    assert sorted(path.name for path in folder.rglob("*.yaml")) == ["product.yaml", "syncd.yaml"]
    assert checked.code == 0, checked
    assert "good: 1 objective, 3 key results" in checked.out


def test_init_overwrites_nothing(site: Site) -> None:
    before = (site.folder / "syncd.yaml").read_text()

    ran = site.run("init", str(site.folder))

    assert ran.code == 1
    assert "already there" in ran.err
    assert (site.folder / "syncd.yaml").read_text() == before


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 11, 22), date(2026, 10, 1), date(2026, 12, 31)),
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (date(2028, 5, 31), date(2028, 4, 1), date(2028, 6, 30)),
        (date(2026, 9, 30), date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_the_first_cycle_is_the_quarter_of_today(day: date, first: date, last: date) -> None:
    assert quarter(day) == (first, last)


def test_good_files_exit_0_and_count_what_they_define(site: Site) -> None:
    ran = site.run("check", "--json")

    assert ran.code == 0
    assert {key: ran.json[key] for key in ("connections", "key_results", "objectives")} == {
        "connections": [],
        "key_results": 4,
        "objectives": 2,
    }
    # What is legal and a person should look at does not make files wrong.
    assert {found["severity"] for found in ran.json["findings"]} == {"warning"}


def test_a_missing_variable_is_named_at_its_line_and_no_other_is_printed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")

    ran = site.run("check", "--json")

    (finding,) = ran.json["findings"]
    lines = (site.folder / "syncd.yaml").read_text().splitlines()
    (line,) = [number for number, text in enumerate(lines, 1) if "GITHUB" in text]
    assert ran.code == 1
    assert finding["code"] == "missing_variable"
    assert "GITHUB_TOKEN" in finding["message"]
    assert finding["line"] == line
    assert JIRA_TOKEN not in ran.out + ran.err


def test_without_secrets_nobody_looks_for_them(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JIRA_TOKEN", "GITHUB_TOKEN", "OKR_STORE_SECRET"):
        monkeypatch.delenv(name)

    assert site.run("check", "--without-secrets").code == 0


def test_every_mistake_is_a_finding_with_its_place_and_a_way_out(site: Site) -> None:
    path = site.write(
        "cycle: 2026-Q4\nteam: people\nobjectives:\n  a:\n    titel: A\n    key_results: {}\n", "bad.yaml"
    )

    ran = site.run("check", "--json")

    finding = next(f for f in ran.json["findings"] if f["code"] == "unknown_key")
    assert ran.code == 1
    assert finding.keys() == {"code", "severity", "message", "path", "line", "column", "hint"}
    assert (finding["severity"], finding["line"], finding["column"]) == ("error", 5, 5)
    assert "title" in finding["hint"]
    assert f"{path.name}:5:5" in site.run("check").out


def test_a_missing_syncd_yaml_is_said_and_exits_1(site: Site) -> None:
    (site.folder / "syncd.yaml").unlink()

    ran = site.run("check")

    assert ran.code == 1
    assert "syncd.yaml" in ran.out + ran.err


def test_live_says_who_we_are_to_each_source(site: Site) -> None:
    ran = site.run("check", "--live", "--json")

    who = {row["connection"]: row["who"] for row in ran.json["connections"]}
    assert ran.code == 0
    assert set(who) == {"tracker", "code", "usage"}
    assert "bot@acme.com" in who["tracker"]
    assert "syncd-bot" in who["code"]
    assert "iam.gserviceaccount.com" in who["usage"]


def test_live_names_the_connection_that_does_not_let_us_in(site: Site) -> None:
    site.sources.github.world["token"] = "another"

    ran = site.run("check", "--live", "--json")

    rows = {row["connection"]: row for row in ran.json["connections"]}
    assert ran.code == 1
    assert rows["code"]["who"] is None
    assert rows["code"]["error"]["code"] == "unauthorized"
    assert rows["code"]["error"]["actor"] == "operator"
    assert rows["tracker"]["error"] is rows["usage"]["error"] is None


def test_without_live_no_source_is_asked(site: Site) -> None:
    site.run("check")

    assert not site.sources.jira.exchanges
    assert not site.sources.github.exchanges
    assert not site.sources.sheets.exchanges


def test_the_starting_program_ends_with_the_code_of_the_command(site: Site) -> None:
    site.write("cycle: 2026-Q4\nteam: product\nobjectives: {}\nsurplus: 1\n", "bad.yaml")

    ran = site.run_alone("check")

    assert ran.code == 1
    assert "surplus" in ran.out


def test_the_files_may_lie_elsewhere(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.folder / "mappings").rename(site.folder / "okrs")
    site.settings["mappings"] = "okrs"
    site.write_settings()

    ran = site.run("check", "--json")

    assert (ran.code, ran.json["key_results"]) == (0, 4)
