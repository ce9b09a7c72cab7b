"""Guards and `syncd confirm`: a suspicious value is shown to a person before anybody else."""

from __future__ import annotations

import sqlite3

import pytest

from tests.installations import Row, Site, cell, key_result

USERS = "product/only/users"


@pytest.fixture
def held(site: Site) -> Site:
    """3,000 users were believed; 9,000 are read and held back. What was sent is taken."""
    guard = {"min": 0, "max_jump": 1_000}
    site.several(users=key_result(cell("Assistant users"), target=12_000, guard=guard))
    site.sync()
    site.consumer.take()
    site.set_cell("Assistant users", 9_000)
    site.sync(code=3)
    return site


def types(events: list[Row]) -> list[str]:
    return [event["type"] for event in events]


def test_a_held_value_is_shown_and_the_believed_one_stays(held: Site) -> None:
    row = held.status()["users"]

    assert (row["current"], row["progress"]) == (3_000, 0.25)
    assert (row["details"]["held"]["value"], row["error"]["code"]) == (9_000, "held")
    assert "syncd confirm" in held.run("status").out


def test_consumers_hear_that_a_value_is_held_and_never_its_number_as_current(held: Site) -> None:
    held.sync(code=3)

    events = held.consumer.take()
    assert types(events) == ["key_result.held"]
    told = events[0]["data"]["key_result"]
    assert (told["current"], told["details"]["held"]["value"]) == (3_000, 9_000)


def test_a_confirmed_value_is_shown_sent_and_believed_from_then_on(held: Site) -> None:
    held.consumer.take()

    ran = held.run("confirm", USERS, "--comment", "the campaign worked", "--author", "anna", "--json")

    assert ran.code == 0, ran.err
    assert ran.json["confirmed"]["value"] == 9_000
    row = held.status()["users"]
    assert (row["current"], row["progress"], row["error"]) == (9_000, 0.75, None)
    (progressed,) = [e["data"] for e in held.consumer.take() if e["type"] == "key_result.progressed"]
    assert (progressed["origin"], progressed["key_result"]["current"]) == ("sync", 9_000)
    held.sync()


def test_history_and_audit_say_who_confirmed(held: Site) -> None:
    held.run("confirm", USERS, "--comment", "the campaign worked", "--author", "anna")

    newest = held.run("explain", USERS, "--json").json["history"][0]
    assert (newest["current"], newest["origin"]) == (9_000, "sync")
    assert (newest["author"], newest["comment"]) == ("anna", "the campaign worked")
    with sqlite3.connect(held.database) as store:
        last = store.execute("SELECT actor, action FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    assert last == ("anna", "confirm")


def test_a_believable_value_needs_no_person(held: Site) -> None:
    held.set_cell("Assistant users", 3_500)

    held.sync()

    row = held.status()["users"]
    assert (row["current"], row["error"], row["details"]) == (3_500, None, {})


def test_where_nothing_is_held_nothing_is_confirmed(held: Site) -> None:
    held.set_cell("Assistant users", 3_500)
    held.sync()

    ran = held.run("confirm", USERS)

    assert ran.code == 1
    assert "is held back" in ran.err
