"""`syncd store`: what is in it, and a new epoch after a backup was restored."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from syncd.store.lock import serving_lock
from tests.installations import Site, cell, key_result


@pytest.fixture
def restored_site(site: Site) -> Site:
    """Its store is the backup of the first sync; since then consumers were told another target."""
    site.several(users=key_result(cell("Assistant users"), target=12_000))
    site.sync()
    database, backup = site.folder / "syncd.db", site.folder / "backup.db"
    with closing(sqlite3.connect(database)) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)
    site.several(users=key_result(cell("Assistant users"), target=6_000))
    site.run("apply")
    for beside in ("-wal", "-shm"):
        (site.folder / f"syncd.db{beside}").unlink(missing_ok=True)
    shutil.copy(backup, database)
    site.consumer.take()
    return site


def test_a_restored_store_tells_everything_once_more_in_a_greater_epoch(restored_site: Site) -> None:
    before = restored_site.run("store show", "--json").json

    ran = restored_site.run("store new-epoch", "--reason", "last night's backup", "--json")

    assert ran.code == 0, ran.err
    assert ran.json["former_epoch"] == before["epoch"] < ran.json["epoch"]
    assert (ran.json["announced"], ran.json["removed"], ran.json["deliveries"]["delivered"]) == (2, 0, 2)
    told = restored_site.consumer.take()
    assert {event["source"]["epoch"] for event in told} == {ran.json["epoch"]}
    assert [event["data"]["key_result"]["target"] for event in told if "key_result" in event["data"]] == [
        12_000
    ]
    with closing(sqlite3.connect(restored_site.folder / "syncd.db")) as database:
        rows = database.execute("select details from audit where action = 'new_epoch'").fetchall()
    assert [json.loads(details)["reason"] for (details,) in rows] == ["last night's backup"]


def test_a_store_that_is_served_begins_no_epoch(restored_site: Site) -> None:
    epoch = restored_site.run("store show", "--json").json["epoch"]

    with serving_lock(restored_site.folder / "syncd.db"):
        ran = restored_site.run("store new-epoch")

    assert (ran.code, "store_served" in ran.err) == (1, True)
    assert restored_site.run("store show", "--json").json["epoch"] == epoch


def test_a_store_shows_what_is_in_it_and_no_password(restored_site: Site) -> None:
    shown = restored_site.run("store show", "--json").json

    assert shown["store"].endswith("syncd.db")
    assert shown["bytes"] > 0
    assert (shown["rows"]["key_results"], shown["rows"]["objectives"]) == (1, 1)
    assert restored_site.run("store show").out.splitlines()[0].startswith("store")


def test_there_is_nothing_to_show_of_a_store_that_was_never_made(site: Site) -> None:
    shown, begun = site.run("store show"), site.run("store new-epoch")

    assert (shown.code, begun.code) == (1, 1)
    assert "store_missing" in shown.err
    assert "store_missing" in begun.err
