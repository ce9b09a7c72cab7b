"""GitHub's own examples of hooks: each is taken, and wakes exactly the questions that it touches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.github import plugin
from syncd.inbox.door import Door
from syncd.inbox.judge import Taken, judge
from syncd.okr.definition import AskedQuery, Mappings, QueryKey
from syncd.sync.hinted import hinted
from tests.conformance import openapi
from tests.signing import VENDORS_SECRET, from_github, to_bytes

HELLO, OCTO, OTHER = "Codertocat/Hello-World", "octo-org/octo-repo", "acme/app"
REPOS = (HELLO, OCTO, OTHER)
assert plugin.hooks is not None
HOOKS = plugin.hooks
DOOR = Door(connection="code", hooks=HOOKS, secrets=(VENDORS_SECRET,))

# Any, throughout: queries as YAML says them, and a vendor's JSON.
KINDS: Mapping[str, Any] = {
    "issues": lambda repo: {"issues": {"repo": repo}},
    "pulls": lambda repo: {"pull_requests": {"repo": repo}},
    "milestone": lambda repo: {"milestone": {"repo": repo, "title": "v1", "of": "share"}},
    "releases": lambda repo: {"releases": {"repo": repo}},
    "runs": lambda repo: {"workflow_runs": {"repo": repo}},
    "deployments": lambda repo: {"deployments": {"repo": repo, "environment": "production"}},
    "lead-time": lambda repo: {
        "duration": {"pull_requests": {"repo": repo}, "from": "created", "to": "merged"}
    },
    "search": lambda repo: {"count": f"repo:{repo} is:open"},
    "stars": lambda repo: {"stars": repo},
}
ANYWHERE = {"anywhere": {"count": "org:acme is:open label:bug"}}

TOUCHED: Mapping[str, set[str]] = {
    "issues": {"issues", "milestone", "search", "anywhere"},
    "pull_request": {"pulls", "milestone", "lead-time", "search", "anywhere"},
    "milestone": {"milestone", "search", "anywhere"},
    "release": {"releases"},
    "workflow_run": {"runs"},
    "deployment_status": {"deployments"},
    "ping": set(),
}


def a_query(name: str, query: Mapping[str, Any]) -> tuple[QueryKey, AskedQuery]:
    (kind,) = plugin.kinds.keys() & query.keys()
    key = QueryKey(connection="code", digest=name)
    ask = plugin.kinds[kind].model_validate(query)
    return key, AskedQuery(key=key, kind=kind, ask=ask, text=name, unit="count")


MAPPINGS = Mappings(
    queries=dict(
        [
            *(
                a_query(f"{name} {repo}", of(repo))
                for name, of in KINDS.items()
                for repo in (HELLO, OCTO, OTHER)
            ),
            *(a_query(name, query) for name, query in ANYWHERE.items()),
        ]
    )
)


def examples() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(
        (openapi.specs() / "github-webhook-examples.json").read_text()
    )
    return found


def test_there_are_examples_of_every_event_that_is_understood() -> None:
    assert examples().keys() == TOUCHED.keys()


@pytest.mark.parametrize("event", sorted(TOUCHED))
def test_each_example_is_taken_and_wakes_exactly_what_it_touches(event: str) -> None:
    for number, body in enumerate(examples()[event]):
        sent = to_bytes(body)

        got = judge(DOOR, headers=from_github(sent, event=event, delivery=str(number)), body=sent, token=None)

        assert isinstance(got, Taken), got
        woken = hinted(MAPPINGS, {"code": got.hint.keys or ()}, lambda _, ask: HOOKS.touched_by(ask))
        repo = body.get("repository", {}).get("full_name")
        expected = {name if name in ANYWHERE else f"{name} {repo}" for name in TOUCHED[event]}
        assert {key.digest for key in woken} == expected


@pytest.mark.parametrize("event", sorted(TOUCHED))
def test_no_example_is_taken_when_it_is_changed_or_signed_by_somebody_else(event: str) -> None:
    for body in examples()[event]:
        sent = to_bytes(body)

        forged = judge(DOOR, headers=from_github(sent, event=event, secret="another"), body=sent, token=None)
        changed = judge(DOOR, headers=from_github(sent, event=event), body=sent + b" ", token=None)

        assert not isinstance(forged, Taken)
        assert not isinstance(changed, Taken)
