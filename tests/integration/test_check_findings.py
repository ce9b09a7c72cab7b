"""`syncd check` over files and a store: which findings, and what they do to the verdict."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pytest

from syncd.bootstrap import install
from syncd.cli import run
from syncd.commands.checking import Checked, check
from syncd.demo import site
from syncd.okr.definition import Subject
from syncd.okr.state import KeyResultState
from syncd.store.history import CheckIn
from syncd.store.store import Store
from syncd.views.findings import finding_row
from tests.builders import utc
from tests.states import a_state

NOW = utc("2026-11-22T09:00")
SYNCD = """\
organisation: acme
timezone: Europe/Berlin
cycles:
  2026-Q4: {from: 2026-10-01, to: 2026-12-31}
  ever: {from: 2026-10-01, to: 2199-12-31}
connections: {code: {connector: github, token: "${TOKEN}"}}
"""
MAPPING = """\
cycle: 2026-Q4
organisation: true
owner: lena
objectives:
  care:
    title: Care
    key_results:
      stars: {title: Stars, start: 0, target: 20, measure: {from: code, stars: acme/app}}
      releases: {title: Releases, start: 0, target: 20, measure: {from: code, releases: {repo: acme/app}}}
      talks: {title: Talks, start: 0, target: 20}
  more:
    title: More
"""
SUPPORTER = """\
cycle: 2026-Q4
team: people
owner: lena
objectives:
  care: {title: Care, supports: [company/care]}
"""
ENVIRONMENT = {"TOKEN": "t0ken"}
STARS, RELEASES, TALKS = (
    Subject("2026-Q4", f"company/care/{name}") for name in ("stars", "releases", "talks")
)


class Folder:
    """An installation in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("")
        (path / "mappings").mkdir()
        (path / "mappings" / "company.yaml").write_text(MAPPING)
        (path / "mappings" / "people.yaml").write_text(SUPPORTER)

    def write(self, more: str) -> None:
        (self.path / "syncd.yaml").write_text(SYNCD + more)

    def check(self, *, with_secrets: bool = True) -> Checked:
        return check(
            self.path / "syncd.yaml", environ=ENVIRONMENT, with_secrets=with_secrets, clock=lambda: NOW
        )

    def told(self) -> list[tuple[str, str]]:
        return [(found.code, f"{found.path}:{found.line}:{found.column}") for found in self.check().findings]

    def state(self, subject: Subject, **changes: object) -> KeyResultState:
        """As a sync would have left it, from 0 to 20."""
        files, loaded = install(self.path / "syncd.yaml", environ=ENVIRONMENT).load_files()
        assert loaded.mappings is not None, files
        digest = loaded.mappings.key_results[subject].measure_digest
        return a_state(subject.id, **{"start": 0.0, "target": 20.0, "measure_digest": digest, **changes})

    async def record(self, states: Iterable[KeyResultState], check_ins: Iterable[CheckIn]) -> None:
        url = f"sqlite:///{self.path}/syncd.db"
        async with await Store.open(url, now=NOW) as store, store.transaction() as tx:
            await tx.states.save(states, at=NOW, sync_id=None)
            await tx.history.add(check_ins)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def a_check_in(subject: Subject, at: datetime, current: float, **changes: object) -> CheckIn:
    return CheckIn(subject=subject, at=at, current=current, progress=min(current / 20, 1.0), **changes)  # type: ignore[arg-type]  # fields of CheckIn


def test_without_a_store_the_files_alone_are_judged_and_no_store_is_made(folder: Folder) -> None:
    assert folder.told() == []
    assert not (folder.path / "syncd.db").exists()


async def _record_trouble(folder: Folder) -> None:
    """Stars were met at once, releases have stood still since October, nobody spoke of the talks."""
    begin = utc("2026-10-02T09:00")
    await folder.record(
        [
            folder.state(STARS, current=25.0, progress=1.0, last_good_at=NOW),
            folder.state(RELEASES, current=4.0, progress=0.2, last_good_at=NOW),
            folder.state(TALKS, current=3.0, progress=0.15, origin="person"),
        ],
        [
            a_check_in(STARS, begin, 25.0),
            a_check_in(RELEASES, begin, 4.0),
            a_check_in(TALKS, begin, 3.0, origin="person", author="lena"),
        ],
    )


