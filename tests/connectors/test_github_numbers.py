"""What the GitHub connector counts, over real sockets, in a world of which every number is known."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.errors import (
    QueryRejected,
)
from syncd.sdk.measurement import Measurement
from tests.github_sites import APP, OCTOBER, Stage, staged


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
