"""What one query's fault, one API's fault and a refusal do to the other answers."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pytest

from syncd.egress.budget import WireLimits
from syncd.errors import (
    MalformedResponse,
    QueryRejected,
    RateLimited,
    SourceError,
    Unauthorized,
)
from syncd.sdk.measurement import Failure, Measurement
from syncd.sdk.testing.rough import hang, rough_road
from tests.github_sites import APP, Stage, failed, json_fault, staged


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ({"stars": "acme/gone"}, "not_found"),
        ({"stars": "acme/secret"}, "not_found"),
        ({"issues": {"repo": "acme/gone"}}, "not_found"),
        ({"issues": {"repo": APP, "milestone": "v2"}}, "not_found"),
        ({"issues": {"repo": APP, "milestone": "twin"}}, "ambiguous"),
        ({"milestone": {"repo": APP, "title": "V1", "of": "open"}}, "not_found"),
        ({"milestone": {"repo": "acme/gone", "title": "v1", "of": "open"}}, "not_found"),
        ({"milestone": {"repo": APP, "title": "empty", "of": "share"}}, "nothing_to_share"),
        ({"count": "repo:acme/gone is:issue"}, "not_found"),
        ({"count": "repo:acme/secret is:issue"}, "not_found"),
        ({"count": "repo:acme/old-app is:issue"}, "renamed"),
        ({"count": "repo:acme/app OR repo:acme/gone"}, "not_found"),
        ({"releases": {"repo": "acme/gone"}}, "not_found"),
        ({"workflow_runs": {"repo": "acme/gone"}}, "not_found"),
        ({"workflow_runs": {"repo": APP, "workflow": "gone.yml"}}, "not_found"),
    ],
    ids=str,
)
def test_what_is_not_there_is_no_zero_and_fails_alone(stage: Stage, ask: dict[str, Any], code: str) -> None:
    good, bad, also_good = stage.answers({"stars": APP}, ask, {"workflow_runs": {"repo": APP}})

    assert isinstance(good, Measurement)
    assert isinstance(also_good, Measurement)
    assert isinstance(bad, Failure)
    assert isinstance(bad.error, QueryRejected)
    assert bad.error.code == code
    assert bad.error.hint


def test_a_milestone_that_hides_among_too_many_is_not_guessed() -> None:
    repo = {
        "milestones": [{"number": n, "title": f"v1.{n}"} for n in range(40)] + [{"number": 99, "title": "v1"}]
    }

    with staged(repos={APP: repo}) as stage:
        assert stage.error({"milestone": {"repo": APP, "title": "v1", "of": "open"}}).code == "ambiguous"


def test_more_runs_than_github_counts_are_unknown() -> None:
    run = {"workflow": "ci.yml", "created_at": "2026-10-02T00:00:00Z"}

    with staged(repos={APP: {"workflow_runs": [run] * 1000}}) as stage:
        error = stage.error({"workflow_runs": {"repo": APP, "branch": "main"}})
        unfiltered = stage.value({"workflow_runs": {"repo": APP}})

    assert error.code == "too_many_results"
    assert unfiltered == 1000


@pytest.mark.parametrize(
    ("said", "expected", "code"),
    [
        ({"type": "FORBIDDEN", "extensions": {"saml_failure": True}}, Unauthorized, "sso_required"),
        ({"type": "FORBIDDEN"}, Unauthorized, "forbidden"),
        ({"type": "INSUFFICIENT_SCOPES"}, Unauthorized, "forbidden"),
        ({"type": "NOT_FOUND"}, QueryRejected, "not_found"),
        ({"type": "SOMETHING_NEW"}, QueryRejected, "query_rejected"),
    ],
)
def test_an_error_of_one_alias_fails_that_query_alone(
    stage: Stage, said: dict[str, Any], expected: type[SourceError], code: str
) -> None:
    error = {"message": "GitHub says no.", "path": ["q1"], **said}
    body = {"data": {"q0": {"stargazerCount": 1}, "q1": None}, "errors": [error]}
    stage.emulator.faults = [json_fault("/graphql", body)]

    good, bad = stage.answers({"stars": APP}, {"stars": "acme/web"})

    assert isinstance(good, Measurement)
    assert isinstance(bad, Failure)
    assert isinstance(bad.error, expected)
    assert bad.error.code == code


@pytest.mark.parametrize(
    "node",
    [
        None,
        {},
        {"stargazerCount": None},
        {"stargazerCount": "12"},
        {"stargazerCount": True},
        {"stargazerCount": -1},
        7,
    ],
    ids=str,
)
def test_an_answer_that_is_no_count_is_no_zero(stage: Stage, node: Any) -> None:
    stage.emulator.faults = [json_fault("/graphql", {"data": {"q0": node}})]

    assert isinstance(stage.error({"stars": APP}), MalformedResponse)


def test_searches_that_leave_out_organisations_are_unknown(stage: Stage) -> None:
    body = {"data": {"q0": {"issueCount": 3}, "q1": {"stargazerCount": 5}}}
    stage.emulator.faults = [
        json_fault("/graphql", body, {"X-GitHub-SSO": "partial-results; organizations=1,2"})
    ]

    searched, counted = stage.answers({"count": "org:acme is:issue"}, {"stars": APP})

    assert isinstance(searched, Failure)
    assert searched.error.code == "sso_required"
    assert isinstance(counted, Measurement)


@pytest.mark.parametrize(
    "release",
    [{}, {"published_at": 5}, {"published_at": "soon"}, {"published_at": "2026-10-01T00:00:00"}, "v1"],
    ids=str,
)
def test_a_release_that_cannot_be_dated_is_not_left_out(stage: Stage, release: Any) -> None:
    stage.emulator.faults = [json_fault("/repos/acme/app/releases", [release])]

    assert isinstance(stage.error({"releases": {"repo": APP}}), MalformedResponse)


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
@pytest.mark.parametrize(
    ("broken", "survives", "fails"),
    [
        ("/graphql", {"workflow_runs": {"repo": APP}}, {"stars": APP}),
        ("/repos/", {"stars": APP}, {"workflow_runs": {"repo": APP}}),
    ],
    ids=["graphql", "rest"],
)
def test_one_api_that_fails_leaves_the_other_answered(
    stage: Stage, broken: str, status: int, survives: dict[str, Any], fails: dict[str, Any]
) -> None:
    stage.emulator.faults = [json_fault(broken, {"message": "no"}, status=status)]

    bad, good = stage.answers(fails, survives)

    assert isinstance(good, Measurement)
    assert isinstance(bad, Failure)


@pytest.mark.parametrize("hung", ["/graphql", "/repos/"])
def test_one_api_that_hangs_leaves_the_other_answered(hung: str) -> None:
    limits = WireLimits(deadline_s=0.6, attempt_s=0.6, attempts=1)
    with staged(limits=limits, road=partial(rough_road, path=hung, maltreat=hang)) as stage:
        answers = stage.answers({"stars": APP}, {"workflow_runs": {"repo": APP}})

    assert [isinstance(answer, Failure) for answer in answers] == [hung == "/graphql", hung == "/repos/"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_missing_graphql_api_is_no_renamed_repository(stage: Stage, status: int) -> None:
    stage.emulator.faults = [json_fault("/graphql", {"message": "Not Found"}, status=status)]

    (first, _) = stage.answers({"stars": APP}, {"stars": "acme/web"})

    assert isinstance(first, Failure)
    error = first.error
    assert error.code == "api_gone"
    assert len(stage.asked) == 1
    assert "url" in (error.hint or "")
    assert "renamed" not in f"{error} {error.hint}"


@pytest.mark.parametrize("path", ["/graphql", "/repos/"])
def test_a_credential_that_is_refused_stands_for_the_whole_connection(stage: Stage, path: str) -> None:
    stage.emulator.faults = [json_fault(path, {"message": "Bad credentials"}, status=401)]
    runs = [{"workflow_runs": {"repo": APP, "branch": f"b{n}"}} for n in range(3)]

    try:
        answers = stage.answers({"stars": APP}, *runs)
    except Unauthorized:
        return

    errors = [answer.error for answer in answers if isinstance(answer, Failure)]
    assert errors
    assert all(isinstance(error, Unauthorized) for error in errors)


@pytest.mark.parametrize(
    ("headers", "message", "expected", "code"),
    [
        ({}, "Resource not accessible by personal access token", Unauthorized, "forbidden"),
        (
            {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?t=1"},
            "Resource protected",
            Unauthorized,
            "sso_required",
        ),
        ({}, "You have exceeded a secondary rate limit.", RateLimited, "rate_limited"),
        ({"Retry-After": "9"}, "Slow down", RateLimited, "rate_limited"),
        (
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"},
            "API rate limit exceeded",
            RateLimited,
            "rate_limited",
        ),
    ],
)
@pytest.mark.parametrize("ask", [{"stars": APP}, {"workflow_runs": {"repo": APP}}], ids=["graphql", "rest"])
def test_a_403_is_one_of_three_things(
    stage: Stage,
    ask: dict[str, Any],
    headers: dict[str, str],
    message: str,
    expected: type[SourceError],
    code: str,
) -> None:
    stage.emulator.faults = [json_fault("/(graphql|repos)", {"message": message}, headers, status=403)]

    error = failed(stage, ask)

    assert isinstance(error, expected)
    assert error.code == code
    assert "t=1" not in f"{error} {error.hint}"


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        ({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}, {}, None),
        (
            {"errors": [{"type": "RATE_LIMIT", "message": "API rate limit already exceeded"}]},
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 1000)},
            1000,
        ),
        ({"message": "You have exceeded a secondary rate limit."}, {}, 60),
        ({"errors": [{"message": "You have exceeded a secondary rate limit."}]}, {"Retry-After": "33"}, 33),
    ],
)
def test_a_200_can_be_a_limit(
    stage: Stage, body: dict[str, Any], headers: dict[str, str], seconds: float | None
) -> None:
    stage.emulator.faults = [json_fault("/graphql", body, headers)]

    error = failed(stage, {"stars": APP})

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == (seconds and pytest.approx(seconds, abs=300))  # a busy machine


def test_points_that_do_not_last_end_the_batch_and_keep_its_answers() -> None:
    asks = [{"issues": {"repo": APP, "labels": [f"l{number}"]}} for number in range(60)]

    with staged() as stage:
        data = {f"q{n}": {"items": {"totalCount": 1}} for n in range(50)}
        budget = {"cost": 3, "remaining": 2, "resetAt": "2026-11-22T00:10:00Z"}
        stage.emulator.faults = [json_fault("/graphql", {"data": {"rateLimit": budget, **data}})]
        answers = stage.answers(*asks)

    assert [isinstance(answer, Measurement) for answer in answers] == [True] * 50 + [False] * 10
    last = answers[-1]
    assert isinstance(last, Failure)
    assert isinstance(last.error, RateLimited)
    assert last.error.retry_after_s == 600


def test_an_emulated_limit_is_told_alike_by_graphql_and_rest() -> None:
    with staged(rate_limit={"remaining": 0, "reset": 4_000_000_000}) as stage:
        errors = [failed(stage, {"stars": APP}), failed(stage, {"workflow_runs": {"repo": APP}})]

    assert [type(error) for error in errors] == [RateLimited, RateLimited]


@pytest.mark.parametrize(
    "link",
    [
        '<http://127.0.0.1:1/repos/acme/app/releases?page=2>; rel="next"',
        '<https://evil.example/x>; rel="next"',
    ],
)
def test_a_next_page_elsewhere_is_not_asked_for(stage: Stage, link: str) -> None:
    stage.emulator.faults = [json_fault("/repos/", [], {"Link": link})]

    assert isinstance(stage.error({"releases": {"repo": APP}}), MalformedResponse)
    assert len(stage.asked) == 1


def test_pages_that_go_round_in_a_circle_end(stage: Stage) -> None:
    link = f'<{stage.url}/repos/acme/app/releases?page=2>; rel="next"'
    stage.emulator.faults = [json_fault("/repos/", [], {"Link": link})]

    assert isinstance(stage.error({"releases": {"repo": APP}}), MalformedResponse)
    assert len(stage.asked) == 2
