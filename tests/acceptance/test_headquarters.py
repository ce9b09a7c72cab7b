"""Three syncds of real processes: a subsidiary pushes to headquarters, whose consumer hears of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.installations import CYCLE, LOOPBACK, Row, Site, cell, eventually, key_result
from tests.serving import serving


def headquarters(site: Site, folder: Path) -> Site:
    """An installation without connections, which takes what the subsidiary sends."""
    folder.mkdir()
    consumer = site.settings["endpoints"]["okr-store"]["url"]
    hq = replace(
        site,
        folder=folder,
        settings={
            "organisation": "hq",
            "timezone": "Europe/Berlin",
            "cycles": site.settings["cycles"],
            "store": "sqlite:///syncd.db",
            "allow_networks": {"endpoints": [LOOPBACK]},
            "ingest": {"acme": {"secret": "${OKR_STORE_SECRET}"}},
            "endpoints": {"board": {"url": consumer, "secret": "${OKR_STORE_SECRET}"}},
        },
    )
    hq.write_settings()
    hq.write(
        {
            "cycle": CYCLE,
            "organisation": True,
            "owner": "lena",
            "objectives": {"calm": {"title": "Calm", "key_results": {"trust": key_result(None)}}},
        }
    )
    return hq


def test_headquarters_shows_and_tells_on_what_a_subsidiary_sends(site: Site, tmp_path: Path) -> None:
    hq = headquarters(site, tmp_path / "hq")
    with serving(hq) as served:
        site.settings["endpoints"] = {
            "hq": {"url": f"{served.url}/api/v1/ingest/acme", "secret": "${OKR_STORE_SECRET}"}
        }
        site.write_settings()
        site.one(cell("Assistant users"), target=6_000)
        assert site.sync().json["deliveries"]["delivered"] >= 3
        eventually(lambda: any("key_result.progressed" in event["type"] for event in of_acme(site)))
        site.set_cell("Assistant users", 4_500)
        site.sync()
        eventually(lambda: [event for event in of_acme(site) if value(event) == 4_500])

        shown = hq.status()["one"]
        explained = hq.run("explain", "product/only/one").out

    assert (shown["current"], shown["via"], shown["team"]) == (4_500, "acme", "product")
    assert "told by acme: its event" in explained
    assert "usage  https://docs.google.com/" in explained
    assert {event["source"]["instance"] for event in site.consumer.events} == {"hq"}
    sequences = [
        event["data"]["sequence"] for event in of_acme(site) if event["type"].startswith("key_result.")
    ]
    assert sequences == list(range(1, len(sequences) + 1))
    assert json.dumps(shown["details"]) == "{}"


def of_acme(site: Site) -> list[Row]:
    return [event for event in site.consumer.events if event["data"].get("via") == "acme"]


def value(event: Row) -> float | None:
    return event["data"].get("key_result", {}).get("current")
