"""What consumers are told: signed, absolute, in sequence, once, and nothing when nothing changed."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from datetime import timedelta

import pytest
import time_machine

from syncd import bootstrap
from syncd.sync.settle import settle
from syncd.sync.site import active
from tests.installations import CYCLE, WEBHOOK_SECRET, Row, Site, a_mapping, cell, eventually, key_result

FIRST = 6 + 6 + 1
"""Events of a first sync: definitions, numbers, and one that is achieved at once."""


def by_subject(events: list[Row]) -> dict[str, Row]:
    """Events of numbers that moved by the last part of the id; one of each."""
    found: dict[str, Row] = {}
    for event in events:
        about = event["data"].get("key_result") or event["data"].get("objective")
        if about and event["type"].endswith(".progressed"):
            name = about["id"].rpartition("/")[2]
            assert name not in found
            found[name] = event
    return found


def test_the_first_apply_tells_every_subject_with_sequence_1(site: Site) -> None:
    site.run("apply")

    told = [(event["type"], event["data"]["sequence"]) for event in site.consumer.events]
    assert sorted(told) == [("key_result.defined", 1)] * 4 + [("objective.defined", 1)] * 2


def test_the_first_sync_tells_every_number_after_its_definition(site: Site) -> None:
    site.sync()

    told = by_subject(site.consumer.events)
    types = {name: event["type"] for name, event in told.items()}
    assert site.consumer.unverified == 0
    assert types == {
        **dict.fromkeys(("adoption", "complaints", "open-bugs", "stories-done"), "key_result.progressed"),
        **dict.fromkeys(("growth", "quality"), "objective.progressed"),
    }
    assert {event["data"]["sequence"] for event in told.values()} == {2}


def test_an_event_carries_absolute_values_their_evidence_and_who_speaks(site: Site) -> None:
    site.sync()

    event = by_subject(site.consumer.events)["adoption"]
    data = event["data"]
    assert event.keys() == {"type", "timestamp", "data", "source"}
    assert event["timestamp"].endswith("Z")
    assert event["source"].keys() == {"instance", "epoch"}
    assert event["source"]["instance"] == "acme"
    assert data.keys() == {
        "key_result", "previous", "sequence", "origin", "as_of", "evidence", "mapping",
    }  # fmt: skip
    assert data["key_result"].keys() == {
        "id", "title", "objective", "cycle", "tier", "team", "unit", "kind", "start", "target", "current",
        "progress", "progress_unclamped", "pace", "confidence", "score", "freshness", "last_good_at",
        "details",
    }  # fmt: skip
    assert (data["key_result"]["current"], data["key_result"]["cycle"]) == (0.25, CYCLE)
    assert data["previous"] == {"current": None, "progress": None, "pace": None}
    assert {used["measurement"]: used["value"] for used in data["evidence"]} == {
        "users": 3_000,
        "active": 12_000,
    }
    assert data["mapping"].keys() == {"path", "line", "digest"}
    assert data["mapping"]["path"].endswith("product.yaml")


def test_a_delivery_has_the_headers_of_standard_webhooks(site: Site) -> None:
    site.sync()

    ids = [headers["webhook-id"] for headers in site.consumer.headers]
    assert len(set(ids)) == len(ids) == FIRST
    for headers, body in zip(site.consumer.headers, site.consumer.bodies, strict=True):
        assert headers["content-type"] == "application/json"
        assert headers["webhook-timestamp"].isdigit()
        assert headers["webhook-signature"].startswith("v1,")
        assert len(body) < 20_000


def test_no_body_names_an_owner(site: Site) -> None:
    site.sync()

    assert site.status()["adoption"]["owner"] == "anna"
    assert not any(b"anna" in body or b"owner" in body for body in site.consumer.bodies)


def test_nothing_changed_nothing_is_sent(site: Site) -> None:
    site.sync()
    site.consumer.take()

    ran = site.run("sync", "--json")

    assert ran.json["events"] == 0
    assert site.consumer.take() == []


def test_a_change_tells_exactly_the_subjects_that_it_touches(site: Site) -> None:
    site.sync()
    site.consumer.take()
    site.set_cell("Assistant users", 6_000)

    site.run("sync")

    told = by_subject(site.consumer.take())
    assert told.keys() == {"adoption", "growth"}
    assert {event["data"]["sequence"] for event in told.values()} == {3}
    data = told["adoption"]["data"]
    assert (data["key_result"]["current"], data["previous"]["current"]) == (0.5, 0.25)


def test_a_shared_change_tells_every_key_result_that_uses_it(site: Site) -> None:
    site.sync()
    site.consumer.take()
    del site.sources.github.world["repos"]["acme/app"]["issues"][0]
    site.set_cell("Complaints", 4)

    site.run("sync")

    assert by_subject(site.consumer.take()).keys() == {"complaints", "growth", "open-bugs", "quality"}


def test_an_individual_key_result_goes_only_to_endpoints_that_include_them(site: Site) -> None:
    mapping = a_mapping(
        {"learn": {"title": "Learn", "key_results": {"tests": key_result(cell("Complaints"))}}}
    )
    del mapping["team"], mapping["owner"]
    site.write({**mapping, "individual": "anna", "member_of": "product"}, "anna.yaml")
    site.sync()
    told = by_subject(site.consumer.take())

    site.settings["endpoints"]["okr-store"]["include"] = ["individual"]
    site.write_settings()
    site.set_cell("Complaints", 4)
    site.run("sync")

    assert {"tests", "learn"}.isdisjoint(told)
    assert {"tests", "learn", "complaints"} <= by_subject(site.consumer.take()).keys()


def test_a_connection_that_breaks_is_told_once_and_once_when_it_recovers(site: Site) -> None:
    site.one({"from": "code", "stars": "acme/app"})
    token = site.sources.github.world["token"]
    site.sync()
    site.consumer.take()

    site.sources.github.world["token"] = "another"
    site.run("sync")
    broke = site.consumer.take()
    site.run("sync")
    again = site.consumer.take()
    site.sources.github.world["token"] = token
    site.run("sync")
    recovered = site.consumer.take()

    assert [event["type"] for event in broke] == ["sync.failed"]
    assert (broke[0]["data"]["connection"], broke[0]["data"]["sequence"]) == ("code", 1)
    assert broke[0]["data"]["error"]["code"] == "unauthorized"
    # The second failure in a row is the key result's news, not the connection's.
    assert [event["type"] for event in again] == ["key_result.freshness_changed"]
    assert again[0]["data"]["key_result"]["freshness"] == "failing"
    assert again[0]["data"]["key_result"]["current"] == 96
    assert sorted(event["type"] for event in recovered) == ["key_result.freshness_changed", "sync.recovered"]


def test_freshness_ages_by_the_last_good_read_and_each_step_is_told(site: Site) -> None:
    site.one(cell("Complaints"), freshness={"warn_after": "1d", "error_after": "3d"})
    site.sync()
    site.consumer.take()
    start = bootstrap.now()
    seen = []
    for days in (0.5, 1.5, 3.5):
        with time_machine.travel(start + timedelta(days=days)):
            site.run("apply")
            housekeep(site)
            site.run("apply")
            events = [(e["type"], e["data"]["key_result"]["freshness"]) for e in site.consumer.take()]
            seen.append((site.status()["one"]["freshness"], events))

    changed = "key_result.freshness_changed"
    assert seen == [("fresh", []), ("late", [(changed, "late")]), ("stale", [(changed, "stale")])]
    assert site.status()["one"]["current"] == 0


def housekeep(site: Site) -> None:
    """What `serve` does every minute."""

    async def once() -> None:
        installation = bootstrap.install(site.folder / "syncd.yaml")
        async with await bootstrap.open_store(installation) as store:
            wired = bootstrap.wire_site(installation, store)
            async with store.transaction() as tx:
                await settle(tx, site=wired, mappings=await active(tx, wired))

    asyncio.run(once())


def test_a_first_read_that_fails_is_failing_at_once(site: Site) -> None:
    site.one(cell("Broken"))

    site.sync(code=3)

    assert site.status()["one"]["freshness"] == "failing"


# ------------------------------------------------------------------ a consumer in trouble


def waiting(site: Site) -> int:
    with sqlite3.connect(f"file:{site.database}?mode=ro", uri=True) as database:
        states = database.execute("SELECT state FROM deliveries").fetchall()
    return sum(state in ("pending", "waiting", "in_flight") for (state,) in states)


def test_what_a_consumer_does_not_take_waits_in_its_row_until_it_is_due(site: Site) -> None:
    site.consumer.status = lambda _: 503
    first = site.sync()
    tried = len(site.consumer.take())

    site.consumer.status = lambda _: 204
    at_once = site.run("sync", "--json")
    with time_machine.travel(bootstrap.now() + timedelta(seconds=30)):
        later = site.run("apply", "--json")

    assert (first.json["deliveries"]["waiting"], tried) == (FIRST, 6)
    assert at_once.json["deliveries"] == {"delivered": 0, "waiting": FIRST, "dead": 0}
    assert later.json["deliveries"] == {"delivered": FIRST, "waiting": 0, "dead": 0}
    assert len(site.consumer.take()) == FIRST


def test_hours_of_backoff_never_deliver_hours_old_numbers(site: Site) -> None:
    site.one(cell("Complaints"), start=40, target=0)
    site.set_cell("Complaints", 9)
    site.consumer.status = lambda _: 503
    site.sync()
    site.consumer.take()
    site.set_cell("Complaints", 7)
    site.run("sync")
    site.consumer.status = lambda _: 204

    with time_machine.travel(bootstrap.now() + timedelta(minutes=10)):
        site.run("apply")

    told = by_subject(site.consumer.take())
    assert told["one"]["data"]["key_result"]["current"] == 7
    assert told["one"]["data"]["sequence"] == 3


def test_a_consumer_without_its_secret_loses_nothing(site: Site) -> None:
    site.run("apply")
    environ = {"OKR_STORE_SECRET": ""}

    ran = site.run_alone("sync", "--json", **environ)
    then = site.run("sync", "--json")

    assert ran.code == 0, ran
    assert json.loads(ran.out)["deliveries"] == {"delivered": 0, "waiting": 7, "dead": 0}
    assert then.json["deliveries"] == {"delivered": 7, "waiting": 0, "dead": 0}


def test_a_consumer_whose_address_is_not_known_loses_nothing_and_stops_nobody(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.settings["endpoints"]["board"] = {**site.settings["endpoints"]["okr-store"], "url": "${BOARD_URL}"}
    site.write_settings()

    ran = site.run_alone("sync", "--from-files", "--json", BOARD_URL="")
    monkeypatch.setenv("BOARD_URL", f"{site.sources.urls['consumer']}/hooks/syncd")
    then = site.run("sync", "--json")

    assert ran.code == 0, ran
    assert "board" in ran.err
    assert "BOARD_URL" in ran.err
    assert json.loads(ran.out)["deliveries"] == {"delivered": 13, "waiting": 13, "dead": 0}
    assert then.json["deliveries"] == {"delivered": 13, "waiting": 0, "dead": 0}


def test_a_known_address_that_is_missing_for_a_while_stays_as_it_was(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = site.settings["endpoints"]["okr-store"]["url"]
    site.settings["endpoints"]["okr-store"]["url"] = "${STORE_URL}"
    site.write_settings()
    site.consumer.status = lambda _: 410
    monkeypatch.setenv("STORE_URL", url)
    site.sync()
    site.consumer.status = lambda _: 204

    for known in ("", url):
        monkeypatch.setenv("STORE_URL", known)

        ran = site.run("sync", "--json")

        assert ran.json["deliveries"]["delivered"] == 0, "it wanted no more"


def test_a_process_killed_in_the_middle_of_its_deliveries_loses_nothing(site: Site) -> None:
    site.several(**{f"kr-{n:02}": key_result(cell("Complaints"), start=40 + n) for n in range(30)})
    stopped = site.consumer.hold_after(8)
    process = site.spawn("sync", "--from-files")
    eventually(lambda: len(site.consumer.events) >= 8, within_s=40)
    process.kill()
    process.communicate()
    left = waiting(site)

    stopped.set()
    ran = site.run("sync", "--json")

    ids = [headers["webhook-id"] for headers in site.consumer.headers]
    told = {
        (event["data"].get("key_result") or event["data"]["objective"])["id"]
        for event in site.consumer.events
    }
    assert left > 0
    assert ran.json["deliveries"]["waiting"] == 0
    assert waiting(site) == 0
    assert len(told) == 31
    assert len(set(ids)) == 2 * 31, "what is sent twice keeps its id"
    assert site.consumer.unverified == 0
    assert WEBHOOK_SECRET not in json.dumps(site.consumer.events)
