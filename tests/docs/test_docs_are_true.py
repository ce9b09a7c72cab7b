"""What the guides print holds: links, commands, examples, worked numbers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from syncd.bootstrap import install, plugins
from syncd.delivery.schedule import ATTEMPTS, WAITS
from syncd.mappings.load import load_mappings
from syncd.mappings.schema import mapping_schema
from syncd.okr.definition import Calendar, Keep
from syncd.okr.event_schema import SCHEMAS
from syncd.okr.pace import keep_pace, reach_pace
from syncd.okr.progress import band_progress, clamp, progress
from syncd.okr.rollup import Part, roll_up
from syncd.okr.trend import Point, landing
from syncd.settings import load_settings
from syncd.webhooks.sign import Secret, signed_headers
from tests.guides import PAGES, ROOT, anchors, blocks, commands, links, page, program, rows, section

ENVIRONMENT = {"JIRA_TOKEN": "t", "GITHUB_TOKEN": "t"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in links(path.read_text()):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text()), link


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_line_exists(path: Path) -> None:
    there = program()

    for name, options in commands(path.read_text()):
        assert name in there, f"syncd {name}"
        known = {word for parameter in there[name].params for word in parameter.opts}
        assert set(options) <= known | {"--help"}, f"syncd {name} {' '.join(options)}"


def test_the_readme_shows_many_commands() -> None:
    shown = {name for name, _ in commands(page("README.md"))}

    assert {"init", "check", "plan", "apply", "sync", "serve", "explain"} <= shown


def test_the_readme_counts_the_example_organisation() -> None:
    settings = complete_settings()
    texts = {path.name: path.read_text() for path in (ROOT / "mappings").glob("*.yaml")}
    staff = settings.replace(
        "  code:", "  staff: {connector: google_sheets, credentials: k, spreadsheet: s}\n  code:"
    )
    helped = staff.replace(
        "  code:", '  helpdesk: {connector: jira, url: https://h.acme.com, token: "${X}"}\n  code:'
    )

    loaded = load(helped.replace("    teams: [product]\n", ""), texts)

    assert loaded.mappings is not None, loaded.findings
    assert f"{len(loaded.mappings.key_results)} key results" in page("README.md")


def test_the_readmes_mapping_loads_under_the_admin_guides_syncd_yaml() -> None:
    (mapping,) = blocks(page("README.md"), "yaml")

    loaded = load(complete_settings(), {"mappings/product.yaml": mapping})

    assert loaded.findings == ()
    assert loaded.mappings is not None
    assert len(loaded.mappings.key_results) == 2


@pytest.mark.parametrize("number", range(len(blocks(page("docs/queries.md"), "yaml"))))
def test_every_example_of_a_query_loads(number: int) -> None:
    written = blocks(page("docs/queries.md"), "yaml")[number]
    indented = "".join(f"  {line}\n" for line in written.splitlines())

    loaded = load(
        complete_settings(), {"a.yaml": f"cycle: 2026-Q4\nteam: product\nmeasures:\n{indented}objectives:\n"}
    )

    assert loaded.findings == ()
    assert loaded.mappings is not None


def complete_settings() -> str:
    return blocks(section(page("docs/admin.md"), "syncd.yaml"), "yaml")[0]


def load(settings: str, files: dict[str, str]) -> Any:  # Any: syncd.mappings.load.Loaded
    read = load_settings(write(settings), plugins(), environ=ENVIRONMENT)
    assert read.findings == ()
    assert read.settings is not None
    return load_mappings(files, context=read.settings.context(ENVIRONMENT), plugins=plugins())


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(settings: str) -> Path:
    path = Path("syncd.yaml")
    path.write_text(settings)
    return path


def test_init_writes_what_the_readme_says() -> None:
    from syncd.cli.starter import write_starter  # noqa: PLC0415  # only here

    write_starter(Path("okrs"), today=datetime(2026, 11, 2, tzinfo=UTC).date())

    loaded = install(Path("okrs/syncd.yaml"), environ={}).load_files()[1]
    assert loaded.mappings is not None, loaded.findings


def test_the_schema_for_editors_is_the_codes() -> None:
    written = json.loads(page("mappings/schema.json"))

    assert written == mapping_schema(plugins()), "run: syncd schema > mappings/schema.json"


def test_the_consumers_code_verifies_and_applies_what_is_newer() -> None:
    code: dict[str, Any] = {}
    for block in blocks(page("docs/consumer.md"), "python runnable"):
        exec(compile(block, "docs/consumer.md", "exec"), code)  # the guide's own code
    (example,) = blocks(page("docs/consumer.md"), "json")
    body = example.encode()
    headers = signed_headers(
        [Secret.parse(code["SECRET"])], webhook_id="msg_1", at=datetime.now(UTC), body=body
    )

    event = code["verified"](body, headers)

    assert event == json.loads(example)
    assert code["verified"](body.replace(b"0.75", b"0.76"), headers) is None
    assert [code["is_news"](event), code["is_news"](event)] == [True, False]
    assert code["is_news"]({**event, "source": {"instance": "acme", "epoch": 9_999_999_999}})
    assert {path.name for path in Path().glob("*.schema.json")} == {f"{n}.schema.json" for n in SCHEMAS}


def test_the_consumers_example_is_as_its_schema_says() -> None:
    (example,) = blocks(page("docs/consumer.md"), "json")
    event = json.loads(example)

    jsonschema.validate(event, SCHEMAS[event["type"]])


def test_the_schedule_of_retries_is_the_codes() -> None:
    told = section(page("docs/consumer.md"), "Retries").splitlines()
    waits = next(line for line in told if line.startswith("| wait")).strip("|").split("|")[1:]

    assert [wait.strip() for wait in waits] == ["at once", *map(in_words, WAITS)]
    assert len(waits) == ATTEMPTS
    assert round(sum(wait.total_seconds() for wait in WAITS) / 3600) == 76


def in_words(wait: Any) -> str:  # Any: timedelta
    seconds = int(wait.total_seconds())
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


TEAM = page("docs/team.md")


def worked(name: str) -> list[list[str]]:
    """The rows of a worked table, without backticks."""
    table = TEAM.partition(f"<!-- checked: {name} -->")[2].lstrip().partition("\n\n")[0]
    found = [[cell.strip("`") for cell in cells] for cells in rows(table)]
    assert found, name
    return found


def percent(text: str) -> float:
    return float(re.sub(r" ?%", "", text)) / 100


def test_worked_progress() -> None:
    for start, target, current, told, unclamped in worked("progress"):
        found = progress(start=float(start), target=float(target), current=float(current))
        assert found == pytest.approx(float(unclamped))
        assert clamp(found) == pytest.approx(percent(told))


def test_worked_bands() -> None:
    band = Keep(high=10.0, tolerance=10.0)

    for current, told, pace in worked("keep"):
        assert band_progress(band, current=float(current)) == pytest.approx(percent(told))
        assert keep_pace(band, current=float(current), expected=0.5) == pace


def test_worked_forecasts() -> None:
    for values, *told in worked("forecast"):
        points = [Point(day, float(value)) for day, value in enumerate(values.split(","), start=2)]
        assert landing(points, day=30) == pytest.approx([float(it) for it in told], abs=0.005)


def test_worked_pace() -> None:
    calendar = Calendar(zone=None)  # type: ignore[arg-type]  # thresholds only: no time is told here

    for told, expected, ratio, pace in worked("pace"):
        assert percent(told) / percent(expected) == pytest.approx(float(ratio))
        assert reach_pace(percent(told), expected=percent(expected), calendar=calendar) == pace


def test_worked_roll_up() -> None:
    for parts, told, known in worked("rollup"):
        found = roll_up([part(text) for text in parts.split(", ")])
        assert found.progress == pytest.approx(percent(told), abs=0.0005)
        assert f"{found.known} of {found.of}" == known


def part(text: str) -> Part:
    value, weight = re.fullmatch(r"(.+) \((\d+)\)", text).groups()  # type: ignore[union-attr]  # the guide's own form
    return Part(None if value == "no value" else percent(value), float(weight))
