"""Shadow mode and `push`, from the files to a consumer that verifies."""

from __future__ import annotations

import sqlite3
from typing import Any

from tests.installations import Row, Site, a_mapping, cell, key_result

SECRETS = ("bugs", "hushed", "Open bugs that nobody should hear of")
BUGS = {"from": "code", "issues": {"repo": "acme/app", "state": "open", "labels": ["bug"]}}


def bugs(**more: Any) -> Row:  # Any: YAML
    return key_result(BUGS, start=40, target=4) | {"title": SECRETS[2]} | more


def complaints() -> Row:
    return key_result(cell("Complaints"), start=40, target=10)


def growth(site: Site, key_results: Row, **more: Any) -> None:  # Any: YAML
    site.write(a_mapping({"growth": {"title": "Growth", "key_results": key_results, **more}}))


def told(site: Site) -> list[tuple[str, str, int]]:
    """The events since the last time: type, last part of the id, sequence; by subject."""
    found = []
    for event in site.consumer.take():
        about = event["data"].get("key_result") or event["data"]["objective"]
        found.append((event["type"], about["id"].rpartition("/")[2], event["data"]["sequence"]))
    return sorted(found, key=lambda one: (one[1], one[2]))


def stored_events(site: Site) -> bytes:
    with sqlite3.connect(site.database) as database:
        return b"".join(body for (body,) in database.execute("SELECT body FROM events"))


def test_not_one_byte_of_what_is_in_shadow_is_stored_or_sent(site: Site) -> None:
    # A shadow key result beside a live one, and a whole objective in shadow with all that becomes of it.
    objectives = {
        "growth": {
            "title": "Growth",
            "supports": ["product/hushed"],
            "key_results": {
                "complaints": complaints(),
                "bugs": bugs(mode="shadow"),
                "mix": {
                    "title": "Both",
                    "composite": {"parts": {"product/growth/bugs": 1, "product/growth/complaints": 1}},
                },
            },
        },
        "hushed": {
            "title": "Hushed",
            "mode": "shadow",
            "key_results": {"audits": key_result(None, target=4)},
        },
    }
    site.write(a_mapping(objectives))
    site.set_cell("Complaints", 30)

    site.sync()
    site.run("check-in", "product/hushed/audits", "--value", "2", "--comment", "hushed words")
    site.run("check-in", "product/growth/bugs", "--confidence", "0.5", "--comment", "bugs and words")
    site.sources.github.world["repos"]["acme/app"]["issues"][0]["state"] = "closed"
    site.sync()
    del objectives["hushed"]
    del objectives["growth"]["supports"]
    site.write(a_mapping(objectives))
    archived = site.run("apply", "--allow-removals")

    assert archived.code == 0, archived.err
    sent = b"".join(site.consumer.bodies)
    assert b"complaints" in sent
    assert [word for word in (*SECRETS, "words") if word.encode() in sent + stored_events(site)] == []


def test_it_is_computed_and_shown_everywhere(site: Site) -> None:
    growth(site, {"complaints": complaints(), "bugs": bugs(mode="shadow")})

    site.sync()

    row = site.status()["bugs"]
    assert (row["current"], row["mode"], row["sequence"], row["push"]) == (8, "shadow", 0, True)
    assert row["shadow_since"] is not None
    explained = site.run("explain", "product/growth/bugs", "--json").json
    assert explained["mode"] == "shadow"
    assert [check_in["current"] for check_in in explained["history"]] == [8]
    assert "in shadow" in site.run("status").out
    assert "in shadow since" in site.run("explain", "product/growth/bugs").out
    objective = site.run("status", "--json").objectives["growth"]
    assert (objective["mode"], objective["known"], objective["of"]) == ("live", 1, 1)


