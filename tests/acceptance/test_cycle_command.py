"""`syncd cycle`: a closed cycle stays as it is, and consumers hear of it once."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from syncd.sync.cycles import GRACE
from tests.installations import CYCLE, Row, Site, a_mapping, cell, key_result

TODAY = datetime.now(UTC).date()
USERS = "product/only/users"
AUDITS = "product/only/audits"


@pytest.fixture
def ended_site(site: Site) -> Site:
    """The last day was yesterday. `users` is measured and is 3,000; `audits` is set by hand."""
    days(site, -90, -1)
    site.several(users=key_result(cell("Assistant users"), target=12_000), audits=key_result(None, target=4))
    site.sync()
    site.consumer.take()
    return site


def days(site: Site, first: int, last: int) -> None:
    """When the cycle is, in days from today."""
    site.settings["cycles"][CYCLE] = {
        "from": (TODAY + timedelta(days=first)).isoformat(),
        "to": (TODAY + timedelta(days=last)).isoformat(),
    }
    site.write_settings()


def close(site: Site, *arguments: str) -> Row:
    ran = site.run("cycle close", CYCLE, *arguments, "--json")
    assert ran.code == 0, ran.err
    return ran.json


def told(site: Site) -> list[Row]:
    return [event["data"] for event in site.consumer.take() if event["type"] == "cycle.closed"]


def test_closing_is_told_once_and_names_nobody(ended_site: Site) -> None:
    row = close(ended_site, "--by", "anna-of-accounts")

    ended_site.sync()
    (data,) = told(ended_site)
    assert data["cycle"]["name"] == CYCLE
    assert (data["origin"], data["sequence"]) == ("person", 1)
    assert data["closed_at"] == row["cycle"]["closed_at"]
    assert not [body for body in ended_site.consumer.bodies if b"anna-of-accounts" in body]


def test_store_and_audit_say_who_closed_it(ended_site: Site) -> None:
    row = close(ended_site, "--by", "anna")

    assert (row["cycle"]["state"], row["cycle"]["closed_by"]) == ("closed", "anna")
    with sqlite3.connect(ended_site.database) as store:
        assert store.execute("SELECT cycle, closed_by FROM closed_cycles").fetchall() == [(CYCLE, "anna")]
        last = store.execute("SELECT actor, action FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    assert last == ("anna", "close_cycle")


def test_between_the_last_day_and_the_closing_numbers_still_move(ended_site: Site) -> None:
    ended_site.set_cell("Assistant users", 6_000)

    ended_site.sync()

    assert ended_site.status()["users"]["current"] == 6_000


def test_a_closed_cycle_keeps_its_numbers_whatever_is_read_or_applied(ended_site: Site) -> None:
    close(ended_site)
    before = ended_site.run("status", "--json").json
    ended_site.sources.sheets.exchanges.clear()
    ended_site.set_cell("Assistant users", 6_000)
    ended_site.several(
        users=key_result(cell("Assistant users"), target=6_000), audits=key_result(None, target=4)
    )

    planned = ended_site.run("plan", "--json")
    ended_site.sync()

    assert planned.code == 0
    assert [row["progress"] for row in planned.json["key_results"]] == [None, 0.25]
    assert ended_site.run("status", "--json").json == before
    assert not ended_site.sources.sheets.exchanges
    assert [event["type"] for event in ended_site.consumer.take()] == ["cycle.closed"]


def test_check_tells_what_was_edited_after_the_closing(ended_site: Site) -> None:
    ended_site.run("cycle close", CYCLE)
    ended_site.several(
        users=key_result(cell("Assistant users"), target=6_000),
        audits=key_result(None, target=4),
        late=key_result(None, target=4),
    )

    found = ended_site.run("check", "--json").json["findings"]

    messages = [it["message"] for it in found if it["code"] == "closed_cycle_changed"]
    assert len(messages) == 2
    assert "users" in messages[0]
    assert "late" in messages[1]


def test_a_word_about_a_closed_cycle_is_refused(ended_site: Site) -> None:
    close(ended_site)

    said = [
        ended_site.run("check-in", AUDITS, "--value", "3"),
        ended_site.run("check-in", USERS, "--comment", "late"),
        ended_site.run("confirm", USERS),
        ended_site.run("rebase", USERS, "--reason", "late"),
    ]

    assert [ran.code for ran in said] == [1, 1, 1, 1]
    assert all("cycle_frozen" in ran.err for ran in said)


def test_an_override_that_stands_at_the_closing_stands_for_good(ended_site: Site) -> None:
    ended_site.run("check-in", USERS, "--value", "9000")
    close(ended_site)
    end_overrides(ended_site)

    ended_site.sync()

    assert ended_site.status()["users"]["current"] == 9_000


def test_an_override_whose_time_was_over_ends_before_the_closing(ended_site: Site) -> None:
    ended_site.run("check-in", USERS, "--value", "9000")
    end_overrides(ended_site)

    close(ended_site)

    assert ended_site.status()["users"]["current"] == 3_000


def test_a_second_closing_is_refused_and_says_who_was_first(ended_site: Site) -> None:
    close(ended_site, "--by", "anna")

    again = ended_site.run("cycle close", CYCLE)

    assert again.code == 1
    assert "cycle_closed" in again.err
    assert "by anna" in again.err
    assert len(told(ended_site)) == 1


def test_before_the_last_day_it_takes_a_word_more(site: Site) -> None:
    site.several(users=key_result(cell("Assistant users")))
    site.sync()

    refused = site.run("cycle close", CYCLE)
    close(site, "--early")
    site.set_cell("Assistant users", 4_000)
    site.sync()

    assert "cycle_not_over" in refused.err
    assert site.status()["users"]["current"] == 3_000


def test_nothing_opens_a_closed_cycle_again(ended_site: Site) -> None:
    close(ended_site)
    days(ended_site, -90, 90)
    ended_site.set_cell("Assistant users", 6_000)

    ended_site.sync()

    assert ended_site.status()["users"]["current"] == 3_000
    assert states(ended_site) == {CYCLE: "closed"}


def test_a_cycle_that_nobody_closes_closes_by_itself_and_is_told_once(ended_site: Site) -> None:
    days(ended_site, -90, -GRACE.days - 1)

    ended_site.sync()
    ended_site.sync()
    ended_site.run("apply")

    (data,) = told(ended_site)
    assert data["origin"] == "sync"
    again = ended_site.run("cycle close", CYCLE)
    assert "by itself" in again.err


def test_the_list_says_where_each_cycle_is_in_its_life(site: Site) -> None:
    site.settings["cycles"] = {
        name: {"from": (TODAY + timedelta(first)).isoformat(), "to": (TODAY + timedelta(last)).isoformat()}
        for name, first, last in (
            ("later", 51, 140),
            ("now", -40, 50),
            ("over", -90, -3),
            ("long-over", -200, -91),
        )
    }
    site.write_settings()

    assert states(site) == {"long-over": "closed", "over": "ended", "now": "running", "later": "not_begun"}
    assert "not begun" in site.run("cycle list").out
    assert not site.database.exists()


@pytest.mark.parametrize(("name", "code"), [("2026-Q5", "unknown_cycle"), ("later", "cycle_not_begun")])
def test_what_cannot_be_closed_is_refused(site: Site, name: str, code: str) -> None:
    site.settings["cycles"]["later"] = {"from": "2990-01-01", "to": "2990-03-31"}
    site.write_settings()
    site.sync()

    ran = site.run("cycle close", name, "--early")

    assert ran.code == 1
    assert code in ran.err
    assert told(site) == []


def states(site: Site) -> dict[str, str]:
    rows = site.run("cycle list", "--json").json["cycles"]
    return {row["name"]: row["state"] for row in rows}


def end_overrides(site: Site) -> None:
    """As if their time was over."""
    with sqlite3.connect(site.database) as store:
        store.execute(
            "UPDATE subjects SET details = json_set(details, '$.override.until', '2026-01-01T00:00:00Z')"
            " WHERE json_extract(details, '$.override') IS NOT NULL"
        )


def test_a_mapping_of_a_closed_cycle_can_still_be_taken_away(ended_site: Site) -> None:
    close(ended_site)
    ended_site.consumer.take()
    ended_site.write(a_mapping({"only": {"title": "Only", "key_results": {"users": key_result(cell("x"))}}}))

    ran = ended_site.run("apply", "--allow-removals")

    assert ran.code == 0, ran.err
    assert [event["type"] for event in ended_site.consumer.take()] == ["key_result.removed"]
