"""What the GitHub connector counts, over real sockets, in a world of which every number is known."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from connectors.github import plugin
from connectors.github.config import GitHubConfig
from connectors.github.connector import GitHubConnector
from connectors.github.emulator import make
from syncd.egress.budget import WireLimits
from syncd.egress.wire import Wire
from syncd.errors import (
    MalformedResponse,
    QueryRejected,
    RateLimited,
    SourceError,
    SourceUnavailable,
    Unauthorized,
)
from syncd.sdk.emulator import Emulator, Fault
from syncd.sdk.measurement import Answer, Failure, Instants, Measurement, Query
from syncd.sdk.testing.rough import hang, rough_road
from syncd.sdk.testing.server import serve
from syncd.sdk.testing.suite import LOOPBACK, ONCE

TOKEN = "ghp_0123456789"
OCTOBER = Instants(start=datetime(2026, 10, 1, tzinfo=UTC), end=datetime(2026, 11, 1, tzinfo=UTC))
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def issue(number: int, **said: Any) -> dict[str, Any]:
    return {"number": number, "created_at": "2026-10-05T08:00:00Z", **said}


def pull(number: int, **said: Any) -> dict[str, Any]:
    return issue(number, is_pr=True, **said)


def world() -> dict[str, Any]:
    """One repository of which every number is known, beside one renamed and one private."""
    shut, merged = (
        "2026-10-09T08:00:00Z",
        {"closed_at": "2026-10-31T23:59:59Z", "merged_at": "2026-10-31T23:59:59Z"},
    )
    return {
        "token": TOKEN,
        "login": "syncd-bot",
        "repos": {
            "acme/app": {
                "stars": 128,
                "issues": [
                    issue(1, labels=["bug"], milestone="v1"),
                    issue(2, labels=["bug", "urgent"], milestone="v1", closed_at=shut),
                    issue(3, labels=["urgent"], milestone="v1.1", closed_at="2026-11-01T00:00:00Z"),
                    issue(4, created_at="2026-09-30T23:59:59Z"),
                    issue(5, created_at="2026-10-01T00:00:00Z", closed_at=shut),
                    pull(6, labels=["bug"], milestone="v1", **merged),
                    pull(7, labels=["bug"], closed_at=shut),
                    pull(8),
                    *(issue(100 + i, labels=[f"l{i}"]) for i in range(200)),
                ],
                "milestones": [
                    {"number": 1, "title": "v1"},
                    {"number": 2, "title": "v1.1"},
                    {"number": 3, "title": "empty"},
                    {"number": 4, "title": "twin"},
                    {"number": 5, "title": "twin"},
                ],
                "releases": [
                    {
                        "tag_name": "v3",
                        "created_at": "2026-11-02T00:00:00Z",
                        "published_at": None,
                        "draft": True,
                    },
                    {"tag_name": "v2", "published_at": "2026-11-01T00:00:00Z"},
                    {"tag_name": "v2-rc", "published_at": "2026-10-20T00:00:00Z", "prerelease": True},
                    {"tag_name": "v1", "published_at": "2026-10-01T00:00:00Z"},
                    *({"tag_name": f"v0.{i}", "published_at": "2026-01-05T00:00:00Z"} for i in range(150)),
                    # an old commit, released late: it stands at the end of GitHub's list
                    {
                        "tag_name": "v0-lts",
                        "created_at": "2020-01-01T00:00:00Z",
                        "published_at": "2026-10-30T00:00:00Z",
                    },
                ],
                "workflows": [{"id": 7, "name": "CI", "path": ".github/workflows/ci.yml"}],
                "workflow_runs": [
                    {"workflow": "ci.yml", "conclusion": "success", "created_at": "2026-10-02T00:00:00Z"},
                    {"workflow": "ci.yml", "conclusion": "failure", "created_at": "2026-10-31T23:59:59Z"},
                    {"workflow": "ci.yml", "conclusion": "success", "created_at": "2026-11-01T00:00:00Z"},
                    {
                        "workflow": "ci.yml",
                        "branch": "fix",
                        "conclusion": "success",
                        "created_at": "2026-10-03T00:00:00Z",
                    },
                    {"workflow": "docs.yml", "conclusion": "success", "created_at": "2026-10-03T00:00:00Z"},
                ],
            },
            "acme/web": {"stars": 3, "issues": [issue(1)]},
            "acme/old-app": {"renamed_to": "acme/app"},
            "acme/secret": {"private": True, "stars": 9},
        },
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    emulator: Emulator
    connector: GitHubConnector
    wire: Wire
    url: str

    def answers(
        self, *asks: Mapping[str, Any], window: Instants | None = None, by: str | None = None
    ) -> Sequence[Answer]:
        """One answer per ask, in the order of the asks."""
        queries = [
            Query(key=str(number), ask=_ask(ask), window=window, by=by) for number, ask in enumerate(asks)
        ]
        with self.wire.batch():
            by_key = {answer.key: answer for answer in self.connector.measure(queries)}
        return [by_key[query.key] for query in queries]

    def value(
        self, ask: Mapping[str, Any], *, window: Instants | None = None, by: str | None = None
    ) -> float:
        (answer,) = self.answers(ask, window=window, by=by)
        assert isinstance(answer, Measurement), answer
        return answer.value

    def error(
        self, ask: Mapping[str, Any], *, window: Instants | None = None, by: str | None = None
    ) -> SourceError:
        (answer,) = self.answers(ask, window=window, by=by)
        assert isinstance(answer, Failure), answer
        return answer.error

    @property
    def asked(self) -> list[str]:
        return [f"{exchange.method} {exchange.path}" for exchange in self.emulator.exchanges]


def _ask(written: Mapping[str, Any]) -> Any:
    (kind,) = [kind for kind in plugin.kinds if kind in written]
    return plugin.kinds[kind].model_validate(dict(written))


@contextmanager
def staged(
    *,
    base: str = "",
    limits: WireLimits = ONCE,
    road: Callable[[str], AbstractContextManager[str]] = nullcontext,
    **changes: Any,
) -> Iterator[Stage]:
    """`changes` replace parts of the world; `base` is the path of the REST API; `road` leads to it."""
    emulator = make({**world(), **changes})
    with serve(emulator) as server, road(server) as url:
        config = GitHubConfig.model_validate({"url": url + base, "token": TOKEN})
        wire = Wire(
            connection="code",
            origins=[url],
            networks=[LOOPBACK],
            read_posts=plugin.read_posts,
            rate_limit=plugin.rate_limit,
            limits=limits,
        )
        connector = GitHubConnector(config, wire, now=lambda: NOW)
        yield Stage(emulator=emulator, connector=connector, wire=wire, url=url)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


# ---------------------------------------------------------------------- numbers

APP = "acme/app"


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        ({"count": "repo:acme/app is:issue label:bug"}, 2),
        ({"count": 'repo:acme/app (label:"bug" OR label:"urgent") is:issue'}, 3),
        ({"count": "repo:acme/app is:issue label:nothing-has-it"}, 0),
        ({"count": "is:issue is:open (repo:acme/app OR repo:acme/web)\n"}, 203),
        ({"issues": {"repo": APP, "labels": ["bug"]}}, 2),
        ({"issues": {"repo": APP, "labels": ["bug"], "state": "open"}}, 1),
        ({"issues": {"repo": APP, "labels": ["bug"], "state": "closed"}}, 1),
        ({"issues": {"repo": APP, "labels": ["bug", "urgent"]}}, 1),
        ({"issues": {"repo": APP, "milestone": "v1"}}, 2),
        ({"issues": {"repo": APP, "milestone": "v1", "labels": ["urgent"]}}, 1),
        ({"issues": {"repo": APP, "milestone": "empty"}}, 0),
        ({"issues": {"repo": APP}}, 205),
        ({"pull_requests": {"repo": APP}}, 3),
        ({"pull_requests": {"repo": APP, "state": "open"}}, 1),
        ({"pull_requests": {"repo": APP, "state": "merged"}}, 1),
        ({"pull_requests": {"repo": APP, "state": "closed"}}, 1),
        ({"pull_requests": {"repo": APP, "milestone": "v1"}}, 1),
        ({"milestone": {"repo": APP, "title": "v1", "of": "closed"}}, 2),
        ({"milestone": {"repo": APP, "title": "v1", "of": "open"}}, 1),
        ({"milestone": {"repo": APP, "title": "v1", "of": "share"}}, 2 / 3),
        ({"milestone": {"repo": APP, "title": "empty", "of": "closed"}}, 0),
        ({"releases": {"repo": APP}}, 154),
        ({"workflow_runs": {"repo": APP}}, 5),
        ({"workflow_runs": {"repo": APP, "workflow": "ci.yml"}}, 4),
        ({"workflow_runs": {"repo": APP, "workflow": 7, "branch": "main", "status": "success"}}, 2),
        ({"stars": APP}, 128),
        ({"stars": "ACME/App"}, 128),
        ({"issues": {"repo": "acme/old-app", "labels": ["bug"]}}, 2),
        ({"releases": {"repo": "acme/old-app"}}, 154),
        ({"workflow_runs": {"repo": "acme/old-app", "branch": "fix"}}, 1),
    ],
    ids=str,
)
def test_a_query_counts_what_it_names(stage: Stage, ask: dict[str, Any], expected: float) -> None:
    assert stage.value(ask) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("ask", "by", "expected"),
    [
        # the first and the last second of October are inside, their neighbours are not
        ({"count": "repo:acme/app label:bug"}, "created", 4),
        ({"count": "repo:acme/app is:issue -label:bug -label:urgent"}, "created", 201),
        ({"count": "repo:acme/app"}, "closed", 4),
        ({"count": "repo:acme/web OR repo:acme/app"}, "merged", 1),
        ({"issues": {"repo": APP, "state": "closed"}}, "closed", 2),
        ({"issues": {"repo": APP, "milestone": "v1.1"}}, "closed", 0),
        ({"pull_requests": {"repo": APP}}, "merged", 1),
        ({"pull_requests": {"repo": APP, "state": "closed"}}, "closed", 1),
        ({"releases": {"repo": APP}}, None, 3),
        ({"workflow_runs": {"repo": APP, "workflow": "ci.yml", "branch": "main"}}, None, 2),
    ],
    ids=str,
)
def test_a_window_holds_its_start_and_not_its_end(
    stage: Stage, ask: dict[str, Any], by: str | None, expected: float
) -> None:
    assert stage.value(ask, window=OCTOBER, by=by) == expected


def test_a_search_that_already_speaks_of_the_windows_moment_is_refused(stage: Stage) -> None:
    error = stage.error({"count": "repo:acme/app created:>2026-01-01"}, window=OCTOBER, by="created")

    assert error.code == "window_twice"
    assert not stage.asked


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (
            {"count": "repo:acme/app is:issue label:bug"},
            "/search?q=repo%3Aacme%2Fapp%20is%3Aissue%20label%3Abug&type=issues",
        ),
        ({"count": "repo:acme/app is:pr"}, "/search?q=repo%3Aacme%2Fapp%20is%3Apr&type=pullrequests"),
        ({"issues": {"repo": APP, "state": "open"}}, "/acme/app/issues?q=is%3Aissue%20is%3Aopen"),
        ({"pull_requests": {"repo": APP, "state": "merged"}}, "/acme/app/pulls?q=is%3Apr%20is%3Amerged"),
        ({"milestone": {"repo": APP, "title": "v1", "of": "share"}}, "/acme/app/milestone/1"),
        ({"releases": {"repo": APP}}, "/acme/app/releases"),
        (
            {"workflow_runs": {"repo": APP, "workflow": "ci.yml", "branch": "main"}},
            "/acme/app/actions/workflows/ci.yml?query=branch%3Amain",
        ),
        ({"stars": APP}, "/acme/app/stargazers"),
    ],
    ids=str,
)
def test_the_evidence_is_the_page_that_shows_the_number(
    stage: Stage, ask: dict[str, Any], expected: str
) -> None:
    (answer,) = stage.answers(ask)

    assert isinstance(answer, Measurement)
    assert answer.evidence_url == stage.url + expected


def test_a_share_says_how_many_it_is_made_from(stage: Stage) -> None:
    (answer,) = stage.answers({"milestone": {"repo": APP, "title": "v1", "of": "share"}})

    assert isinstance(answer, Measurement)
    assert (answer.unit, answer.sample_size) == ("ratio", 3)


def test_enterprise_has_its_graphql_beside_its_rest_api() -> None:
    with staged(base="/api/v3") as stage:
        values = [stage.value({"stars": APP}), stage.value({"workflow_runs": {"repo": APP}})]

    assert values == [128, 5]
    assert stage.asked == ["POST /api/graphql", "GET /api/v3/repos/acme/app/actions/runs"]


def test_enterprise_without_limits_is_no_trouble() -> None:
    with staged(rate_limit=None) as stage:
        assert stage.value({"stars": APP}) == 128


# ---------------------------------------------------------------------- one query's fault


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


def json_fault(path: str, body: Any, headers: Mapping[str, str] | None = None, **said: Any) -> Fault:
    return Fault(
        path=path,
        status=said.pop("status", 200),
        headers={"Content-Type": "application/json", **(headers or {})},
        body=json.dumps(body),
        times=said.pop("times", None),
        **said,
    )


# ---------------------------------------------------------------------- fewest requests


def test_counters_of_all_kinds_share_their_requests(stage: Stage) -> None:
    asks = [
        ask
        for number in range(40)
        for ask in (
            {"count": f"repo:acme/app label:l{number}"},
            {"issues": {"repo": APP, "labels": [f"l{number}"]}},
            {"pull_requests": {"repo": APP, "labels": [f"l{number}"]}},
            {"milestone": {"repo": APP, "title": "v1", "of": "open"}},
            {"stars": APP},
        )
    ]

    answers = stage.answers(*asks)

    assert all(isinstance(answer, Measurement) for answer in answers)
    # 122 of the 200 differ
    assert stage.asked == ["POST /graphql"] * 3


def test_one_milestone_is_asked_once_for_open_closed_and_share(stage: Stage) -> None:
    stage.answers(
        *({"milestone": {"repo": APP, "title": "v1", "of": of}} for of in ("open", "closed", "share"))
    )

    (exchange,) = stage.emulator.exchanges
    assert exchange.body.count("milestones(") == 1


def test_a_list_of_releases_is_read_once_for_all_windows(stage: Stage) -> None:
    ask = plugin.kinds["releases"].model_validate({"releases": {"repo": APP}})
    queries = [Query(key="all", ask=ask), Query(key="october", ask=ask, window=OCTOBER)]

    answers = stage.connector.measure(queries)

    assert sorted(answer.value for answer in answers if isinstance(answer, Measurement)) == [3, 154]
    assert stage.asked == ["GET /repos/acme/app/releases"] * 2


def test_what_did_not_change_is_not_sent_again(stage: Stage) -> None:
    first = stage.value({"releases": {"repo": APP}})
    stage.emulator.exchanges.clear()

    second = stage.value({"releases": {"repo": APP}})

    assert first == second
    assert [exchange.status for exchange in stage.emulator.exchanges] == [304, 304]


def test_what_people_wrote_is_never_a_part_of_the_document(stage: Stage) -> None:
    stage.answers(
        {"count": 'repo:acme/app in:title } evil: viewer { login "'},
        {"issues": {"repo": APP, "labels": ["} evil {"], "milestone": "v1"}},
    )

    for exchange in stage.emulator.exchanges:
        assert "evil" not in exchange.body.partition('"variables"')[0]


# ---------------------------------------------------------------------- too much at once


def test_a_batch_that_is_too_much_is_halved_until_it_goes_through() -> None:
    asks = [{"issues": {"repo": APP, "labels": [f"l{number}"]}} for number in range(50)]

    with staged(most_selections=20) as stage:
        answers = stage.answers(*asks)

    assert all(isinstance(answer, Measurement) and answer.value == 1 for answer in answers)
    assert len(stage.asked) < 10


def test_a_query_that_is_too_much_by_itself_fails_alone(stage: Stage) -> None:
    class Poisoned(Fault):
        def takes(self, request: Any) -> bool:
            return b"poison" in request._body

    poison = {"count": "is:issue poison"}
    stage.emulator.faults = [Poisoned(path="/graphql", status=502)]

    answers = stage.answers(*({"issues": {"repo": APP, "labels": [f"l{n}"]}} for n in range(9)), poison)

    assert all(isinstance(answer, Measurement) for answer in answers[:-1])
    assert isinstance(answers[-1], Failure)
    assert isinstance(answers[-1].error, SourceUnavailable)


@pytest.mark.parametrize(
    "error",
    [
        {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."},
        {"message": "Something went wrong while executing your query. This may be the result of a timeout."},
    ],
    ids=["resource_limits", "timeout"],
)
def test_what_github_gave_up_on_is_asked_again_in_smaller_parts(stage: Stage, error: dict[str, Any]) -> None:
    body = {"data": {"q0": {"stargazerCount": 1}}, "errors": [error]}
    stage.emulator.faults = [json_fault("/graphql", body, times=1)]

    answers = stage.answers(
        {"stars": APP}, {"stars": "acme/web"}, {"issues": {"repo": APP, "labels": ["bug"]}}
    )

    # Nobody says which part of the first answer is whole, so that none of it is believed.
    assert [answer.value for answer in answers if isinstance(answer, Measurement)] == [128, 3, 2]
    assert len(stage.asked) == 3


@pytest.mark.parametrize(
    "error",
    [
        {"message": "something"},
        {"message": "something", "extensions": {"code": "somethingNew"}},
        {"type": "SOMETHING_NEW", "message": "something"},
        {"message": "something", "path": ["elsewhere"]},
    ],
    ids=str,
)
def test_an_error_that_names_no_query_is_no_silent_success(stage: Stage, error: dict[str, Any]) -> None:
    stage.emulator.faults = [json_fault("/graphql", {"data": {"q0": {"issueCount": 7}}, "errors": [error]})]

    assert "something" in str(failed(stage, {"count": "repo:acme/app is:issue"}))


def test_an_error_about_our_own_budget_spoils_no_number(stage: Stage) -> None:
    error = {"message": "something", "path": ["rateLimit"]}
    body = {"data": {"rateLimit": None, "q0": {"stargazerCount": 7}}, "errors": [error]}
    stage.emulator.faults = [json_fault("/graphql", body)]

    assert stage.value({"stars": APP}) == 7


class Breaks(Fault):
    """Searches for `broken` fail as in GitHub: `search` may not be null, so all of `data` is."""

    def takes(self, request: Any) -> bool:
        body = json.loads(request._body)
        broken = [name for name, value in body["variables"].items() if "broken" in str(value)]
        names = {"path": [broken[0].partition("_")[0]]} if broken and self.names else {}
        error = {"message": "Something went wrong while executing your query.", **names}
        self.body = json.dumps({"data": None, "errors": [error]})
        return bool(broken)

    names = True


class BreaksWithoutAWord(Breaks):
    """As `Breaks`, and GitHub does not say where."""

    names = False


def test_a_search_that_fails_leaves_the_others_of_its_request_answered(stage: Stage) -> None:
    stage.emulator.faults = [Breaks(path="/graphql", status=200, times=None)]
    good = [{"count": f"repo:acme/app label:l{number}"} for number in range(47)]

    answers = stage.answers({"count": "is:issue broken"}, *good, {"count": "is:pr broken"})

    assert [isinstance(answer, Failure) for answer in answers] == [True, *[False] * 47, True]
    assert [answer.value for answer in answers if isinstance(answer, Measurement)] == [1] * 47
    error = answers[0].error  # type: ignore[union-attr]  # a Failure, as was just seen
    assert isinstance(error, SourceUnavailable)
    assert "Something went wrong" in str(error)
    # each answer without data takes away the query that it names
    assert stage.asked == ["POST /graphql"] * 3


def test_a_search_that_fails_without_a_name_is_found_by_halving(stage: Stage) -> None:
    stage.emulator.faults = [BreaksWithoutAWord(path="/graphql", status=200, times=None)]
    good = [{"count": f"repo:acme/app label:l{number}"} for number in range(40)]

    answers = stage.answers(*good[:17], {"count": "is:issue broken"}, *good[17:])

    assert [number for number, answer in enumerate(answers) if isinstance(answer, Failure)] == [17]
    assert len(stage.asked) <= 17


def test_a_search_that_goes_wrong_beside_its_repositorys_name_fails_with_its_own_reason(
    stage: Stage,
) -> None:
    stage.emulator.faults = [Breaks(path="/graphql", status=200, times=None)]

    error = failed(stage, {"count": "repo:acme/app broken"})

    assert "Something went wrong" in str(error)


def test_an_outage_is_not_asked_about_query_by_query(stage: Stage) -> None:
    stage.emulator.faults = [Fault(path="/graphql", status=503, times=None)]

    answers = stage.answers(*({"issues": {"repo": APP, "labels": [f"l{n}"]}} for n in range(50)))

    errors = [answer.error for answer in answers if isinstance(answer, Failure)]
    assert len(errors) == 50
    assert all(isinstance(error, SourceUnavailable) for error in errors)
    assert len(stage.asked) == 7


def test_a_broken_list_fails_alone_and_an_outage_ends_the_batch(stage: Stage) -> None:
    runs = [{"workflow_runs": {"repo": APP, "branch": f"b{n}"}} for n in range(5)]
    stage.emulator.faults = [Fault(path="/repos/", status=500, times=1)]
    once = stage.answers(*runs)
    stage.emulator.exchanges.clear()

    stage.emulator.faults = [Fault(path="/repos/", status=500, times=None)]
    always = stage.answers(*runs)

    assert [isinstance(answer, Failure) for answer in once] == [True, False, False, False, False]
    assert all(isinstance(answer, Failure) for answer in always)
    assert len(stage.asked) == 2


# ---------------------------------------------------------------------- one API of two


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


# ---------------------------------------------------------------------- refusals and limits


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


def failed(stage: Stage, ask: Mapping[str, Any]) -> SourceError:
    """The error, whether it stands for one query or for the batch."""
    try:
        return stage.error(ask)
    except SourceError as error:
        return error


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


# ---------------------------------------------------------------------- who and what


def test_check_names_the_tokens_owner(stage: Stage) -> None:
    host = stage.url.removeprefix("http://")

    assert stage.connector.check() == f"syncd-bot on {host}"
    assert stage.asked == ["GET /user"]


def test_check_names_an_apps_installation() -> None:
    with staged(is_app=True, login="syncd[bot]") as stage:
        assert stage.connector.check().startswith("syncd[bot] on ")


def test_browse_lists_repositories(stage: Stage) -> None:
    assert ("repository", "acme/app") in {(item.kind, item.name) for item in stage.connector.browse(None)}


def test_browse_lists_what_a_repository_has(stage: Stage) -> None:
    items = {(item.kind, item.name) for item in stage.connector.browse(APP)}

    assert {("label", "bug"), ("milestone", "v1.1"), ("workflow", "ci.yml")} <= items


@pytest.mark.parametrize("about", ["acme", "acme/gone", "acme/app/x"])
def test_browse_says_what_it_cannot_show(stage: Stage, about: str) -> None:
    with pytest.raises(QueryRejected):
        stage.connector.browse(about)
