"""`syncd check-in`: what people say, beside what is measured."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.installations import Row, Site, cell, key_result

USERS = "product/only/users"
AUDITS = "product/only/audits"
ONLY = "product/only"


@pytest.fixture
def running_site(site: Site) -> Site:
    """`users` is measured and is 3,000 of 12,000; `audits` is set by hand. Their first events are taken."""
    site.several(
        users=key_result(cell("Assistant users"), start=0, target=12_000),
        audits=key_result(None, start=0, target=4),
    )
    site.sync()
    site.consumer.take()
    return site


def say(site: Site, *arguments: str) -> Row:
    ran = site.run("check-in", *arguments, "--json")
    assert ran.code == 0, ran.err
    return ran.json


def refused(site: Site, *arguments: str) -> str:
    ran = site.run("check-in", *arguments)
    assert ran.code == 1, ran.out
    return ran.err


def by_type(events: list[Row]) -> dict[str, Row]:
    return {event["type"]: event["data"] for event in events}


def test_a_number_that_nobody_measures_is_what_a_person_says(running_site: Site) -> None:
    said = say(running_site, AUDITS, "--value", "3", "--author", "anna", "--comment", "two in one week")

    assert said["check_in"]["until"] is None
    row = running_site.status()["audits"]
    assert (row["current"], row["progress"], row["origin"]) == (3, 0.75, "person")
    assert said["key_result"].items() <= row.items()
    running_site.sync()
    assert running_site.status()["audits"]["current"] == 3


def test_consumers_hear_of_the_number_and_of_the_check_in(running_site: Site) -> None:
    said = say(running_site, AUDITS, "--value", "3", "--confidence", "0.7", "--comment", "two in one week")

    assert said["deliveries"]["delivered"] >= 2
    told = by_type(running_site.consumer.take())
    assert told["key_result.progressed"]["origin"] == "person"
    assert told["key_result.progressed"]["previous"]["current"] is None
    assert told["key_result.progressed"]["key_result"]["current"] == 3
    check_in = told["check_in.created"]
    assert (check_in["check_in"]["value"], check_in["check_in"]["comment"]) == (3, "two in one week")
    assert check_in["key_result"]["confidence"] == 0.7
    assert check_in["sequence"] == 1


def test_every_check_in_of_a_key_result_has_the_next_number(running_site: Site) -> None:
    say(running_site, AUDITS, "--value", "3")
    say(running_site, AUDITS, "--value", "3")
    say(running_site, USERS, "--comment", "the sheet moved")

    check_ins = [e["data"] for e in running_site.consumer.take() if e["type"] == "check_in.created"]
    assert [(it["key_result"]["id"], it["sequence"]) for it in check_ins] == [
        (AUDITS, 1),
        (AUDITS, 2),
        (USERS, 1),
    ]


def test_confidence_is_kept_over_syncs_and_never_made_up(running_site: Site) -> None:
    assert running_site.status()["users"]["confidence"] is None

    say(running_site, USERS, "--confidence", "0.6")

    running_site.set_cell("Assistant users", 6_000)
    running_site.sync()
    row = running_site.status()["users"]
    assert (row["confidence"], row["current"], row["origin"]) == (0.6, 6_000, "sync")


def test_an_override_is_kept_over_syncs_and_shown_as_such(running_site: Site) -> None:
    say(running_site, USERS, "--value", "9000", "--author", "anna", "--comment", "the sheet is wrong")

    running_site.set_cell("Assistant users", 3_600)
    running_site.sync()
    facts = running_site.run("explain", USERS, "--json").json
    assert (facts["current"], facts["progress"], facts["origin"]) == (9_000, 0.75, "person")
    override = facts["details"]["override"]
    assert (override["author"], override["comment"]) == ("anna", "the sheet is wrong")
    assert override["measured"]["value"] == 3_600
    assert "by hand" in running_site.run("status").out


def test_an_override_ends_with_next_week_unless_it_says_otherwise(running_site: Site) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    today = datetime.now(berlin).date()
    sunday = today + timedelta(days=14 - today.isoweekday())
    midnight = datetime.combine(sunday + timedelta(days=1), datetime.min.time(), berlin)

    said = say(running_site, USERS, "--value", "9000")

    assert datetime.fromisoformat(said["check_in"]["until"]) == midnight.astimezone(UTC)


def test_when_an_override_ends_the_measured_value_returns_with_an_event(running_site: Site) -> None:
    say(running_site, USERS, "--value", "9000")
    running_site.consumer.take()
    end_overrides(running_site)

    running_site.sync()

    row = running_site.status()["users"]
    assert (row["current"], row["progress"], row["origin"]) == (3_000, 0.25, "sync")
    assert "override" not in row["details"]
    progressed = by_type(running_site.consumer.take())["key_result.progressed"]
    assert progressed["previous"]["current"] == 9_000
    assert (progressed["key_result"]["current"], progressed["origin"]) == (3_000, "sync")


def test_an_override_that_is_ended_returns_the_measured_value_at_once(running_site: Site) -> None:
    say(running_site, USERS, "--value", "9000")
    running_site.consumer.take()

    said = say(running_site, USERS, "--end-override", "--author", "anna", "--comment", "repaired")

    assert said["check_in"]["ends_override"] is True
    row = running_site.status()["users"]
    assert (row["current"], row["progress"], row["origin"]) == (3_000, 0.25, "sync")
    assert "override" not in row["details"]
    told = by_type(running_site.consumer.take())
    progressed = told["key_result.progressed"]
    assert (progressed["previous"]["current"], progressed["key_result"]["current"]) == (9_000, 3_000)
    assert progressed["origin"] == "sync"
    check_in = told["check_in.created"]["check_in"]
    assert (check_in["ends_override"], check_in["value"], check_in["comment"]) == (True, None, "repaired")


def test_history_and_audit_say_who_ended_an_override(running_site: Site) -> None:
    say(running_site, USERS, "--value", "9000")
    say(running_site, USERS, "--end-override", "--author", "anna", "--comment", "repaired")

    newest = running_site.run("explain", USERS, "--json").json["history"][0]
    assert (newest["current"], newest["author"], newest["comment"]) == (3_000, "anna", "repaired")
    with sqlite3.connect(running_site.database) as store:
        last = store.execute("SELECT actor, action FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    assert last == ("anna", "end_override")


def test_no_event_names_who_said_it(running_site: Site) -> None:
    say(running_site, USERS, "--value", "9000", "--author", "anna-of-accounts")

    assert running_site.consumer.bodies
    assert not [body for body in running_site.consumer.bodies if b"anna-of-accounts" in body]


def test_history_and_audit_say_who_said_what(running_site: Site) -> None:
    say(running_site, USERS, "--value", "9000", "--author", "anna", "--comment", "the sheet is wrong")

    newest = running_site.run("explain", USERS, "--json").json["history"][0]
    assert (newest["current"], newest["origin"]) == (9_000, "person")
    assert (newest["author"], newest["comment"]) == ("anna", "the sheet is wrong")
    with sqlite3.connect(running_site.database) as store:
        last = store.execute("SELECT actor, action FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    assert last == ("anna", "override")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((AUDITS,), "says something"),
        ((AUDITS, "--confidence", "70"), "write 0.7"),
        ((AUDITS, "--value", "nan"), "not a number"),
        ((AUDITS, "--value", "3", "--until", "2999-01-01"), "leave --until out"),
        ((USERS, "--value", "3", "--until", "2020-01-01"), "is over"),
        ((AUDITS, "--comment", " ", "--author", "x"), "says something"),
        ((AUDITS, "--value", "3", "--author", " "), "has an author"),
        ((AUDITS, "--end-override"), "nobody overrides"),
        ((USERS, "--end-override"), "nobody overrides"),
        ((USERS, "--end-override", "--value", "3"), "leave --end-override out"),
        ((USERS, "--progress", "0.4"), "say the value: --value"),
        ((ONLY, "--progress", "0.4"), "the mean of its key results"),
        ((ONLY, "--value", "4"), "is an objective"),
        ((ONLY, "--progress", "0.4", "--value", "4"), "a comment alone"),
        (("product/olny", "--progress", "0.4"), "product/only"),
        (("product/only/usres", "--value", "3"), "product/only/users"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_changes_nothing(
    running_site: Site, arguments: tuple[str, ...], told: str
) -> None:
    before = running_site.status()

    message = refused(running_site, *arguments)

    assert told in message
    assert running_site.status() == before
    assert running_site.consumer.take() == []


def end_overrides(site: Site) -> None:
    """As if their time was over."""
    with sqlite3.connect(site.database) as store:
        store.execute(
            "UPDATE subjects SET details = json_set(details, '$.override.until', '2026-01-01T00:00:00Z')"
            " WHERE json_extract(details, '$.override') IS NOT NULL"
        )
