"""`syncd apply`: the files become the active version; removals only on request."""

from __future__ import annotations

from tests.installations import CYCLE, Row, Site, a_mapping


def without_open_bugs() -> Row:
    mapping = a_mapping()
    del mapping["objectives"]["quality"]["key_results"]["open-bugs"]
    return mapping


def test_apply_stores_a_version_and_asks_no_source(site: Site) -> None:
    ran = site.run("apply", "--json")

    assert ran.code == 0
    assert ran.json["is_new"]
    assert (ran.json["objectives"], ran.json["key_results"], ran.json["removed"]) == (2, 4, [])
    assert not site.sources.jira.exchanges
    assert all(row["current"] is None for row in site.status().values())


def test_the_same_files_again_change_nothing(site: Site) -> None:
    first = site.run("apply", "--json").json

    second = site.run("apply", "--json").json

    assert second["digest"] == first["digest"]
    assert not second["is_new"]


def test_files_with_mistakes_are_refused_and_the_active_version_stays(site: Site) -> None:
    site.sync()
    site.write(a_mapping(ownr="anna"))

    ran = site.run("apply", "--json")

    assert ran.code == 1
    assert site.run("sync").code == 0


def test_a_removal_is_refused_with_the_way_to_allow_it(site: Site) -> None:
    site.sync()
    site.write(without_open_bugs())

    ran = site.run("apply")

    assert ran.code == 1
    assert f"product/quality/open-bugs@{CYCLE}" in ran.err
    assert "--allow-removals" in ran.err
    assert "open-bugs" in site.status()


def test_an_allowed_removal_archives(site: Site) -> None:
    site.sync()
    site.write(without_open_bugs())

    ran = site.run("apply", "--allow-removals", "--json")

    assert ran.code == 0
    assert ran.json["removed"] == [{"id": "product/quality/open-bugs", "cycle": CYCLE}]
    assert "open-bugs" not in site.status()
    assert site.run("plan", "--json").code == 0


def test_an_id_that_comes_back_goes_on_with_its_sequence(site: Site) -> None:
    site.sync()
    site.write(without_open_bugs())
    site.run("apply", "--allow-removals")
    site.consumer.take()
    site.write(a_mapping())
    site.sources.github.world["repos"]["acme/app"]["issues"].pop(0)

    site.sync()

    sequences = [
        event["data"]["sequence"]
        for event in site.consumer.events
        if event["data"].get("key_result", {}).get("id") == "product/quality/open-bugs"
    ]
    assert sequences == [4, 5]
    assert site.status()["open-bugs"]["sequence"] == 5


def test_a_new_target_is_pushed_by_apply_itself(site: Site) -> None:
    site.sync()
    site.consumer.take()
    mapping = a_mapping()
    mapping["objectives"]["quality"]["key_results"]["stories-done"]["target"] = 10
    site.write(mapping)

    ran = site.run("apply", "--json")

    told = [event for event in site.consumer.take() if "key_result" in event["data"]]
    assert ran.json["deliveries"]["delivered"] == len(told) + 1
    assert {event["data"]["key_result"]["id"] for event in told} == {"product/quality/stories-done"}
    assert [event["type"] for event in told][:2] == ["key_result.retargeted", "key_result.progressed"]
    assert [event["data"]["key_result"]["progress"] for event in told][:2] == [0.5, 0.5]
    assert told[0]["data"]["previous"]["target"] == 12


def test_from_files_refuses_a_removal_too(site: Site) -> None:
    site.sync()
    site.write(without_open_bugs())

    ran = site.run("sync", "--from-files")

    assert ran.code == 1
    assert "--allow-removals" in ran.err