TROUBLE = [
    ("met_at_start", "mappings/company.yaml:8:7"),
    ("unmoved", "mappings/company.yaml:9:7"),
    ("no_check_in", "mappings/company.yaml:10:7"),
]


class TestWithAStore:
    @pytest.fixture(autouse=True)
    async def _recorded(self, folder: Folder) -> None:
        await _record_trouble(folder)

    def test_what_was_recorded_is_judged_too(self, folder: Folder) -> None:
        assert folder.told() == TROUBLE

    def test_warnings_leave_the_verdict_good(self, folder: Folder) -> None:
        assert folder.check().is_good

    def test_an_installation_can_make_them_errors(self, folder: Folder) -> None:
        folder.write("findings: {unmoved: error, met_at_start: off}\n")

        checked = folder.check()

        assert not checked.is_good
        assert [(found.code, found.severity) for found in checked.findings] == [
            ("unmoved", "error"),
            ("no_check_in", "warning"),
        ]

    def test_limits_of_the_file_are_kept(self, folder: Folder) -> None:
        folder.write("findings: {unmoved_after: 60d, no_check_in_after: 60d}\n")

        assert folder.told() == TROUBLE[:1]

    def test_without_secrets_nothing_beside_the_files_is_looked_at(self, folder: Folder) -> None:
        assert folder.check(with_secrets=False).findings == ()

    def test_a_store_that_cannot_be_read_is_a_warning_of_its_own(self, folder: Folder) -> None:
        with sqlite3.connect(folder.path / "syncd.db") as database:
            database.execute("DROP TABLE check_ins")

        checked = folder.check()

        assert [(found.code, found.severity) for found in checked.findings] == [("store_unread", "warning")]

    def test_looking_changes_nothing(self, folder: Folder) -> None:
        before = (folder.path / "syncd.db").read_bytes()

        folder.check()

        assert (folder.path / "syncd.db").read_bytes() == before


@pytest.mark.parametrize(("setting", "code"), [("error", 1), ("warning", 0), ("off", 0)])
def test_only_errors_make_the_command_fail(
    folder: Folder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    code: int,
) -> None:
    monkeypatch.setenv("TOKEN", "t0ken")
    folder.write(f"findings: {{supports_nothing: {setting}}}\n")
    (folder.path / "mappings" / "product.yaml").write_text(
        "cycle: ever\nteam: product\nowner: anna\nobjectives:\n  growth: {title: Growth}\n"
    )

    exit_code = run(["check", "--config", str(folder.path / "syncd.yaml"), "--json"])

    told = [(row["code"], row["severity"]) for row in json.loads(capsys.readouterr().out)["findings"]]
    assert told == [("supports_nothing", setting)] * (setting != "off")
    assert exit_code == code


def test_a_finding_says_all_of_itself_in_json(folder: Folder) -> None:
    folder.write("findings: {orphan: error}\n")
    path = folder.path / "mappings" / "company.yaml"
    path.write_text(path.read_text().partition("  more:")[0])
    (folder.path / "mappings" / "people.yaml").unlink()

    rows = [finding_row(found) for found in folder.check().findings]

    assert rows[0] == {
        "code": "orphan",
        "severity": "error",
        "message": "nobody's objective supports 'company/care/stars' or its objective",
        "path": "mappings/company.yaml",
        "line": 8,
        "column": 7,
        "hint": "let an objective support it, or ask whether the organisation still wants it",
    }


def test_the_example_organisation_counts_tickets_here_and_there(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:1"
    addresses = site.Addresses(jira=nowhere, github=nowhere, google_sheets=nowhere, consumer=nowhere)
    site.write_sources(tmp_path, secrets=site.Secrets.make(), now=NOW)
    path = site.write(tmp_path, addresses=addresses, today=date(2026, 11, 22), refresh="1m")

    checked = check(path, environ={}, clock=lambda: NOW)

    assert [(found.code, found.message.split("'")[1]) for found in checked.findings] == [
        ("only_tickets", "jonas/calmer-builds/finished"),
        ("only_tickets", "people/hire-well/candidates"),
        ("only_tickets", "platform/fast-and-steady/open-bugs"),
        ("only_tickets", "product/learn-from-users/reported-issues"),
    ]
    assert checked.is_good
