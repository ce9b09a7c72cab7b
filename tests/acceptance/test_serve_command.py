"""`syncd serve`: keeps key results true until stopped, beside the other commands."""

from __future__ import annotations

import os
import signal

import httpx

from tests.installations import Site, a_mapping, cell, eventually, key_result
from tests.serving import serving


def often(site: Site) -> None:
    """Every source is asked again at once, as far as the schedule is concerned."""
    for connection in site.settings["connections"].values():
        connection |= {"refresh": "1s", "min_interval": "0s"}
    site.write_settings()


def current(site: Site, name: str) -> object:
    row = site.status().get(name)
    return row and row["current"]


def subjects(site: Site) -> int:
    """How many were told of."""
    data = [event["data"] for event in site.consumer.events]
    return len({(one.get("key_result") or one["objective"])["id"] for one in data})


def test_serve_applies_syncs_delivers_answers_and_ends_cleanly(site: Site) -> None:
    often(site)

    with serving(site) as served:
        eventually(lambda: len(site.consumer.events) >= 13)
        health = httpx.get(f"{served.url}/healthz", trust_env=False).json()
        site.consumer.take()
        site.set_cell("Assistant users", 6_000)
        eventually(lambda: current(site, "adoption") == 0.5)
        eventually(lambda: len(site.consumer.events) >= 2)
        code = served.stop()

    assert health["status"] == "ok"
    assert health["last_sync"]["outcome"] == "ok"
    assert code == 0
    assert served.said("serve.stopped")
    assert not served.said("Traceback")
    assert site.run("sync").code == 0, "the lock ended with the process"


def test_another_process_that_would_sync_is_refused_and_the_others_are_not(site: Site) -> None:
    with serving(site) as served:
        refused = site.run("sync")
        second = site.run("serve", "--port", "0")
        status, planned = site.run("status"), site.run("plan")

    assert refused.code == second.code == 1
    assert f"pid {served.process.pid}" in refused.err
    assert f"pid {served.process.pid}" in second.err
    assert (status.code, planned.code) == (0, 0)


def test_an_apply_beside_serve_is_noticed_and_synced(site: Site) -> None:
    site.settings["connections"]["usage"]["min_interval"] = "0s"
    site.write_settings()
    with serving(site):
        eventually(lambda: current(site, "adoption") == 0.25)
        new = {"title": "New", "key_results": {"new": key_result(cell("Active customers"))}}
        site.write(a_mapping({"new": new, **a_mapping()["objectives"]}))
        applied = site.run("apply")
        eventually(lambda: current(site, "new") == 12_000, within_s=10)

    assert applied.code == 0, applied


def test_watch_applies_good_files_keeps_the_last_version_and_never_removes(site: Site) -> None:
    often(site)
    mapping = a_mapping()
    stories = mapping["objectives"]["quality"]["key_results"]["stories-done"]
    with serving(site, "--watch") as served:
        eventually(lambda: current(site, "stories-done") == 5)

        stories["target"] = 10
        site.write(mapping)
        eventually(lambda: site.status()["stories-done"]["progress"] == 0.5)

        site.write(a_mapping(ownr="anna"))
        eventually(lambda: served.said("watch.kept_last_version"))
        wrong = site.status()["stories-done"]

        served.lines.clear()
        del mapping["objectives"]["growth"]
        site.write(mapping)
        eventually(lambda: served.said("removal_not_allowed"))
        told = [line for line in served.lines if "--allow-removals" in line]
        removed = site.status()

    assert (wrong["target"], wrong["progress"]) == (10, 0.5)
    assert told
    assert {"adoption", "complaints"} <= removed.keys()


def test_watch_applies_at_its_start_what_changed_while_it_was_away(site: Site) -> None:
    site.sync()
    mapping = a_mapping()
    mapping["objectives"]["quality"]["key_results"]["stories-done"]["target"] = 10
    site.write(mapping)

    with serving(site, "--watch"):
        eventually(lambda: site.status()["stories-done"]["target"] == 10)


def test_a_taken_port_is_said_and_exits_1(site: Site) -> None:
    port = httpx.URL(site.sources.urls["consumer"]).port

    ran = site.run("serve", "--port", str(port))

    assert ran.code == 1
    assert "cannot listen" in ran.err
    assert "--port 0" in ran.err
    assert "Traceback" not in ran.err


def test_serve_takes_up_what_a_killed_process_left(site: Site) -> None:
    released = site.consumer.hold_after(2)
    with serving(site) as served:
        eventually(lambda: len(site.consumer.events) >= 2)
        os.kill(served.process.pid, signal.SIGKILL)
    released.set()

    with serving(site):
        eventually(lambda: subjects(site) == 6, within_s=30)

    assert site.consumer.unverified == 0
