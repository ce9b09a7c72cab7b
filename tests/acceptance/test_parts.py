"""Numbers that are made of other numbers, from the mapping to what is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.sdk.emulator import Fault
from tests.installations import Site, a_mapping, cell, key_result

TODAY = datetime.now(UTC).date()


def a_due_date(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def written(site: Site, **more: Any) -> None:
    """`made/mix` of two numbers from two connections, and `made/steps`; `top` over its supporters."""
    site.write(
        a_mapping(
            {
                "parts": {
                    "title": "Parts",
                    "supports": ["product/top"],
                    "key_results": {
                        "users": key_result(cell("Assistant users"), target=6_000),
                        "done": key_result(
                            {"from": "tracker", "count": "project = PHX AND statusCategory = Done"}, target=10
                        ),
                    },
                },
                "top": {"title": "Top", "rollup": "supporters"},
                "made": {
                    "title": "Made of others",
                    "key_results": {
                        "mix": {
                            "title": "Mix",
                            "composite": {"parts": {"product/parts/users": 3, "product/parts/done": 1}},
                        },
                        "steps": {
                            "title": "Steps",
                            "measure": {"users": cell("Assistant users")},
                            "milestones": {
                                "launch": {
                                    "title": "Launch",
                                    "done_on": a_due_date(-3),
                                    "due": a_due_date(-2),
                                },
                                "pilot": {
                                    "title": "Pilot",
                                    "measure": {"from": "tracker", "ticket": "PHX-1"},
                                },
                                "crowd": {"title": "A crowd", "when": "users >= 4000", "weight": 2},
                            },
                        },
                    },
                },
                **more,
            }
        )
    )


def test_every_number_is_made_of_its_parts(site: Site) -> None:
    written(site)

    site.sync()

    ran = site.run("status", "--json")
    found = ran.key_results
    assert (found["users"]["progress"], found["done"]["progress"]) == (0.5, 0.5)
    assert (found["mix"]["progress"], found["mix"]["details"]["known"]) == (0.5, 2)
    assert (found["steps"]["current"], found["steps"]["progress"]) == (2, 0.5)
    assert ran.objectives["top"]["progress"] == 0.5
    assert (ran.objectives["top"]["known"], ran.objectives["top"]["of"]) == (1, 1)


def test_a_condition_that_held_once_holds_over_syncs(site: Site) -> None:
    written(site)
    site.set_cell("Assistant users", 4_000)
    site.sync()

    site.set_cell("Assistant users", 10)
    site.sync()

    crowd = site.status()["steps"]["details"]["milestones"]["crowd"]
    assert (crowd["done"], crowd["done_on"] is not None) == (True, True)
    assert site.status()["steps"]["progress"] == 1.0


def test_a_source_that_is_down_leaves_out_the_steps_that_only_it_knows(site: Site) -> None:
    written(site)
    site.sources.jira.faults = [Fault(path="/rest/api/", status=503, times=None)]

    site.sync(code=3)

    steps = site.status()["steps"]
    assert (steps["progress"], steps["current"]) == (1 / 3, 1)
    assert (steps["details"]["known"], steps["details"]["of"]) == (2, 3)
    mix = site.status()["mix"]
    assert (mix["progress"], mix["details"]["known"], mix["freshness"]) == (0.5, 1, "failing")
    assert mix["error"] is None
