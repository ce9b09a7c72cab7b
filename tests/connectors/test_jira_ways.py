"""How long Jira's issues take, and how often they move, on Cloud and on Data Center."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from connectors.jira import cloud, data_center, issues, plugin
from connectors.jira.emulator import Deployment
from connectors.jira.jql import around
from syncd.sdk.measurement import Failure, Instants, Measurement
from tests.builders import utc
from tests.jira_sites import JiraSite, a_site, a_world, ask, issue

HOUR = 3_600.0
KNOWING_THE_SITE = 2  # serverInfo, myself
OCTOBER = Instants(start=utc("2026-10-01T00:00"), end=utc("2026-11-01T00:00"))
ALL = "project = PHX"


def at(day: int, hour: int = 0) -> str:
    return f"2026-10-{day:02}T{hour:02}:00:00.000+0000"


def moves(*steps: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"at": when, "from": left, "to": entered} for when, left, entered in steps]


def finished(number: int, *, hours: int, day: int = 5, **more: Any) -> dict[str, Any]:
    """In progress for `hours` from the first hour of `day` on, and then done."""
    log = moves((at(day), "To Do", "In Progress"), (at(day, hours), "In Progress", "Done"))
    fields = {"status": "Done", "created": at(1), "updated": at(day, hours), "resolutiondate": at(day, hours)}
    return issue(number, changelog=log, **{**fields, **more})


def lead(start: Any = None, end: Any = None, *, jql: str = ALL, **more: Any) -> dict[str, Any]:
    start, end = start or {"status": "In Progress"}, end or {"status": "Done"}
    return {"duration": {"jql": jql, "from": start, "to": end}, **more}


def into(status: str, *, jql: str = ALL) -> dict[str, Any]:
    return {"transitions": {"jql": jql, "to": {"status": status}}}


@pytest.fixture(params=get_args(Deployment))
def deployment(request: pytest.FixtureRequest) -> Deployment:
    found: Deployment = request.param
    return found


@pytest.fixture
def site(deployment: Deployment) -> Iterator[JiraSite]:
    """Six issues that took 1, 2, 3, 4, 5 and 20 hours."""
    world = a_world(*(finished(n, hours=hours) for n, hours in enumerate([4, 1, 20, 3, 5, 2], start=1)))
    with a_site(world, deployment=deployment) as site:
        yield site


@pytest.mark.parametrize(
    ("take", "hours"), [("median", 3.5), ("mean", 35 / 6), ("p85", 20), ("p95", 20), (None, 3.5)]
)
def test_a_duration_is_a_statistic_in_seconds_with_its_sample(
    site: JiraSite, take: str | None, hours: float
) -> None:
    measured = site.measurement(lead(**({"take": take} if take else {})))

    assert measured.value == pytest.approx(hours * HOUR)
    assert (measured.unit, measured.sample_size) == ("seconds", 6)


def measured_alone(deployment: Deployment, one: dict[str, Any], query: dict[str, Any]) -> float | str:
    """Hours, or the code of the error."""
    with a_site(a_world(one, statuses={"Review": "indeterminate"}), deployment=deployment) as site:
        (answer,) = site.answers(query)
    return answer.value / HOUR if isinstance(answer, Measurement) else answer.error.code


THERE_AND_BACK = moves(
    (at(5, 0), "To Do", "In Progress"),
    (at(5, 1), "In Progress", "To Do"),
    (at(5, 2), "To Do", "In Progress"),
    (at(5, 5), "In Progress", "Done"),
    (at(5, 6), "Done", "Review"),
    (at(5, 9), "Review", "Done"),
)


@pytest.mark.parametrize(
    ("log", "fields", "query", "hours"),
    [
        pytest.param(THERE_AND_BACK, {}, lead(), 9.0, id="from the first time to the last"),
        pytest.param(THERE_AND_BACK, {}, lead("created"), 24 * 4 + 9.0, id="from its creation"),
        pytest.param(
            THERE_AND_BACK, {}, lead("created", "resolved"), 24 * 7.0, id="from field to field, without a log"
        ),
        pytest.param(THERE_AND_BACK, {}, lead(end="resolved"), 24 * 3.0, id="to its resolution"),
        pytest.param(
            THERE_AND_BACK, {}, lead({"status": "To Do"}), 24 * 4 + 9.0, id="the status it was created in"
        ),
        pytest.param(THERE_AND_BACK, {}, lead({"status": "in progress"}), 9.0, id="in small letters"),
        pytest.param([], {}, lead(), "empty", id="it never moved"),
        pytest.param([], {}, lead("created"), "empty", id="it was created at the end: no move"),
        pytest.param(
            [], {"resolutiondate": None}, lead("created", "resolved"), "empty", id="it is not resolved"
        ),
        pytest.param(
            THERE_AND_BACK[:5], {"status": "Review"}, lead(), "empty", id="reopened: an earlier category"
        ),
        pytest.param(
            THERE_AND_BACK[:5],
            {"status": "Done"},
            lead({"status": "Review"}),
            "empty",
            id="the end came before the start",
        ),
        pytest.param(
            moves(
                (at(5, 0), "To Do", "In Progress"),
                (at(5, 3), "In Progress", "Review"),
                (at(5, 4), "Review", "In Progress"),
            ),
            {"status": "In Progress"},
            lead(end={"status": "Review"}),
            "empty",
            id="sent back to the start, within one category",
        ),
        pytest.param(
            moves((at(5, 0), "To Do", "Review"), (at(5, 3), "Review", "Done")),
            {"status": "Done"},
            lead("created", {"status": "Review"}),
            24 * 4.0,
            id="it went on after the end",
        ),
    ],
)
def test_the_ends_of_a_way(
    deployment: Deployment,
    log: list[dict[str, str]],
    fields: dict[str, Any],
    query: dict[str, Any],
    hours: float | str,
) -> None:
    standing = {"status": "Done", "created": at(1), "resolutiondate": at(8), **fields}

    assert measured_alone(deployment, issue(1, changelog=log, **standing), query) == hours


def test_what_is_not_of_the_status_is_no_move(deployment: Deployment) -> None:
    log = [
        *moves((at(5), "To Do", "In Progress"), (at(5, 2), "In Progress", "Done")),
        {"at": at(5, 4), "from": "In Progress", "to": "Done", "field": "Stage"},
        # into a project with a Done of its own
        {"at": at(5, 6), "from": "Done", "to": "Done", "to_id": "77"},
    ]
    with a_site(
        a_world(issue(1, changelog=log, status="Done", created=at(1))), deployment=deployment
    ) as site:
        assert site.value(lead()) == 2 * HOUR
        assert site.value(into("Done")) == 1


def test_a_status_is_known_by_its_id_under_an_earlier_name(deployment: Deployment) -> None:
    with a_site(a_world(), deployment=deployment) as site:
        (done,) = [status.id for status in site.connector._site.statuses() if status.name == "Done"]
        log = [{"at": at(5), "from": "To Do", "to": "Finished", "to_id": done}]
        site.emulator.world["issues"] = [issue(1, changelog=log, status="Done", created=at(1))]

        assert site.value(into("Done")) == 1


def test_a_way_counts_in_the_window_that_its_end_lies_in(deployment: Deployment) -> None:
    def done(number: int, moment: str, *, hours: int) -> dict[str, Any]:
        start = datetime.fromisoformat(moment).timestamp() - hours * HOUR
        begun = datetime.fromtimestamp(start, UTC).isoformat()
        log = moves((begun, "To Do", "In Progress"), (moment, "In Progress", "Done"))
        return issue(
            number,
            changelog=log,
            status="Done",
            created="2026-09-01T00:00:00.000+0000",
            updated="2026-11-20T00:00:00.000+0000",
            resolutiondate=moment,
        )

    world = a_world(
        done(1, "2026-09-30T23:59:59.999+0000", hours=1),
        done(2, "2026-10-01T00:00:00.000+0000", hours=2),
        done(3, "2026-11-01T00:59:59.999+0100", hours=4),
        done(4, "2026-11-01T01:00:00.000+0100", hours=8),
        # The zone of the account does not move the ends.
        account={"timeZone": "Pacific/Kiritimati"},
        time_zone="Pacific/Kiritimati",
    )
    with a_site(world, deployment=deployment) as site:
        by_status = site.measurement(ask(lead(take="mean"), window=OCTOBER))
        by_resolution = site.measurement(ask(lead(end="resolved", take="mean"), window=OCTOBER))
        into_done = site.value(ask(into("Done"), window=OCTOBER))

    assert (by_status.value, by_status.sample_size) == (pytest.approx(3 * HOUR), 2)
    assert (by_resolution.value, by_resolution.sample_size) == (pytest.approx(3 * HOUR), 2)
    assert into_done == 2


def test_moves_are_counted_and_not_issues(deployment: Deployment) -> None:
    world = a_world(
        issue(1, changelog=THERE_AND_BACK, status="Done", updated=at(9)),
        finished(2, hours=3),
        issue(3, status="Done", updated=at(9)),  # created so
        statuses={"Review": "indeterminate"},
    )
    with a_site(world, deployment=deployment) as site:
        one_day = Instants(start=utc("2026-10-05T05:00"), end=utc("2026-10-05T09:00"))

        values = [
            site.value(query) for query in (into("Done"), into("To Do"), into("Done", jql="labels = none"))
        ]
        within = site.value(ask(into("Done"), window=one_day))

        # a count of nothing is zero; and the hour at which the window ends is not in it
        assert (values, within) == ([3, 1, 0], 1)


def test_a_sample_of_nothing_is_missing_and_fails_alone(site: JiraSite) -> None:
    september = Instants(start=utc("2026-09-01T00:00"), end=utc("2026-10-01T00:00"))

    nothing, elsewhere, good = site.answers(
        ask(lead(), key="a", window=september), ask(lead(jql="labels = x"), key="b"), ask(lead(), key="c")
    )

    assert isinstance(nothing, Failure)
    assert isinstance(elsewhere, Failure)
    assert (nothing.error.code, elsewhere.error.code) == ("empty", "empty")
    assert isinstance(good, Measurement)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (lead(jql="colour = blue"), "query_rejected"),
        (into("Done", jql="colour = blue"), "query_rejected"),
        (lead(end={"status": "Dome"}), "status_not_found"),
        (into("Dome"), "status_not_found"),
        (ask(lead(jql='labels = "x'), key="q0", window=OCTOBER), "jql_unbalanced"),
    ],
)
def test_one_bad_query_fails_alone(site: JiraSite, query: Any, code: str) -> None:
    bad, good, moved = site.answers(query, ask(lead(), key="q1"), ask(into("Done"), key="q2"))

    assert isinstance(bad, Failure)
    assert bad.error.code == code
    assert isinstance(good, Measurement)
    assert (good.sample_size, moved) == (
        6,
        Measurement(key="q2", value=6, unit="count", evidence_url=moved.evidence_url),
    )


def test_a_mistaken_status_is_told_with_the_one_that_was_meant(site: JiraSite) -> None:
    assert site.error(into("Dome")).hint == "did you mean 'Done'?"


def test_a_status_that_is_new_to_the_site_is_found(site: JiraSite) -> None:
    site.value(into("Done"))
    site.emulator.world["statuses"] = {"Live": "done"}

    assert site.value(into("Live")) == 0


def test_the_evidence_is_the_search_that_finds_the_issues() -> None:
    with a_site(a_world(finished(1, hours=1))) as site:
        measured = site.measurement(ask(lead(), window=OCTOBER))

    assert "project%20%3D%20PHX" in str(measured.evidence_url)
    assert "updated%20%3E%3D" in str(measured.evidence_url)


# ---------------------------------------------------------------- how few requests


def test_windows_and_statistics_of_one_jql_take_one_walk_and_one_request_for_logs() -> None:
    weeks = [
        Instants(start=utc(f"2026-10-{day:02}T00:00"), end=utc(f"2026-10-{day + 7:02}T00:00"))
        for day in (1, 8, 15, 22)
    ]
    with a_site(a_world(*(finished(n, hours=1 + n % 20) for n in range(1, 90)))) as site:
        site.answers(
            *(ask(lead(take=take), key=take, window=weeks[0]) for take in ("median", "mean", "p85", "p95")),
            *(ask(into("Done"), key=f"w{n}", window=week) for n, week in enumerate(weeks)),
            ask(lead(), key="all"),
        )

        assert len(site.asked("search/jql")) == len(site.asked("changelog/bulkfetch")) == 1
        assert len(site.asked("/status")) == 1
        assert len(site.asked()) == 3 + KNOWING_THE_SITE


def test_logs_are_asked_for_a_thousand_issues_at_once_and_of_the_status_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cloud, "LOGS", 40)
    with a_site(a_world(*(finished(n, hours=1) for n in range(1, 101)))) as site:
        assert site.measurement(lead()).sample_size == 100

        bodies = [
            json.loads(exchange.body) for exchange in site.emulator.exchanges if "changelog" in exchange.path
        ]
    assert [len(body["issueIdsOrKeys"]) for body in bodies] == [40, 40, 20]
    assert all(body["fieldIds"] == ["status"] for body in bodies)


def test_what_no_log_says_takes_no_log(deployment: Deployment) -> None:
    with a_site(a_world(finished(1, hours=1)), deployment=deployment) as site:
        site.value(lead("created", "resolved"))

        assert site.asked("changelog") == site.asked("/status") == []
        assert not any("changelog" in exchange.query for exchange in site.emulator.exchanges)


def test_data_center_gives_logs_with_the_issues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_center, "PAGE_WITH_LOGS", 40)
    with a_site(a_world(*(finished(n, hours=1) for n in range(1, 101))), deployment="Server") as site:
        assert site.measurement(lead()).sample_size == 100

        assert len(site.asked("/search")) == 3
        assert len(site.asked()) == 3 + 1 + 3  # the status; serverInfo of either version, myself


def test_moves_are_counted_from_ids_alone() -> None:
    with a_site(a_world(finished(1, hours=1))) as site:
        site.value(into("Done"))

        (walk,) = [exchange for exchange in site.emulator.exchanges if "search/jql" in exchange.path]
    assert json.loads(walk.body)["fields"] == ["id"]


# ---------------------------------------------------------------- whole, or an error


def test_a_log_that_is_spread_over_pages_is_one_log() -> None:
    world = a_world(*(finished(n, hours=n) for n in range(1, 8)), page_of_changes=3)
    with a_site(world) as site:
        measured = site.measurement(lead())

        assert (measured.value, measured.sample_size) == (4 * HOUR, 7)
        assert len(site.asked("changelog/bulkfetch")) == 5


def test_a_log_that_data_center_cuts_is_an_error_and_no_other_number() -> None:
    with a_site(a_world(finished(1, hours=1), short_logs=True), deployment="Server") as site:
        assert site.error(lead()).code == "changelog_cut_short"


CHANGE = {
    "id": "1",
    "created": 1_790_000_000_000,
    "items": [
        {
            "field": "status",
            "fieldId": "status",
            "from": "1",
            "to": "2",
            "fromString": "A",
            "toString": "Done",
        }
    ],
}


@pytest.mark.parametrize("created", [1_759_622_400_000, 1_759_622_400, "2025-10-05T00:00:00.000+0000"])
def test_a_moment_may_be_a_text_or_a_number(created: int | str) -> None:
    """Atlassian's schema and its example differ."""
    window = Instants(start=utc("2025-10-05T00:00"), end=utc("2025-10-05T00:01"))
    one = issue(1, status="Done", updated="2025-10-05T00:00:00.000+0000")
    with a_site(a_world(one)) as site:
        body = {
            "issueChangeLogs": [{"issueId": "10001", "changeHistories": [{**CHANGE, "created": created}]}]
        }
        site.fail("/rest/api/3/changelog/bulkfetch", 200, body=json.dumps(body))

        assert site.value(ask(into("Done"), window=window)) == 1


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"issueChangeLogs": None},
        {"issueChangeLogs": [{"issueId": "10001"}]},
        {"issueChangeLogs": [{"issueId": "10001", "changeHistories": [{**CHANGE, "created": None}]}]},
        {"issueChangeLogs": [{"issueId": "10001", "changeHistories": [{**CHANGE, "created": "yesterday"}]}]},
        {"issueChangeLogs": [{"issueId": "10001", "changeHistories": [{**CHANGE, "created": "2026-10-05"}]}]},
        {"issueChangeLogs": [], "nextPageToken": "again"},
    ],
    ids=str,
)
def test_a_page_of_changes_that_is_none_is_no_zero(page: dict[str, Any]) -> None:
    with a_site(a_world(finished(1, hours=1))) as site:
        site.fail("/rest/api/3/changelog/bulkfetch", 200, body=json.dumps(page))

        moved, took, counted = site.answers(into("Done"), lead(), {"count": ALL})

    assert isinstance(moved, Failure)
    assert isinstance(took, Failure)
    assert {moved.error.actor, took.error.actor} == {"author"}
    assert isinstance(counted, Measurement)


