"""`syncd backfill`: the past of dated numbers, against what the emulated worlds hold."""

from __future__ import annotations

import getpass
import json
import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.installations import CYCLE, JIRA_TOKEN, Row, Site, cell, key_result
from tests.jira_sites import EMAIL, a_world, issue

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(BERLIN).date()
FIRST = NOW.date() - timedelta(days=40)
CREATED = {"from": "tracker", "count": "project = PHX", "window": "cycle", "by": "created"}
RELEASED = {"from": "code", "releases": {"repo": "acme/app"}, "window": "28d"}
OPEN = {"from": "code", "issues": {"repo": "acme/app", "state": "open"}}

MADE = [NOW - timedelta(days=back, hours=back % 5) for back in (55, 38, 36, 36, 31, 22, 21, 20, 9, 8, 3, 1)]
"""When things were created; the first before the cycle."""


def ends_of_days(first: date = FIRST) -> list[datetime]:
    days = [first + timedelta(days=n) for n in range((TODAY - first).days)]
    ends = [datetime.combine(day, time(23, 59), BERLIN).astimezone(UTC) for day in days]
    return [end for end in ends if end < NOW]


def ends_of_weeks() -> list[datetime]:
    return [end for end in ends_of_days() if end.astimezone(BERLIN).isoweekday() == 7]


def made_in_cycle(until: datetime) -> float:
    begin = datetime.combine(FIRST, time(), BERLIN)
    return float(sum(begin <= at < until for at in MADE))


def made_lately(until: datetime) -> float:
    return float(sum(until - timedelta(days=28) <= at < until for at in MADE))


@pytest.fixture
def dated(site: Site) -> Site:
    """Issues and releases, one for each moment of `MADE`."""
    site.sources.jira.world = a_world(
        *(issue(n, created=at.isoformat()) for n, at in enumerate(MADE, start=1)),
        token=JIRA_TOKEN,
        email=EMAIL,
    )
    site.sources.github.world["repos"]["acme/app"]["releases"] = [
        {"tag_name": f"v{n}", "published_at": at.isoformat()} for n, at in enumerate(MADE)
    ]
    return site


def backfill(site: Site, *arguments: str, code: int = 0) -> Row:
    ran = site.run("backfill", "--json", *arguments)
    assert ran.code == code, ran.err or ran.out
    return ran.json


def of(done: Row, name: str) -> Row:
    return next(row for row in done["key_results"] if row["id"].endswith(f"/{name}"))


def history(site: Site, name: str = "one") -> list[tuple[datetime, float, float | None, str]]:
    """Every check-in, oldest first."""
    with sqlite3.connect(site.database) as database:
        rows = database.execute(
            "select c.at, c.current, c.progress, c.origin from check_ins c join subjects s"
            " on s.key = c.subject_key where s.id = ? order by c.at",
            (f"product/only/{name}",),
        ).fetchall()
    return [(datetime.fromtimestamp(at / 1_000_000, UTC), *rest) for at, *rest in rows]


def imported(site: Site, name: str = "one") -> list[tuple[datetime, float, float | None]]:
    return [(at, value, share) for at, value, share, origin in history(site, name) if origin == "import"]


def test_weeks_of_a_dated_count_are_filled_in_as_they_were(dated: Site) -> None:
    dated.one(CREATED, target=20)
    dated.sync()

    done = backfill(dated)

    then = [(at, made_in_cycle(at)) for at in ends_of_weeks()]
    assert [(at, value) for at, value, _ in imported(dated)] == then
    assert [share for *_, share in imported(dated)] == [value / 20 for _, value in then]
    assert (done["outcome"], of(done, "one")["added"]) == ("ok", len(then))
    assert len({value for _, value in then}) > 2


def test_days_of_a_window_that_runs_back_are_filled_in_as_they_were(dated: Site) -> None:
    dated.one(RELEASED, target=20)
    dated.sync()

    backfill(dated, "--every", "day")

    then = [(at, made_lately(at)) for at in ends_of_days()]
    assert [(at, value) for at, value, _ in imported(dated)] == then


