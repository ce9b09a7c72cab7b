"""`rollup: by_hand`: an objective whose progress a person sets."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest

from tests.installations import Row, Site, a_mapping, cell, key_result

CULTURE = "product/culture"


@pytest.fixture
def by_hand(site: Site) -> Site:
    """`culture` is set by hand and supports `care`, which rolls up from its supporters. All was synced."""
    write(site)
    site.sync()
    site.consumer.take()
    return site


def write(site: Site, rollup: str = "by_hand") -> None:
    care = {"title": "Care", "rollup": "supporters"}
    culture = {
        "title": "People like to work here",
        "rollup": rollup,
        "supports": ["product/care"],
        "key_results": {"users": key_result(cell("Assistant users"), target=12_000)},
    }
    site.write(a_mapping({"care": care, "culture": culture}))


def say(site: Site, *arguments: str) -> Row:
    ran = site.run("check-in", CULTURE, *arguments, "--json")
    assert ran.code == 0, ran.err
    return ran.json


def test_until_somebody_sets_it_there_is_no_progress(by_hand: Site) -> None:
    rows = by_hand.run("status", "--json").objectives

    assert (rows["culture"]["progress"], rows["culture"]["rollup"]) == (None, "by_hand")
    assert "nobody set it yet" in by_hand.run("status").out


def test_what_a_person_sets_is_told_and_counts_above(by_hand: Site) -> None:
    said = say(by_hand, "--progress", "0.4", "--author", "anna", "--comment", "heard it all week")

    assert said["check_in"]["progress"] == 0.4
    told = [e["data"] for e in by_hand.consumer.take() if e["type"] == "objective.progressed"]
    assert [(d["objective"]["id"], d["objective"]["progress"], d["objective"]["rollup"]) for d in told] == [
        (CULTURE, 0.4, "by_hand"),
        ("product/care", 0.4, "supporters"),
    ]
    assert not [body for body in by_hand.consumer.bodies if b"heard it all week" in body]


def test_it_stays_over_syncs_whatever_its_key_results_do(by_hand: Site) -> None:
    say(by_hand, "--progress", "0.4")
    by_hand.set_cell("Assistant users", 12_000)

    by_hand.sync()

    assert by_hand.run("status", "--json").objectives["culture"]["progress"] == 0.4


def test_status_explain_and_audit_say_who_set_it(by_hand: Site) -> None:
    say(by_hand, "--progress", "0.3", "--author", "ben")
    say(by_hand, "--progress", "0.4", "--author", "anna", "--comment", "heard it all week")

    facts = by_hand.run("explain", CULTURE, "--json").json
    assert (facts["said"]["author"], facts["said"]["comment"]) == ("anna", "heard it all week")
    assert [(past["author"], past["progress"]) for past in facts["history"]] == [("anna", 0.4), ("ben", 0.3)]
    assert "by hand, by anna" in by_hand.run("status").out
    assert "by hand, by anna" in by_hand.run("explain", CULTURE).out
    with sqlite3.connect(by_hand.database) as store:
        last = store.execute("SELECT actor, action FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    assert last == ("anna", "set_progress")


def test_what_was_set_comes_out_the_same_when_it_is_computed_once_more(by_hand: Site) -> None:
    say(by_hand, "--progress", "0.4")
    at = datetime.now(UTC).isoformat()
    say(by_hand, "--progress", "0.7")

    ran = by_hand.run("explain", CULTURE, "--at", at, "--json")

    assert ran.code == 0, ran.err
    assert ran.json["same"] is True
    assert ran.json["replayed"]["progress"] == 0.4


def test_explain_shows_what_an_objective_counts(by_hand: Site) -> None:
    say(by_hand, "--progress", "0.4")

    facts = by_hand.run("explain", "product/care", "--json").json

    assert [(part["id"], part["progress"]) for part in facts["parts"]] == [(CULTURE, 0.4)]
    assert "1 of 1 supporters" in by_hand.run("explain", "product/care").out


def test_a_change_of_the_roll_up_forgets_what_was_set(by_hand: Site) -> None:
    say(by_hand, "--progress", "0.4")

    write(by_hand, "key_results")
    by_hand.sync()
    computed = by_hand.run("status", "--json").objectives["culture"]
    write(by_hand)
    by_hand.sync()

    assert (computed["progress"], computed["rollup"], computed["said"]) == (0.25, "key_results", None)
    assert by_hand.run("status", "--json").objectives["culture"]["progress"] is None


@pytest.mark.parametrize(
    ("progress", "told"), [("40", "write 0.4"), ("-1", "between 0 and 1"), ("nan", "nan")]
)
def test_what_is_no_progress_is_refused(by_hand: Site, progress: str, told: str) -> None:
    ran = by_hand.run("check-in", CULTURE, "--progress", progress)

    assert ran.code == 1
    assert told in ran.err
    assert by_hand.consumer.take() == []
