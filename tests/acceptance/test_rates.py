"""A rate from the mapping to the request and the webhook: a question per week, and none for a frozen one."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncd.okr.definition import Cycle
from syncd.okr.period import Period, periods_of
from tests.installations import CYCLE, JIRA_TOKEN, Site, cell
from tests.jira_sites import EMAIL, a_world, issue

BERLIN = ZoneInfo("Europe/Berlin")
PER_WEEK = {"from": "tracker", "count": "project = PHX", "window": "period", "by": "created"}


def weeks_of(site: Site) -> list[Period]:
    """The weeks of the cycle that have begun."""
    days = site.settings["cycles"][CYCLE]
    first, last = date.fromisoformat(days["from"]), date.fromisoformat(days["to"])
    cycle = Cycle(name=CYCLE, first_day=first, last_day=last, zone=BERLIN)
    return [week for week in periods_of(cycle, "week") if week.starts_at <= datetime.now(UTC)]


def counted(site: Site) -> list[str]:
    """The JQLs of the counts since the last look."""
    jqls = [json.loads(it.body)["jql"] for it in site.sources.jira.exchanges if "approximate" in it.path]
    site.sources.jira.exchanges.clear()
    return jqls


def a_rate(site: Site, measure: dict[str, Any], *, rate: dict[str, Any] | None = None, **more: Any) -> None:
    body = {
        "title": "Candidates",
        "rate": rate or {"at_least": 10, "every": "week"},
        "measure": measure,
        **more,
    }
    site.several(one=body)


@pytest.fixture
def fruitful(site: Site) -> Site:
    """Every week that began has one issue more than the week before; the first has one."""
    issues = [
        issue(100 * n + i, created=f"{(week.starts_at + timedelta(hours=1)).isoformat()}")
        for n, week in enumerate(weeks_of(site), start=1)
        for i in range(n)
    ]
    site.sources.jira.world = a_world(*issues, token=JIRA_TOKEN, email=EMAIL)
    a_rate(site, PER_WEEK)
    return site


def test_every_week_that_has_begun_is_counted_by_itself(fruitful: Site) -> None:
    fruitful.sync()

    one = fruitful.status()["one"]
    weeks = weeks_of(fruitful)
    assert list(one["details"]["rate"]["amounts"].values()) == list(range(1, len(weeks) + 1))
    assert one["current"] == len(weeks)
    assert len(counted(fruitful)) == len(weeks)


def test_a_frozen_week_is_not_asked_again(fruitful: Site) -> None:
    fruitful.sync()
    counted(fruitful)

    fruitful.sync()

    still_open = [week for week in weeks_of(fruitful) if datetime.now(UTC) < week.settled_at]
    asked = counted(fruitful)
    assert len(asked) == len(still_open) < len(weeks_of(fruitful))
    assert fruitful.status()["one"]["details"]["rate"]["unread"] == 0


def test_planning_asks_no_frozen_week_either(fruitful: Site) -> None:
    fruitful.sync()
    counted(fruitful)

    fruitful.run("plan", "--json")

    assert len(counted(fruitful)) < len(weeks_of(fruitful))


def test_equal_weeks_of_two_key_results_are_asked_once(fruitful: Site) -> None:
    week = {"title": "K", "rate": {"at_least": 10, "every": "week"}, "measure": PER_WEEK}
    fruitful.several(one=week, two={**week, "rate": {"at_least": 3, "every": "week", "carry_over": True}})

    fruitful.sync()

    assert len(counted(fruitful)) == len(weeks_of(fruitful))


def test_a_source_that_fails_moves_no_week(fruitful: Site) -> None:
    fruitful.sync()
    before = fruitful.status()["one"]

    fruitful.fail(fruitful.sources.jira, r".*approximate.*", 503)
    fruitful.sync(code=1)

    after = fruitful.status()["one"]
    assert after["details"]["rate"]["amounts"] == before["details"]["rate"]["amounts"]
    assert (after["current"], after["progress"]) == (before["current"], before["progress"])
    assert after["error"]["code"] == "source_unavailable"


def test_the_event_says_what_each_week_had(fruitful: Site) -> None:
    fruitful.sync()

    (event,) = [it for it in fruitful.consumer.take() if it["type"] == "key_result.progressed"]
    told = event["data"]["key_result"]
    assert (told["kind"], told["start"], told["target"]) == ("rate", None, None)
    assert told["details"]["rate"] == fruitful.status()["one"]["details"]["rate"]


def test_explain_shows_the_reading_of_the_newest_week(fruitful: Site) -> None:
    fruitful.sync()

    ran = fruitful.run("explain", "product/only/one", "--json")

    newest = weeks_of(fruitful)[-1]
    (used,) = ran.json["inputs"]
    assert (used["period"], used["value"]) == (newest.label, len(weeks_of(fruitful)))


def test_a_cell_is_a_running_total_from_its_start(site: Site) -> None:
    total = {"at_least": 10, "every": "month", "of": "running_total"}
    a_rate(site, cell("Complaints"), rate=total, start="measured")
    site.set_cell("Complaints", 40)
    site.sync()

    site.set_cell("Complaints", 47)
    site.sync()

    one = site.status()["one"]
    assert (one["current"], one["details"]["latest"], one["details"]["rate"]["base"]) == (7, 47, 40)
