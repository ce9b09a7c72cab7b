"""`syncd plan`: what the files would change, on the same measurements, and nothing written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.installations import CYCLE, Site, a_mapping, cell, key_result

KEY_RESULT = {
    "id", "cycle", "title", "tier", "team", "owner", "unit", "kind", "start", "target", "current", "progress",
    "progress_unclamped", "pace", "freshness", "error", "sequence", "as_of", "last_good_at", "details",
    "origin", "confidence", "mode", "shadow_since", "push", "via",
}  # fmt: skip
OBJECTIVE = {
    "id", "cycle", "title", "tier", "team", "owner", "supports", "progress", "known", "of", "sequence",
    "mode", "shadow_since", "push", "via", "rollup", "said",
}  # fmt: skip
OF_STATUS = {"forecast", "no_forecast"}
OF_NUMBERS = {"start_of_another_measure"}
OF_PLAN = {"changed", "before", "recorded", "moved_from"}


def files_of(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_before_there_is_a_store_everything_is_added_and_nothing_is_written(site: Site) -> None:
    before = files_of(site.folder)

    ran = site.run("plan", "--json")

    assert ran.code == 2
    assert files_of(site.folder) == before
    assert ran.json["removed"] == []
    for row in (*ran.json["key_results"], *ran.json["objectives"]):
        assert (row["changed"], row["before"], row["recorded"], row["moved_from"]) == (True, None, None, None)
    assert ran.key_results["adoption"]["current"] == 0.25
    assert ran.key_results["complaints"] | {"current": 0.0, "progress": 1.0} == ran.key_results["complaints"]
    assert site.consumer.events == []


def test_plan_and_status_print_exactly_the_promised_keys(site: Site) -> None:
    site.sync()

    planned, status = site.run("plan", "--json").json, site.run("status", "--json").json

    assert planned.keys() == {"key_results", "objectives", "removed"}
    assert status.keys() == {"key_results", "objectives"}
    for row in planned["key_results"]:
        assert row.keys() == KEY_RESULT | OF_PLAN | OF_NUMBERS
        assert row["before"].keys() == row["recorded"].keys() == KEY_RESULT
    for row in planned["objectives"]:
        assert row.keys() == OBJECTIVE | OF_PLAN
        assert row["before"].keys() == row["recorded"].keys() == OBJECTIVE
    assert all(row.keys() == KEY_RESULT | OF_STATUS for row in status["key_results"])
    assert all(row.keys() == OBJECTIVE for row in status["objectives"])


def test_nothing_differs_after_the_files_were_applied(site: Site) -> None:
    site.sync()

    ran = site.run("plan", "--json")

    assert ran.code == 0
    assert not any(row["changed"] for row in (*ran.json["key_results"], *ran.json["objectives"]))


def test_a_new_target_changes_its_row_and_its_objective_alone(site: Site) -> None:
    site.sync()
    mapping = a_mapping()
    mapping["objectives"]["quality"]["key_results"]["stories-done"]["target"] = 10
    site.write(mapping)

    ran = site.run("plan", "--json")

    assert ran.code == 2
    assert {name for name, row in ran.key_results.items() if row["changed"]} == {"stories-done"}
    assert {name for name, row in ran.objectives.items() if row["changed"]} == {"quality"}
    row = ran.key_results["stories-done"]
    assert (row["current"], row["target"], row["progress"]) == (5, 10, 0.5)
    assert (row["before"]["current"], row["before"]["target"]) == (5, 12)


def test_numbers_that_moved_are_no_change_of_the_mapping(site: Site) -> None:
    site.sync()
    site.set_cell("Assistant users", 6_000)

    ran = site.run("plan", "--json")

    row = ran.key_results["adoption"]
    assert ran.code == 0
    assert not row["changed"]
    assert (row["current"], row["before"]["current"], row["recorded"]["current"]) == (0.5, 0.5, 0.25)


def test_both_versions_are_evaluated_on_the_same_measurements(site: Site) -> None:
    site.sync()
    site.set_cell("Complaints", 10)
    mapping = a_mapping()
    mapping["objectives"]["growth"]["key_results"]["complaints"]["start"] = 20
    site.write(mapping)

    row = site.run("plan", "--json").key_results["complaints"]

    assert (row["current"], row["progress"]) == (10, 0.5)
    assert (row["before"]["current"], row["before"]["progress"]) == (10, 0.75)
    assert row["recorded"]["current"] == 0


def test_a_query_of_both_versions_is_asked_once(site: Site) -> None:
    site.sync()
    site.write(a_mapping(owner="jonas"))
    site.sources.jira.exchanges.clear()

    site.run("plan", "--json")

    counted = [e for e in site.sources.jira.exchanges if "approximate-count" in e.path]
    assert len(counted) == 1


def test_another_measure_under_a_captured_start_is_told_before_it_is_applied_and_after(site: Site) -> None:
    site.one(cell("Assistant users"), start="measured", target=6_000)
    site.sync()
    site.one(cell("Active customers"), start="measured", target=6_000)

    planned, told = site.run("plan", "--json"), site.run("plan")
    site.sync()
    explained, shown = (
        site.run("explain", "product/only/one", "--json").json,
        site.run("explain", "product/only/one"),
    )

    other = planned.key_results["one"]["start_of_another_measure"]
    assert planned.code == 2
    assert (other["value"], other["if_rebased"]) == (3_000, 12_000)
    assert "start of another measure" in told.out
    assert f"rebase product/only/one@{CYCLE} --reason …` after `syncd apply`" in " ".join(told.out.split())
    assert explained["start_of_another_measure"] == other
    assert "under another measure, and stays" in shown.out


def test_a_measure_that_reads_the_same_is_still_another_one_under_a_captured_start(site: Site) -> None:
    site.one(cell("Active customers"), start="measured", target=20_000)
    site.sync()
    site.one({"from": "usage", "named_range": "active_customers"}, start="measured", target=20_000)

    ran = site.run("plan", "--recorded", "--markdown")
    planned = site.run("plan", "--json")
    site.sync()

    assert "captured on" in ran.out
    assert "makes it the next value that is read" in ran.out
    assert planned.key_results["one"]["changed"]
    assert site.run("plan", "--json").code == 0


def test_what_the_files_no_longer_define_is_listed_as_removed(site: Site) -> None:
    site.sync()
    mapping = a_mapping()
    del mapping["objectives"]["quality"]["key_results"]["open-bugs"]
    site.write(mapping)

    ran = site.run("plan", "--json")

    assert ran.code == 2
    assert ran.json["removed"] == [{"id": "product/quality/open-bugs", "cycle": CYCLE}]


def test_a_changed_key_result_that_cannot_be_evaluated_fails_the_plan(site: Site) -> None:
    site.sync()
    mapping = a_mapping()
    mapping["objectives"]["growth"]["key_results"]["complaints"]["measure"] = cell("Broken")
    site.write(mapping)

    ran = site.run("plan", "--json")

    row = ran.key_results["complaints"]
    assert ran.code == 1
    assert row["changed"]
    assert row["current"] is None
    assert row["error"].keys() == {"code", "message", "actor"}
    assert row["error"]["code"] == "cell_error"


def test_a_source_that_is_down_does_not_fail_a_plan_that_changes_nothing_there(site: Site) -> None:
    site.sync()
    site.fail(site.sources.github, "/", 500)
    mapping = a_mapping()
    mapping["objectives"]["quality"]["key_results"]["stories-done"]["target"] = 10
    site.write(mapping)

    ran = site.run("plan", "--json")

    assert ran.code == 2
    assert not ran.key_results["open-bugs"]["changed"]
    assert ran.key_results["open-bugs"]["error"]


def test_a_recorded_plan_asks_no_source_and_needs_no_secret(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.sync()
    for name in ("JIRA_TOKEN", "GITHUB_TOKEN", "OKR_STORE_SECRET"):
        monkeypatch.delenv(name)
    (site.folder / "google-key.json").unlink()
    site.set_cell("Complaints", 10)
    mapping = a_mapping()
    mapping["objectives"]["growth"]["key_results"]["complaints"]["start"] = 20
    site.write(mapping)
    site.sources.sheets.exchanges.clear()

    ran = site.run("plan", "--recorded", "--json")

    assert ran.code == 2
    assert ran.key_results["complaints"]["current"] == 0
    assert not site.sources.sheets.exchanges


def test_a_recorded_plan_says_that_it_cannot_evaluate_what_was_never_read(site: Site) -> None:
    site.sync()
    mapping = a_mapping()
    mapping["objectives"]["growth"]["key_results"]["new"] = key_result(cell("Active customers"))
    site.write(mapping)

    ran = site.run("plan", "--recorded", "--json")

    assert ran.code == 1
    assert ran.key_results["new"]["error"]["code"] == "never_read"


def test_the_comment_for_a_pull_request_names_what_changes(site: Site) -> None:
    site.sync()
    mapping = a_mapping()
    mapping["objectives"]["quality"]["key_results"]["stories-done"]["target"] = 10
    site.write(mapping)

    ran = site.run("plan", "--markdown")

    assert ran.code == 2
    assert "| `product/quality/stories-done` | 5 count | 41.7% → 50.0% |" in ran.out
    assert "adoption" not in ran.out


def test_files_with_mistakes_fail_the_plan_and_are_not_planned(site: Site) -> None:
    site.write(a_mapping(ownr="anna"))

    ran = site.run("plan", "--json")

    assert ran.code == 1
    assert ran.out == ""
    assert "product.yaml:" in ran.err


def test_people_see_old_and_new_and_the_movement_of_the_number_apart(site: Site) -> None:
    site.sync()
    site.set_cell("Complaints", 10)
    site.set_cell("Assistant users", 6_000)
    mapping = a_mapping()
    mapping["objectives"]["growth"]["key_results"]["complaints"]["start"] = 20
    site.write(mapping)

    ran = site.run("plan")

    (line,) = (line for line in ran.out.splitlines() if line.startswith("product/growth/complaints"))
    assert line.split()[1:3] == ["10", "count"]
    assert "75.0% → 50.0%" in line
    assert "0 → 10" in line
    assert "start 40 → 20" in line
    assert "1 key result differs because of the mappings, 3 do not; 1 number moved" in ran.out


def test_what_asks_and_delivers_nothing_imports_nothing_that_dials_out(site: Site) -> None:
    site.sync()
    program = """
import sys
from syncd.cli import run
code = run(sys.argv[1:])
heavy = ("aiohttp", "httpx", "requests", "alembic", "uvicorn", "fastapi")
print(code, [name for name in heavy if name in sys.modules])
"""

    for command in (("plan", "--recorded"), ("apply",)):
        ran = subprocess.run(
            [sys.executable, "-c", program, "--config", str(site.folder / "syncd.yaml"), *command],
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.splitlines()[-1] == "0 []", command


@pytest.mark.parametrize("arguments", [("plan", "--jsn"), ("plan", "surplus"), ("explain",), ("plant",)])
def test_a_usage_error_exits_64_since_2_means_that_something_differs(
    site: Site, arguments: tuple[str, ...]
) -> None:
    ran = site.run(*arguments)

    assert ran.code == 64
    assert "Usage" in ran.err