def test_two_runs_add_nothing_twice_and_ask_nothing_twice(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()
    backfill(dated)
    before = history(dated)
    dated.sources.jira.exchanges.clear()

    again = backfill(dated)

    assert (of(again, "one")["added"], of(again, "one")["known"]) == (0, len(ends_of_weeks()))
    assert again["queries"] == 0
    assert not dated.sources.jira.exchanges
    assert history(dated) == before


def test_days_are_added_between_weeks(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()
    backfill(dated)

    backfill(dated, "--every", "day")

    assert [at for at, *_ in imported(dated)] == ends_of_days()


def test_no_state_moves_and_nobody_is_told(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()
    before = dated.status()["one"]
    dated.consumer.take()

    backfill(dated, "--every", "day")

    after = dated.status()["one"]
    assert {**after, "forecast": None, "no_forecast": None} == {
        **before,
        "forecast": None,
        "no_forecast": None,
    }
    dated.sync()
    assert [event["type"] for event in dated.consumer.take() if event["type"].startswith("key_result")] == []


def test_who_filled_the_past_in_is_kept(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()

    backfill(dated)

    with sqlite3.connect(dated.database) as database:
        rows = database.execute("select actor, details from audit where action = 'backfill'").fetchall()
    ((actor, details),) = rows
    assert actor == getpass.getuser()
    assert json.loads(details) == {"added": {f"product/only/one@{CYCLE}": len(ends_of_weeks())}}


def test_a_filled_in_past_makes_a_forecast(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()
    assert dated.status()["one"]["forecast"] is None

    backfill(dated, "--every", "day")

    assert dated.status()["one"]["forecast"]["points"] == 28


def test_nothing_is_filled_in_from_the_first_real_value_on(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()
    first_real = NOW - timedelta(days=15)
    with sqlite3.connect(dated.database) as database:
        database.execute("update check_ins set at = ?", (int(first_real.timestamp() * 1_000_000),))

    backfill(dated, "--every", "day")

    assert [at for at, *_ in imported(dated)] == [at for at in ends_of_days() if at < first_real]


def test_only_days_since_the_given_one_are_filled_in(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()
    since = TODAY - timedelta(days=10)

    backfill(dated, "--since", since.isoformat(), "--every", "day")

    assert [at for at, *_ in imported(dated)] == ends_of_days(since)


def test_a_key_result_is_filled_in_only_when_all_its_inputs_can_tell(dated: Site) -> None:
    dated.several(
        one=key_result(CREATED),
        mixed=key_result({"made": CREATED, "open": OPEN}, value="made + open"),
        sheet=key_result(cell("Complaints")),
        **{"by-hand": key_result(None)},
    )
    dated.sync()

    done = backfill(dated)

    untold = {row["id"].rpartition("/")[2]: row["untold"] for row in done["key_results"]}
    assert {name: row and row["code"] for name, row in untold.items()} == {
        "one": None,
        "mixed": "no_window",
        "sheet": "no_window",
        "by-hand": "by_hand",
    }
    assert imported(dated, "mixed") == imported(dated, "sheet") == []
    assert "about now" in dated.run("backfill").out


def test_two_sources_make_one_value_of_the_same_moment(dated: Site) -> None:
    dated.one({"made": CREATED, "out": RELEASED}, value="made + 100 * out", target=5_000)
    dated.sync()

    backfill(dated)

    assert [value for _, value, _ in imported(dated)] == [
        made_in_cycle(at) + 100 * made_lately(at) for at in ends_of_weeks()
    ]


def test_one_of_many_can_be_named(dated: Site) -> None:
    dated.several(one=key_result(CREATED), two=key_result(RELEASED))
    dated.sync()

    done = backfill(dated, "product/only/two")

    assert [row["id"] for row in done["key_results"]] == ["product/only/two"]
    assert imported(dated, "one") == []


def test_a_dry_run_asks_and_writes_nothing(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()
    dated.sources.jira.exchanges.clear()

    done = backfill(dated, "--dry-run")
    shown = dated.run("backfill", "--dry-run").out

    assert (done["dry_run"], done["queries"]) == (True, len(ends_of_weeks()))
    assert not dated.sources.jira.exchanges
    assert imported(dated) == []
    assert f"dry run: {len(ends_of_weeks())} queries would be asked" in shown


def test_many_moments_of_a_walked_list_take_as_many_requests_as_one(dated: Site) -> None:
    dated.one(RELEASED)
    dated.sync()
    dated.sources.github.exchanges.clear()

    backfill(dated, "--every", "day")

    assert len([it for it in dated.sources.github.exchanges if "releases" in it.path]) == 1


def test_equal_questions_of_two_key_results_are_asked_once(dated: Site) -> None:
    dated.several(one=key_result(CREATED), two=key_result(CREATED, target=7))
    dated.sync()

    done = backfill(dated)

    assert done["queries"] == len(ends_of_weeks())
    assert imported(dated, "two")[-1][1] == imported(dated, "one")[-1][1]


def test_a_source_that_fails_is_named_and_the_other_filled_in(dated: Site) -> None:
    dated.several(one=key_result(CREATED), two=key_result(RELEASED))
    dated.sync()
    dated.fail(dated.sources.jira, r".*approximate.*", 503)

    done = backfill(dated, code=3)

    assert done["outcome"] == "partial"
    assert {gap["code"] for gap in of(done, "one")["gaps"]} == {"source_unavailable"}
    assert of(done, "two")["added"] == len(ends_of_weeks())
    dated.sources.jira.faults = []
    assert of(backfill(dated), "one")["added"] == len(ends_of_weeks())


def test_when_nothing_can_be_read_it_failed(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()
    dated.fail(dated.sources.jira, r".*approximate.*", 503)

    ran = dated.run("backfill")

    assert ran.code == 1
    assert "product/only/one: source_unavailable" in ran.out


def test_a_captured_start_stays_and_the_past_is_measured_against_it(dated: Site) -> None:
    wanted = key_result(CREATED, target=20)
    dated.several(one={**wanted, "start": "measured"})
    dated.sync()
    start = dated.status()["one"]["start"]

    backfill(dated)

    assert start == made_in_cycle(NOW)
    assert dated.status()["one"]["start"] == start
    for _, value, share in imported(dated):
        assert share == pytest.approx(max(0.0, (value - start) / (20 - start)))


def test_before_a_start_was_captured_the_past_has_values_and_no_progress(dated: Site) -> None:
    wanted = key_result(CREATED, target=20)
    dated.several(one={**wanted, "start": "measured"})
    assert dated.run("apply").code == 0

    backfill(dated)

    assert [(value, share) for _, value, share in imported(dated)] == [
        (made_in_cycle(at), None) for at in ends_of_weeks()
    ]
    assert dated.status()["one"]["start"] is None


def test_a_rate_has_the_progress_that_its_weeks_had_then(dated: Site) -> None:
    per_week = {"from": "tracker", "count": "project = PHX", "window": "period", "by": "created"}
    dated.several(one={"title": "K", "rate": {"at_least": 2, "every": "week"}, "measure": per_week})
    dated.sync()

    done = backfill(dated)

    # Each Sunday looks at its own week up to then; the weeks before it are frozen, all but one at most.
    assert done["queries"] <= len(ends_of_weeks()) + 1
    first, last = (date.fromisoformat(dated.settings["cycles"][CYCLE][key]) for key in ("from", "to"))
    for at, _, share in imported(dated):
        assert share == pytest.approx(rate_then(at, first=first, last=last))
    assert of(done, "one")["added"] == len(ends_of_weeks()) > 0


def rate_then(at: datetime, *, first: date, last: date) -> float:
    """Two a week, by hand: each week at most its need, those of the cycle's edges by their days."""
    met, needed = 0.0, 0.0
    day = first
    while day <= last:
        end = min(day + timedelta(days=7 - day.isoweekday()), last)
        need = 2 * ((end - day).days + 1) / 7
        begin = datetime.combine(day, time(), BERLIN)
        close = datetime.combine(end + timedelta(days=1), time(), BERLIN)
        amount = sum(begin <= made < min(close, at) for made in MADE)
        met, needed, day = met + min(amount, need), needed + need, end + timedelta(days=1)
    return met / needed


def test_an_unknown_key_result_is_told(dated: Site) -> None:
    dated.one(CREATED)
    dated.sync()

    ran = dated.run("backfill", "product/only/won")

    assert ran.code == 1
    assert "there is no key result" in ran.err


def test_without_an_active_version_there_is_nothing_to_fill_in(dated: Site) -> None:
    assert dated.run("backfill").code == 1


GITHUB: dict[str, dict[str, Any]] = {
    "issues that were closed": {
        "from": "code",
        "count": "repo:acme/app is:issue is:closed",
        "window": "cycle",
        "by": "closed",
    },
    "issues that were created": {
        "from": "code",
        "issues": {"repo": "acme/app"},
        "window": "cycle",
        "by": "created",
    },
    "deployments": {
        "from": "code",
        "deployments": {"repo": "acme/app", "environment": "production", "state": "success"},
        "window": "cycle",
    },
    "workflow runs": {"from": "code", "workflow_runs": {"repo": "acme/app"}, "window": "cycle"},
}


@pytest.mark.parametrize("measure", GITHUB.values(), ids=GITHUB)
def test_dated_numbers_of_github_are_what_they_were(site: Site, measure: dict[str, Any]) -> None:
    repo = site.sources.github.world["repos"]["acme/app"]
    made = [at.isoformat() for at in MADE]
    repo["issues"] = [{"number": n, "created_at": at, "closed_at": at} for n, at in enumerate(made, start=1)]
    repo["deployments"] = [
        {"environment": "production", "created_at": at, "statuses": [{"state": "success", "created_at": at}]}
        for at in made
    ]
    repo["workflow_runs"] = [
        {"workflow": "ci.yml", "status": "completed", "conclusion": "success", "created_at": at}
        for at in made
    ]
    site.one(measure)
    site.sync()

    backfill(site)

    assert [(at, value) for at, value, _ in imported(site)] == [
        (at, made_in_cycle(at)) for at in ends_of_weeks()
    ]


def test_how_long_issues_of_jira_took_is_told_for_each_week_that_has_any(site: Site) -> None:
    took = [(at, timedelta(days=n)) for n, at in enumerate(MADE, start=1)]
    site.sources.jira.world = a_world(
        *(
            issue(
                n,
                created=(at - length).isoformat(),
                resolutiondate=at.isoformat(),
                updated=at.isoformat(),
                status={"name": "Done", "statusCategory": {"id": 3, "key": "done", "name": "Done"}},
            )
            for n, (at, length) in enumerate(took, start=1)
        ),
        token=JIRA_TOKEN,
        email=EMAIL,
    )
    lead = {"jql": "project = PHX", "from": "created", "to": "resolved"}
    site.one({"from": "tracker", "duration": lead, "take": "mean", "window": "7d"}, unit="days")
    site.sync()

    done = backfill(site, "--every", "day")

    known = {at: value for at, value, _ in imported(site)}
    unknown = {datetime.fromisoformat(gap["at"]) for gap in of(done, "one")["gaps"]}
    for at in ends_of_days():
        lengths = [length.days for end, length in took if at - timedelta(days=7) <= end < at]
        if lengths:
            assert known[at] == pytest.approx(sum(lengths) / len(lengths))
        else:
            assert at in unknown
    assert {gap["code"] for gap in of(done, "one")["gaps"]} <= {"empty"}
    assert known.keys() | unknown == set(ends_of_days())