@pytest.mark.parametrize("field", ["created", "status"])
def test_an_issue_without_what_was_asked_for_is_an_error(field: str) -> None:
    with a_site(a_world(finished(1, hours=1))) as site:
        fields = {"created": at(1), "status": {"statusCategory": {"key": "done"}}}
        del fields[field]
        page = {"issues": [{"id": "10001", "key": "PHX-1", "fields": fields}], "isLast": True}
        site.fail("/rest/api/3/search/jql", 200, body=json.dumps(page))

        assert site.error(lead()).actor == "author"


def test_a_short_window_does_not_suffer_from_a_long_one_beside_it(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (issues, cloud, data_center):
        monkeypatch.setattr(module, "PAGES", 1)
    old = {"updated": "2026-08-01T00:00:00.000+0000"}
    world = a_world(finished(1, hours=1), *(issue(n, created=at(1), **old) for n in range(2, 5)), page=2)
    with a_site(world, deployment=deployment) as site:
        short, long = site.answers(ask(lead(), key="a", window=OCTOBER), ask(lead(), key="b"))

    assert isinstance(short, Measurement)
    assert isinstance(long, Failure)
    assert long.error.code == "too_many_issues"


def test_logs_that_are_too_long_are_an_error_and_no_smaller_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "PAGES", 2)
    with a_site(a_world(*(finished(n, hours=1) for n in range(1, 4)), page_of_changes=2)) as site:
        assert site.error(lead()).code == "too_many_issues"


# ---------------------------------------------------------------- what people may write


@pytest.mark.parametrize(
    "written",
    [
        lead("resolved"),
        lead("merged"),
        lead(end="created"),
        lead(end="Done"),  # a status is always {status: NAME}
        lead(take="average"),
        lead(take="p99"),
        {"transitions": {"jql": ALL, "to": "Done"}},
        {"transitions": {"jql": ALL}},
        {**into("Done"), "take": "mean"},
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(written: dict[str, Any]) -> None:
    kind = next(iter(written))

    with pytest.raises(ValidationError):
        plugin.kinds[kind].model_validate(written)


def test_a_jql_is_narrowed_by_more_than_any_zone_is_away() -> None:
    since, until = utc("2026-10-02T00:30"), utc("2026-10-09T00:30")

    narrowed = around("a = 1 OR b = 2 ORDER BY c", by="resolved", since=since, until=until)

    assert narrowed == (
        '(a = 1 OR b = 2) AND resolved >= "2026-10-01 00:30" AND resolved < "2026-10-10 00:30"'
    )
    assert around("", by="updated", since=since) == 'updated >= "2026-10-01 00:30"'
