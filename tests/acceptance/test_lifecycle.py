"""Key results and objectives that come, get another name, and go, from the files to the consumer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine

from syncd import bootstrap
from tests.guides import page, rows, section
from tests.installations import Row, Site, a_mapping, cell, key_result

BUGS = {"from": "code", "issues": {"repo": "acme/app", "state": "open", "labels": ["bug"]}}


def growth(name: str, key_results: Row, **more: Any) -> Row:  # Any: YAML
    return a_mapping({name: {"title": "Growth", "key_results": key_results, **more}})


def told(site: Site) -> list[tuple[str, str, int]]:
    """The events since the last time: type, last part of the id, sequence."""
    found = []
    for event in site.consumer.take():
        about = event["data"].get("key_result") or event["data"]["objective"]
        found.append((event["type"], about["id"].rpartition("/")[2], event["data"]["sequence"]))
    return sorted(found, key=lambda one: (one[1], one[2]))


def renamed(site: Site) -> None:
    """Synced under `growth/old`, and the files now call it `growth/new`."""
    site.write(growth("growth", {"old": key_result(cell("Complaints"), start=40, target=10)}))
    site.set_cell("Complaints", 30)
    site.sync()
    told(site)
    new = key_result(cell("Complaints"), start=40, target=10, was="product/growth/old")
    site.write(growth("growth", {"new": new}))


def test_a_plan_shows_where_a_key_result_moved_from_and_removes_nothing(site: Site) -> None:
    renamed(site)

    ran = site.run("plan", "--json")

    assert ran.code == 2
    assert ran.key_results["new"]["moved_from"] == {"id": "product/growth/old", "cycle": "2026-Q4"}
    assert ran.key_results["new"]["before"]["id"] == "product/growth/old"
    assert ran.key_results["new"]["current"] == 30
    assert ran.json["removed"] == []
    assert "moved product/growth/old to product/growth/new" in site.run("plan").out


def test_a_move_needs_no_leave_and_keeps_value_history_and_sequence(site: Site) -> None:
    renamed(site)

    applied = site.run("apply", "--json")
    events = told(site)
    site.run("sync")

    assert applied.code == 0
    assert applied.json["removed"] == []
    assert events == [("key_result.moved", "new", 3)]
    assert told(site) == [], "the value is what it was"
    explained = site.run("explain", "product/growth/new", "--json").json
    assert [check_in["current"] for check_in in explained["history"]] == [30]
    assert site.run("plan").code == 0


def test_the_consumer_learns_the_old_name(site: Site) -> None:
    renamed(site)

    site.run("apply")

    (event,) = site.consumer.take()
    assert event["data"]["from"] == {"id": "product/growth/old", "cycle": "2026-Q4"}
    assert event["data"]["key_result"]["id"] == "product/growth/new"
    assert event["data"]["key_result"]["current"] == 30


def test_an_objective_that_moves_takes_its_key_results_along(site: Site) -> None:
    numbers = {"bugs": key_result(BUGS, start=40, target=4)}
    site.write(growth("quality", numbers))
    site.sync()
    told(site)
    site.write(growth("calm", numbers, was="product/quality"))

    ran = site.run("apply")

    assert ran.code == 0
    assert told(site) == [("key_result.moved", "bugs", 3), ("objective.moved", "calm", 3)]


def test_what_waited_under_the_old_name_comes_before_the_move(site: Site) -> None:
    renamed(site)
    site.consumer.status = lambda _: 503
    site.set_cell("Complaints", 20)
    site.run("sync")
    site.consumer.reset()

    with time_machine.travel(bootstrap.now() + timedelta(minutes=10)):
        site.run("apply")

    told_of = [event for event in site.consumer.take() if "key_result" in event["data"]]
    assert [event["data"]["key_result"]["id"] for event in told_of] == [
        "product/growth/old",
        "product/growth/new",
    ]
    assert told_of[0]["data"]["key_result"]["current"] == 20
    assert told_of[1]["type"] == "key_result.moved"


def test_a_removal_is_told_with_the_last_state_and_a_return_as_a_definition(site: Site) -> None:
    two = {"a": key_result(cell("Complaints"), start=40, target=10), "b": key_result(BUGS)}
    site.write(growth("growth", two))
    site.sync()
    told(site)

    site.write(growth("growth", {"b": two["b"]}))
    refused = site.run("apply")
    site.run("apply", "--allow-removals")
    gone = told(site)
    site.write(growth("growth", two))
    site.run("apply")
    back = told(site)

    assert refused.code == 1
    assert ("key_result.removed", "a", 4) in gone
    assert ("key_result.defined", "a", 5) in back


def test_an_earlier_id_that_nothing_was_recorded_under_is_no_mistake(site: Site) -> None:
    new = key_result(cell("Complaints"), start=40, target=10, was="product/growth/never")
    site.write(growth("growth", {"new": new}))

    ran = site.run("apply")

    assert ran.code == 0
    assert told(site) == [("objective.defined", "growth", 1), ("key_result.defined", "new", 1)]


def test_the_worked_example_of_the_page_comes_out_as_it_is_printed(site: Site) -> None:
    def one(**more: Any) -> Row:  # Any: YAML
        return key_result(cell("Assistant users"), unit="ratio", **{"start": 0.2, "target": 0.8, **more})

    versions = [
        growth("shop", {"usage": one(target=0.75)}),
        growth("shop", {"usage": one()}),
        growth("pharmacy", {"adoption": one(was="product/shop/usage")}),
        growth("pharmacy", {}),
        growth("pharmacy", {"adoption": one()}),
    ]
    site.set_cell("Assistant users", 0.42)
    planned, events = [], []
    for version in versions:
        site.write(version)
        planned.append(site.run("plan").out)
        site.run("apply", "--allow-removals")
        site.run("sync")
        mine = [event for event in site.consumer.take() if event["type"].startswith("key_result.")]
        events.append(", ".join(f"`{it['type'].partition('.')[2]}` {it['data']['sequence']}" for it in mine))

    example = rows(section(page("docs/kinds/lifecycle.md"), "A worked example"))

    assert [row[3] for row in example] == events
    for row, shown in zip(example, planned, strict=True):
        assert all(words.strip("`") in shown for words in row[1].split(", ")), shown
