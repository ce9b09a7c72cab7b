"""What Jira may do to us, and that none of it becomes a number: a smaller one least of all."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest

from connectors.jira import cloud, data_center, issues
from syncd.errors import MalformedResponse, QueryRejected, SourceUnavailable, Unauthorized
from syncd.sdk.emulator import Fault
from syncd.sdk.measurement import Failure, Measurement
from tests.jira_sites import POINTS, JiraSite, a_site, a_world, issue

POINTED = {"sum": {"jql": "project = PHX", "field": POINTS}}
EXACT = {"count": "project = PHX", "exact": True}
ROUGH = {"count": "project = PHX"}
WORLD = a_world(*(issue(n, points=1) for n in range(1, 151)))


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with a_site(WORLD) as site:
        yield site


def answers_with(site: JiraSite, path: str, *pages: dict[str, object]) -> None:
    """Plants pages one after the other."""
    site.fail(path, 200)
    template = site.emulator.faults.pop()
    site.emulator.faults = [
        type(template)(path=path, status=200, body=json.dumps(page), times=1) for page in pages
    ]


# ---------------------------------------------------------------- pages


def test_short_pages_are_no_end() -> None:
    with a_site({**WORLD, "short_pages": True}) as site:
        assert site.value(POINTED) == 150
        assert site.value(EXACT) == 150


def test_an_issue_that_comes_twice_counts_once(site: JiraSite) -> None:
    one, two = {"id": "1", "key": "PHX-1"}, {"id": "2", "key": "PHX-2"}
    answers_with(
        site,
        "/rest/api/3/search/jql",
        {"issues": [one, two], "nextPageToken": "a", "isLast": False},
        {"issues": [two], "isLast": True},
    )

    assert site.value(EXACT) == 2


def test_the_end_may_be_told_by_a_missing_token_alone(site: JiraSite) -> None:
    answers_with(site, "/rest/api/3/search/jql", {"issues": [{"id": "1"}]})

    assert site.value(EXACT) == 1


@pytest.mark.parametrize(
    "pages",
    [
        [{"issues": [{"id": "1"}], "isLast": False}],
        [
            {"issues": [{"id": "1"}], "nextPageToken": "a", "isLast": False},
            {"issues": [{"id": "2"}], "nextPageToken": "a", "isLast": False},
        ],
        [{"isLast": True}],
        [{"issues": None, "isLast": True}],
        [{"issues": [{"key": "PHX-1"}], "isLast": True}],
        [{"errorMessages": ["no"]}],
    ],
    ids=["more, but no token", "token again", "no issues", "null issues", "no id", "an error as 200"],
)
@pytest.mark.parametrize("query", [POINTED, EXACT], ids=["sum", "exact"])
def test_a_page_that_is_none_is_an_error_and_no_smaller_number(site: JiraSite, query, pages) -> None:
    answers_with(site, "/rest/api/3/search/jql", *pages)

    assert isinstance(site.error(query), MalformedResponse)


def test_too_many_issues_are_an_error_and_no_smaller_number(
    site: JiraSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "PAGES", 1)

    failed, counted = site.answers(POINTED, ROUGH)

    assert isinstance(failed, Failure)
    assert failed.error.code == "too_many_issues"
    assert isinstance(counted, Measurement), "a count suffers from a statistic beside it"
    assert (counted.value, counted.approximate) == (150, True)


def test_too_many_issues_on_data_center_leave_its_exact_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_center, "PAGES", 1)
    with a_site({**WORLD, "page": 100}, deployment="Server") as site:
        failed, counted = site.answers(POINTED, EXACT)

    assert isinstance(failed, Failure)
    assert failed.error.code == "too_many_issues"
    assert counted.value == 150


def test_the_budget_of_pages_is_said_in_the_error() -> None:
    assert f"{issues.PAGES} pages" in str(issues.TooManyIssues(5_000))


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([{"total": 3, "issues": [{"id": "1"}]}, {"total": 3, "issues": []}], MalformedResponse),
        ([{"total": 2, "issues": [{"id": "1"}, {"id": "1"}]}], SourceUnavailable),
        ([{"issues": []}], MalformedResponse),
        ([{"total": "3", "issues": []}], MalformedResponse),
        ([{"total": -1, "issues": []}], MalformedResponse),
    ],
    ids=["pages end early", "an issue twice", "no total", "total as text", "negative total"],
)
def test_a_walk_on_data_center_is_whole_or_an_error(pages, expected) -> None:
    with a_site(WORLD, deployment="Server") as site:
        answers_with(site, "/rest/api/2/search", *pages)

        assert isinstance(site.error(POINTED), expected)


@pytest.mark.parametrize("count", [None, "7", True, -1, 7.5, {"count": 7}])
def test_a_count_is_a_whole_number_or_an_error(site: JiraSite, count: object) -> None:
    answers_with(site, "/rest/api/3/search/approximate-count", {"count": count})

    assert isinstance(site.error(ROUGH), MalformedResponse)


@pytest.mark.parametrize("points", ["Infinity", "NaN", "1e999"])
def test_what_no_number_can_hold_is_an_error(site: JiraSite, points: str) -> None:
    body = f'{{"issues": [{{"id": "1", "fields": {{"{POINTS}": {points}}}}}], "isLast": true}}'
    site.fail("/rest/api/3/search/jql", 200, body=body)

    assert isinstance(site.error(POINTED), MalformedResponse)


# ---------------------------------------------------------------- refusals


def test_a_part_of_the_api_that_is_gone_is_no_zero(site: JiraSite) -> None:
    site.fail("/rest/api/3/search", 410, body='{"errorMessages": ["The requested API has been removed."]}')

    error = site.error(ROUGH)

    assert error.code == "api_gone"
    assert "has been removed" in str(error)


def test_a_page_instead_of_json_is_no_zero(site: JiraSite) -> None:
    site.fail("/rest/api/3/search", 200, body="<!doctype html><title>Maintenance</title>")

    assert isinstance(site.error(ROUGH), MalformedResponse)


def test_a_401_in_the_middle_keeps_what_came_and_fails_the_rest(site: JiraSite) -> None:
    site.fail("/rest/api/3/search/approximate-count", 401, after=3)

    answers = site.answers(*({"count": f"key = PHX-{n}"} for n in range(1, 51)))

    values = [answer.value for answer in answers if isinstance(answer, Measurement)]
    errors = [answer.error for answer in answers if isinstance(answer, Failure)]
    assert values == [1.0] * 3
    assert len(errors) == 47
    assert all(isinstance(error, Unauthorized) for error in errors)
    assert len(site.asked("approximate-count")) <= 3 + 2 * site.wire.concurrency, "asked on after the 401"


def test_what_one_query_may_not_see_fails_it_alone(site: JiraSite) -> None:
    site.fail("/rest/api/3/search/approximate-count", 403, times=1)

    answers = site.answers(*({"count": f"key = PHX-{n}"} for n in range(1, 11)))

    (error,) = [answer.error for answer in answers if isinstance(answer, Failure)]
    assert isinstance(error, Unauthorized)
    assert error.code == "forbidden"


def test_a_batch_of_tickets_that_half_failed_answers_the_other_half(site: JiraSite) -> None:
    site.fail("/rest/api/3/issue/bulkfetch", 500, after=1)

    answers = site.answers(*({"ticket": f"PHX-{n}"} for n in range(1, 151)))

    assert sum(isinstance(answer, Measurement) for answer in answers) in (50, 100)


def test_an_address_without_a_jira_is_told_so() -> None:
    with a_site(WORLD) as site:
        site.fail("/rest/", 404, body="<html>not here</html>")

        error = site.error(ROUGH)

    assert isinstance(error, QueryRejected)
    assert f"there is no Jira at {site.url}" in str(error)


# ---------------------------------------------------------------- who we are


@pytest.mark.parametrize("deployment", ["Cloud", "Server"])
def test_an_open_site_that_does_not_know_us_is_no_smaller_count(deployment) -> None:
    world = {**WORLD, "open": True, "token": "another", "issues": [issue(1, public=True), issue(2)]}
    with a_site(world, deployment=deployment) as site:
        assert isinstance(site.error(ROUGH), Unauthorized)


def test_an_anonymous_account_is_nobody(site: JiraSite) -> None:
    site.fail("/rest/api/3/myself", 200, body='{"displayName": "Anonymous", "active": true}')

    assert isinstance(site.error(ROUGH), Unauthorized)


@pytest.mark.parametrize(
    "headers",
    [{"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}, {"X-AUSERNAME": "anonymous"}],
    ids=lambda headers: next(iter(headers)),
)
def test_a_credential_that_stops_being_accepted_is_noticed_on_a_200(site: JiraSite, headers) -> None:
    assert site.value(ROUGH) == 150

    site.fail("/rest/api/3/search/approximate-count", 200, headers=headers, body='{"count": 3}')

    assert isinstance(site.error(ROUGH), Unauthorized)


def test_after_a_refused_credential_the_account_is_asked_for_again(site: JiraSite) -> None:
    site.answers(ROUGH)
    site.fail("/rest/api/3/search/approximate-count", 401, times=1)
    site.answers(ROUGH)

    assert site.value(ROUGH) == 150
    assert len(site.asked("myself")) == 2
    assert len(site.asked("serverInfo")) == 1


# ---------------------------------------------------------------- moved issues


def test_a_moved_issue_is_found_under_the_key_that_people_wrote() -> None:
    world = a_world(issue(1, status="Done", key="NEW-7", was=["PHX-1"]), issue(2), issue(3))
    with a_site(world) as site:
        moved, both = site.answers({"ticket": "PHX-1"}, {"tickets": ["PHX-1", "PHX-2"]})
        assert (moved.value, both.value) == (1, 0.5)

        assert site.value({"ticket": "PHX-1"}) == 1
        assert len(site.asked("bulkfetch")) == 2


@pytest.mark.parametrize("deployment", ["Cloud", "Server"])
def test_moved_and_missing_issues_are_not_mistaken_for_each_other(deployment) -> None:
    world = a_world(
        issue(1, status="Done", key="NEW-7", was=["PHX-1"]),
        issue(2, status="To Do", key="NEW-8", was=["PHX-2"]),
        issue(3, status="Done"),
        issue(4, hidden=True),
    )
    queries = [{"ticket": f"PHX-{n}"} for n in (4, 2, 3, 1)]
    with a_site(world, deployment=deployment) as site:
        for expected_requests in (4, 5):  # three alone the first time; by id from then on
            hidden, second, third, first = site.answers(*queries)

            assert isinstance(hidden, Failure)
            assert hidden.error.code == "issue_not_found"
            assert (first.value, second.value, third.value) == (1, 0, 1)
            if deployment == "Cloud":
                assert len(site.asked("bulkfetch")) == expected_requests


@pytest.mark.parametrize("deployment", ["Cloud", "Server"])
@pytest.mark.parametrize("place", [0, 7, 20, 40])
def test_a_moved_issue_among_many_missing_ones_is_found_by_halving(deployment, place: int) -> None:
    keys = [f"GONE-{n}" for n in range(1, 41)]
    keys.insert(place, "PHX-1")
    with a_site(a_world(issue(1, status="Done", key="NEW-7", was=["PHX-1"])), deployment=deployment) as site:
        answers = site.answers(*({"ticket": key} for key in keys))
        spent = len(site.asked("bulkfetch" if deployment == "Cloud" else "/search"))

        assert spent <= 1 + 2 * math.log2(len(keys))
        assert answers[place].value == 1
        assert sum(isinstance(answer, Failure) for answer in answers) == 40

        site.emulator.exchanges.clear()
        assert site.answers(*({"ticket": key} for key in keys))[place].value == 1
        assert len(site.asked()) == 1


def test_every_one_of_several_moved_issues_keeps_its_own_number() -> None:
    moved = [issue(n, key=f"NEW-{n}", was=[f"PHX-{n}"], points=n) for n in range(1, 60, 7)]
    asks = [{"field": {"issue": f"PHX-{n}", "name": POINTS}} for n in range(1, 60)]
    with a_site(a_world(*moved)) as site:
        answers = site.answers(*asks)
        spent = len(site.asked("bulkfetch"))

    values = {n: answer.value for n, answer in enumerate(answers, 1) if isinstance(answer, Measurement)}
    assert values == {n: n for n in range(1, 60, 7)}
    assert spent <= 1 + len(moved) * 2 * math.log2(len(asks))


def test_an_issue_that_disappears_meanwhile_is_not_taken_for_another() -> None:
    world = a_world(issue(1, status="Done", key="NEW-7", was=["PHX-1"]))
    with a_site(world) as site:
        fault = Fault(
            path="/rest/api/3/issue/bulkfetch", status=200, body='{"issues": []}', times=None, after=1
        )
        site.emulator.faults = [fault]

        answers = site.answers({"ticket": "PHX-1"}, {"ticket": "GONE-2"})

    assert all(isinstance(answer, Failure) for answer in answers)


def test_two_former_keys_of_one_issue_stay_found() -> None:
    world = a_world(issue(1, status="Done", key="NEW-7", was=["PHX-1", "HR-1"]))
    with a_site(world) as site:
        for key in ("PHX-1", "HR-1"):
            site.answers({"ticket": key})  # one at a time, so that each is learnt

        assert [answer.value for answer in site.answers({"ticket": "PHX-1"}, {"ticket": "HR-1"})] == [1, 1]


def test_missing_issues_cost_no_further_request(site: JiraSite) -> None:
    site.answers({"ticket": "PHX-1"}, {"ticket": "GONE-1"}, {"ticket": "GONE-2"})

    assert len(site.asked("bulkfetch")) == 1


def test_data_center_that_checks_keys_all_the_same_still_finds_the_others() -> None:
    with a_site(WORLD, deployment="Server") as site:
        # It refuses the first two searches, as a version does that checks although told not to.
        site.fail("/rest/api/2/search", 400, body='{"errorMessages": ["no such key"]}', times=2)

        answers = site.answers(*({"ticket": f"PHX-{n}"} for n in (1, 2, 3, 4)))

    assert sum(isinstance(answer, Measurement) for answer in answers) == 4