def test_going_live_tells_the_whole_from_sequence_one_and_going_back_removes_it(site: Site) -> None:
    growth(site, {"bugs": bugs()}, mode="shadow")
    site.sync()
    site.sync()
    before = told(site)

    growth(site, {"bugs": bugs()})
    planned = site.run("plan", "--recorded")
    site.run("apply")
    live = told(site)
    growth(site, {"bugs": bugs(mode="shadow")})
    site.run("apply")
    gone = told(site)
    site.sources.github.world["repos"]["acme/app"]["issues"][0]["state"] = "closed"
    site.sync()

    assert before == []
    assert "mode shadow → live" in planned.out
    assert live == [
        ("key_result.defined", "bugs", 1),
        ("key_result.progressed", "bugs", 2),
        ("objective.defined", "growth", 1),
        ("objective.progressed", "growth", 2),
    ]
    assert gone == [("key_result.removed", "bugs", 3), ("objective.progressed", "growth", 3)]
    assert told(site) == [], "syncd goes on to compute, and tells nobody"
    assert site.status()["bugs"]["current"] == 7


def test_one_that_goes_live_with_another_measure_has_no_number_until_it_is_read(site: Site) -> None:
    growth(site, {"one": bugs(mode="shadow")})
    site.sync()
    told(site)

    growth(site, {"one": complaints()})
    site.run("apply")
    (defined,) = [event for event in site.consumer.take() if "key_result" in event["data"]]

    assert defined["type"] == "key_result.defined"
    assert defined["data"]["key_result"]["current"] is None


def test_one_that_goes_into_shadow_with_another_measure_does_so_at_once(site: Site) -> None:
    growth(site, {"one": complaints()})
    site.sync()
    told(site)

    growth(site, {"one": bugs(mode="shadow")})
    site.run("apply")

    assert [event for event in told(site) if event[1] == "one"] == [("key_result.removed", "one", 4)]
    assert site.status()["one"]["mode"] == "shadow"


def test_a_name_that_changes_in_shadow_is_nobodys_business(site: Site) -> None:
    growth(site, {"old": bugs(mode="shadow")})
    site.sync()
    told(site)

    growth(site, {"new": bugs(mode="shadow", was="product/growth/old")})
    site.run("apply")

    assert told(site) == []
    assert site.status()["new"]["current"] == 8


def test_a_plan_of_a_change_of_mode_alone_differs(site: Site) -> None:
    growth(site, {"bugs": bugs()})
    site.sync()
    growth(site, {"bugs": bugs(push=False)}, mode="shadow")

    ran = site.run("plan", "--recorded", "--json")

    assert ran.code == 2
    row = ran.key_results["bugs"]
    assert (row["mode"], row["push"], row["before"]["mode"]) == ("shadow", False, "live")
    said = site.run("plan", "--recorded").out
    assert "mode live → shadow, push on → off" in said
    assert "objective product/growth" in said


def test_what_is_not_pushed_counts_in_what_is(site: Site) -> None:
    site.set_cell("Complaints", 25)
    growth(site, {"complaints": complaints(), "bugs": bugs(push=False)})

    site.sync()

    assert {name for _, name, _ in told(site)} == {"complaints", "growth"}
    assert site.run("status", "--json").objectives["growth"]["of"] == 2
    assert "not pushed" in site.run("status").out


def test_an_objective_says_which_of_its_parts_in_shadow_it_does_not_count(site: Site) -> None:
    site.several(
        live=key_result(cell("Complaints"), start=40, target=0),
        pilot=key_result(cell("Assistant users"), target=6_000, mode="shadow"),
    )
    site.sync()

    facts, shown = site.run("explain", "product/only", "--json").json, site.run("explain", "product/only").out

    assert {part["id"].rpartition("/")[2]: part["counts"] for part in facts["parts"]} == {
        "live": True,
        "pilot": False,
    }
    assert facts["of"] == 1
    assert "product/only/pilot (in shadow: does not count)" in shown


def test_what_was_applied_and_never_read_says_what_comes_next(site: Site) -> None:
    site.run("apply")

    assert "nothing was read yet: `syncd sync`" in site.run("status").out
    site.run("sync")
    assert "nothing was read yet" not in site.run("status").out
