"""Windows reach the source, and only cycles that are alive move: from the mapping to the request."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.installations import CYCLE, Site, a_mapping, cell, key_result

TODAY = datetime.now(UTC).date()
LAST_WEEK = {"from": (TODAY - timedelta(days=7)).isoformat(), "to": (TODAY - timedelta(days=1)).isoformat()}
WINDOWS = {"cycle": "cycle", "days": "28d", "two days": LAST_WEEK}


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_every_window_reaches_jira(site: Site, window: Any) -> None:  # Any: text or map
    site.one({"from": "tracker", "count": "project = PHX", "window": window, "by": "created"})

    site.sync()

    asked = [json.loads(e.body)["jql"] for e in site.sources.jira.exchanges if "approximate" in e.path]
    assert len(asked) == 1
    assert "created >=" in asked[0]
    assert "created <" in asked[0]


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_every_window_reaches_githubs_search(site: Site, window: Any) -> None:  # Any: text or map
    site.one({"from": "code", "count": "repo:acme/app is:issue", "window": window, "by": "created"})

    site.sync()

    (asked,) = [json.loads(e.body) for e in site.sources.github.exchanges if e.path == "/graphql"]
    assert "created:" in json.dumps(asked["variables"])


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_every_window_counts_releases_by_publishing(site: Site, window: Any) -> None:  # Any: text or map
    site.sources.github.world["repos"]["acme/app"]["releases"] = [
        {"tag_name": f"v{days}", "published_at": f"{TODAY - timedelta(days=days)}T12:00:00Z"}
        for days in (2, 3, 20, 200)
    ]
    site.one({"from": "code", "releases": {"repo": "acme/app"}, "window": window})

    site.sync()

    assert site.status()["one"]["current"] == {"cycle": 3, "28d": 3}.get(str(window), 2)


def cycles(site: Site, **days: tuple[int, int]) -> None:
    """Cycles by their first and last day, counted from today."""
    site.settings["cycles"] = {
        name.replace("_", "-"): {
            "from": (TODAY + timedelta(days=first)).isoformat(),
            "to": (TODAY + timedelta(days=last)).isoformat(),
        }
        for name, (first, last) in days.items()
    }
    site.write_settings()


def same_in(site: Site, *names: str) -> None:
    """One key result, with one query, in several cycles."""
    for name in names:
        objectives = {"only": {"title": "Only", "key_results": {"one": key_result(cell("Assistant users"))}}}
        site.write({**a_mapping(objectives), "cycle": name}, f"{name}.yaml")
    (site.folder / "mappings" / "product.yaml").unlink()


def recorded(site: Site) -> dict[str, float | None]:
    rows = site.run("status", "--json").json["key_results"]
    return {row["cycle"]: row["current"] for row in rows}


def test_numbers_of_a_cycle_that_has_not_begun_are_planned_and_neither_recorded_nor_sent(site: Site) -> None:
    cycles(site, now=(-40, 50), later=(51, 140))
    same_in(site, "now", "later")

    planned = {row["cycle"]: row["current"] for row in site.run("plan", "--json").json["key_results"]}
    site.sync()

    assert planned == {"now": 3000, "later": 3000}
    assert recorded(site) == {"now": 3000, "later": None}
    subjects = {
        event["data"].get("key_result", event["data"].get("objective"))["cycle"]
        for event in site.consumer.events
        if event["type"].endswith(".progressed")
    }
    assert subjects == {"now"}


def test_people_see_the_cycle_where_several_are_shown_and_can_type_what_they_see(site: Site) -> None:
    cycles(site, quarter=(-40, 50), half=(-40, 140))
    same_in(site, "quarter", "half")
    planned, commented = site.run("plan"), site.run("plan", "--markdown")
    site.sync()

    status = site.run("status")

    for shown in (planned.out, commented.out, status.out):
        assert "product/only/one@quarter" in shown
        assert "product/only/one@half" in shown
    assert "product/only@half" in status.out
    assert site.run("explain", "product/only/one").code == 1
    assert site.run("explain", "product/only/one@half").code == 0


def test_an_id_that_is_carried_over_names_the_one_before(site: Site) -> None:
    cycles(site, older=(-200, -101), before=(-100, -41), now=(-40, 50))
    same_in(site, "older", "before", "now")
    site.run("apply")

    carried = {
        name: site.run("explain", f"product/only/one@{name}", "--json").json["carried_from"]
        for name in ("older", "before", "now")
    }

    assert carried == {
        "older": None,
        "before": "product/only/one@older",
        "now": "product/only/one@before",
    }


def test_a_cycle_is_read_for_two_weeks_after_its_last_day_and_then_frozen(site: Site) -> None:
    cycles(site, now=(-10, 80), just_over=(-100, -14), long_over=(-200, -15))
    same_in(site, "now", "just-over", "long-over")

    site.sync()

    assert recorded(site) == {"now": 3000, "just-over": 3000, "long-over": None}


def test_a_frozen_cycle_keeps_its_numbers_whatever_is_synced_or_applied(site: Site) -> None:
    cycles(site, **{CYCLE.replace("-", "_"): (-40, 50), "older": (-130, -10)})
    same_in(site, CYCLE, "older")
    site.sync()
    site.consumer.take()
    cycles(site, **{CYCLE.replace("-", "_"): (-35, 55), "older": (-135, -15)})
    site.set_cell("Assistant users", 4_000)
    mapping = site.folder / "mappings" / "older.yaml"
    mapping.write_text(mapping.read_text().replace('"target": 100', '"target": 5000'))

    site.sync()

    assert recorded(site) == {CYCLE: 4_000, "older": 3_000}
    assert {
        event["data"]["key_result"]["cycle"]
        for event in site.consumer.take()
        if "key_result" in event["data"]
    } == {CYCLE}


def test_a_key_result_with_a_new_measure_stays_as_it_is_until_that_was_asked(site: Site) -> None:
    site.one(cell("Assistant users"))
    site.sync()
    site.consumer.take()
    site.one({"from": "usage", "named_range": "active_customers"})

    applied = site.run("apply")
    between = site.status()["one"]["current"]
    site.sync()

    assert (applied.code, between) == (0, 3_000)
    assert site.status()["one"]["current"] == 12_000
    currents = [e["data"]["key_result"]["current"] for e in site.consumer.take() if "key_result" in e["data"]]
    assert currents == [12_000]


def test_explain_shows_the_query_as_it_was_written(site: Site) -> None:
    site.one({"from": "tracker", "count": "project = PHX", "window": "28d", "by": "created"})
    site.sync()

    (asked,) = site.run("explain", "product/only/one", "--json").json["inputs"]

    assert asked["query"] == 'count: "project = PHX", window: "28d", by: "created"'
