"""What people may write for GitHub, and what becomes of it in GitHub's own language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.github import plugin, search
from connectors.github.documents import document, items, stars
from connectors.github.emulated import search as emulated_search
from syncd.sdk.measurement import Instants


@pytest.mark.parametrize(
    "written",
    [
        {"count": "repo:acme/app is:issue"},
        {"count": "(repo:acme/app OR repo:acme/web) is:pr"},
        {"count": "repo:acme/app -repo:acme/web"},
        {"count": 'repo:acme/app "repo:acme/web"'},
        {"issues": {"repo": "acme/app"}},
        {
            "issues": {
                "repo": "Acme_Inc-1/.github",
                "state": "open",
                "labels": ["good first issue"],
                "milestone": "v1 #2",
            }
        },
        {"pull_requests": {"repo": "acme/app.js", "state": "merged"}},
        {"milestone": {"repo": "acme/app", "title": "v1", "of": "share"}},
        {"workflow_runs": {"repo": "acme/app", "workflow": 7}},
        {
            "workflow_runs": {
                "repo": "acme/app",
                "workflow": ".ci.yml",
                "branch": "feat/x",
                "status": "timed_out",
            }
        },
        {"stars": "acme/app"},
    ],
    ids=str,
)
def test_what_is_meant_can_be_written(written: dict[str, Any]) -> None:
    (kind,) = written

    ask = plugin.kinds[kind].model_validate(written)

    assert hash(ask) == hash(plugin.kinds[kind].model_validate(written))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"count": ""}, "at least 1"),
        ({"count": "  "}, "blank"),
        ({"count": "repo:acme/app repo:acme/web"}, "OR"),
        ({"count": "org:acme org:umbrella is:pr"}, "OR"),
        ({"issues": {}}, "repo"),
        ({"issues": {"repo": "acme"}}, "pattern"),
        ({"issues": {"repo": "https://github.com/acme/app"}}, "pattern"),
        ({"issues": {"repo": "acme/.."}}, "pattern"),
        ({"issues": {"repo": "acme/app/x"}}, "pattern"),
        ({"issues": {"repo": "acme/app\n"}}, "pattern"),
        ({"issues": {"repo": "acme/app", "state": "merged"}}, "'open', 'closed' or 'all'"),
        ({"issues": {"repo": "acme/app", "labels": "bug"}}, "tuple"),
        ({"issues": {"repo": "acme/app", "labels": ['a"b']}}, "double quote"),
        ({"issues": {"repo": "acme/app", "label": ["bug"]}}, "label"),
        ({"pull_requests": {"repo": "acme/app", "state": "shut"}}, "merged"),
        ({"milestone": {"repo": "acme/app", "title": "v1"}}, "of"),
        ({"milestone": {"repo": "acme/app", "title": "v1", "of": "all"}}, "share"),
        ({"workflow_runs": {"repo": "acme/app", "workflow": "../ci.yml"}}, "pattern"),
        ({"workflow_runs": {"repo": "acme/app", "workflow": ".."}}, "pattern"),
        ({"workflow_runs": {"repo": "acme/app", "status": "green"}}, "success"),
        ({"stars": "acme"}, "pattern"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(written: dict[str, Any], said: str) -> None:
    (kind,) = written

    with pytest.raises(ValidationError, match=said):
        plugin.kinds[kind].model_validate(written)


@pytest.mark.parametrize(
    ("text", "repos"),
    [
        ("repo:acme/app is:issue", ["acme/app"]),
        ('REPO:"acme/app" is:issue', ["acme/app"]),
        ("(repo:a/b OR repo:c/d) repo:a/b", ["a/b", "c/d"]),
        ("-repo:a/b NOT repo:c/d is:issue", []),
        ('label:"repo:a/b" "repo:c/d"', []),
        ("org:acme", []),
    ],
)
def test_a_search_names_its_repositories(text: str, repos: list[str]) -> None:
    assert search.named_repos(text) == repos


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            datetime(2026, 10, 1, tzinfo=UTC),
            datetime(2026, 11, 1, tzinfo=UTC),
            "2026-10-01T00:00:00+00:00..2026-10-31T23:59:59+00:00",
        ),
        (
            datetime(2026, 10, 1, tzinfo=timezone(timedelta(hours=2))),
            datetime(2026, 10, 2, tzinfo=timezone(timedelta(hours=2))),
            "2026-09-30T22:00:00+00:00..2026-10-01T21:59:59+00:00",
        ),
        (
            datetime(2026, 10, 1, 0, 0, 0, 1, tzinfo=UTC),
            datetime(2026, 10, 1, 0, 0, 9, 1, tzinfo=UTC),
            "2026-10-01T00:00:01+00:00..2026-10-01T00:00:09+00:00",
        ),
    ],
)
def test_a_half_open_window_becomes_a_range_with_both_ends(
    start: datetime, end: datetime, expected: str
) -> None:
    assert search.span(Instants(start=start, end=end)) == expected


def test_an_or_keeps_its_meaning_beside_a_window() -> None:
    window = Instants(start=datetime(2026, 10, 1, tzinfo=UTC), end=datetime(2026, 10, 2, tzinfo=UTC))

    text = search.within("label:a OR label:b\n", window, "closed")

    assert text == "(label:a OR label:b) closed:2026-10-01T00:00:00+00:00..2026-10-01T23:59:59+00:00"


def test_each_selection_has_an_alias_and_variables_of_its_own() -> None:
    one = items("a/b", connection="issues", states=["OPEN"], label="x", milestone=None)

    text, variables = document([one, stars("c/d")])

    assert "q0: repository(owner: $q0_owner, name: $q0_name)" in text
    assert "q1: repository(owner: $q1_owner, name: $q1_name) { stargazerCount }" in text
    assert variables == {
        "q0_owner": "a",
        "q0_name": "b",
        "q0_states": ["OPEN"],
        "q0_labels": ["x"],
        "q1_owner": "c",
        "q1_name": "d",
    }


ISSUES = [
    {
        "number": 1,
        "title": "Crash on start",
        "created_at": "2026-10-01T10:00:00Z",
        "labels": ["bug"],
        "author": "anna",
    },
    {
        "number": 2,
        "created_at": "2026-10-02T10:00:00Z",
        "closed_at": "2026-10-03T10:00:00Z",
        "labels": ["good first issue"],
    },
    {
        "number": 3,
        "created_at": "2026-10-03T10:00:00Z",
        "is_pr": True,
        "merged_at": "2026-10-04T10:00:00Z",
        "closed_at": "2026-10-04T10:00:00Z",
    },
]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("repo:acme/app", [1, 2, 3]),
        ("org:acme is:issue", [1, 2]),
        ("is:pr is:merged", [3]),
        ("is:pr is:unmerged", []),
        ("is:closed -is:pr", [2]),
        ('label:"good first issue"', [2]),
        ("label:bug,nothing", [1]),
        ("NOT label:bug is:issue", [2]),
        ("(label:bug OR is:pr) created:<=2026-10-01", [1]),
        ("created:2026-10-02", [2]),
        ("created:>2026-10-02", [3]),
        ("created:<2026-10-02", [1]),
        ("created:2026-10-02..*", [2, 3]),
        ("closed:2026-10-03T10:00:00+00:00..2026-10-03T10:00:00+00:00", [2]),
        ("updated:>=2026-10-03", [2, 3]),
        ("author:anna crash", [1]),
        ("repo:acme/app repo:acme/web", []),
    ],
)
def test_the_emulated_search_finds_what_github_would(text: str, numbers: list[int]) -> None:
    world = {"repos": {"acme/app": {"issues": ISSUES}}}

    assert [issue["number"] for _, issue in emulated_search.found(world, text)] == numbers


@pytest.mark.parametrize("text", ["(is:issue", "is:issue)", "colour:red", "is:blue", "created:soon", "NOT"])
def test_the_emulated_search_refuses_what_is_no_search(text: str) -> None:
    with pytest.raises(emulated_search.SearchError):
        emulated_search.found({"repos": {}}, text)
