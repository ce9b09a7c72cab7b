"""What the GitHub connector sends, and what its emulator answers, against GitHub's published schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    parse,
    validate,
)

from connectors.github import documents, plugin
from connectors.github.connector import GitHubConnector
from connectors.github.emulated.graphql import SCHEMA
from connectors.github.emulator import make
from syncd.egress.wire import Wire
from syncd.sdk.emulator import Exchange
from syncd.sdk.measurement import Instants, Query
from syncd.sdk.testing.server import serve
from syncd.sdk.testing.suite import LOOPBACK
from tests.conformance import openapi

REPO = "acme/app"
OCTOBER = Instants(start=datetime(2026, 10, 1, tzinfo=UTC), end=datetime(2026, 11, 1, tzinfo=UTC))

RUN = {"workflow": "ci.yml", "conclusion": "success", "created_at": "2026-10-02T00:00:00Z"}
WORLD: dict[str, Any] = {
    "token": "t",
    "repos": {
        REPO: {
            "stars": 3,
            "issues": [
                {"number": 1, "created_at": "2026-10-02T00:00:00Z", "labels": ["bug"], "milestone": "v1"}
            ],
            "milestones": [{"number": 1, "title": "v1"}],
            "deployments": [
                {
                    "environment": "production",
                    "created_at": "2026-10-02T00:00:00Z",
                    "statuses": [{"state": "success", "created_at": "2026-10-02T00:01:00Z"}],
                }
            ]
            * 120,
            "releases": [{"tag_name": f"v{n}", "published_at": "2026-10-02T00:00:00Z"} for n in range(120)]
            + [{"tag_name": "next", "published_at": None, "draft": True}],
            "workflows": [{"id": 7, "name": "CI", "path": ".github/workflows/ci.yml"}],
            "workflow_runs": [RUN, {**RUN, "status": "in_progress", "conclusion": None}],
        }
    },
}

FILTERS: list[dict[str, Any]] = [{}, {"labels": ["bug"]}, {"labels": ["a", "b"]}, {"milestone": "v1"}]
ASKS: list[tuple[dict[str, Any], Instants | None, str | None]] = [
    *(
        ({kind: {"repo": REPO, "state": state, **more}}, None, None)
        for kind, states in {
            "issues": ("open", "closed", "all"),
            "pull_requests": ("open", "closed", "merged", "all"),
        }.items()
        for state in states
        for more in (*FILTERS, {"labels": ["bug"], "milestone": "v1"})
    ),
    ({"count": "repo:acme/app is:issue"}, None, None),
    ({"count": "repo:acme/gone is:issue"}, None, None),
    *(
        ({"count": "repo:acme/app OR author:anna"}, OCTOBER, by)
        for by in ("created", "closed", "merged", "updated")
    ),
    *(
        ({"milestone": {"repo": REPO, "title": "v1", "of": of}}, None, None)
        for of in ("open", "closed", "share")
    ),
    ({"stars": REPO}, None, None),
    ({"stars": "acme/gone"}, None, None),
    ({"releases": {"repo": REPO}}, OCTOBER, None),
    ({"releases": {"repo": "acme/gone"}}, None, None),
    ({"workflow_runs": {"repo": REPO}}, None, None),
    (
        {"workflow_runs": {"repo": REPO, "workflow": "ci.yml", "branch": "main", "status": "success"}},
        None,
        None,
    ),
    ({"workflow_runs": {"repo": REPO, "workflow": 7}}, None, None),
    ({"workflow_runs": {"repo": "acme/gone"}}, None, None),
    *(
        ({"duration": {"pull_requests": {"repo": REPO, **more}, "from": "created", "to": to}}, window, None)
        for to in ("merged", "closed")
        for more in ({}, {"labels": ["bug"], "base": "main"}, {"labels": ["bug", "b"]})
        for window in (None, OCTOBER)
    ),
    ({"deployments": {"repo": REPO, "environment": "production", "state": "success"}}, OCTOBER, None),
    ({"deployments": {"repo": REPO, "environment": "gone"}}, None, None),
]


def _queries() -> Iterator[Query[Any]]:
    for number, (written, window, by) in enumerate(ASKS):
        (kind,) = written
        yield Query(key=str(number), ask=plugin.kinds[kind].model_validate(written), window=window, by=by)


@cache
def _exchanges() -> Sequence[Exchange]:
    """Everything that a connector says and hears: who it is, all kinds of queries, browsing."""
    emulator = make(WORLD)
    with serve(emulator) as url:
        config = plugin.config.model_validate({"url": url, "token": "t"})
        wire = Wire(
            connection="code",
            origins=[url],
            networks=[LOOPBACK],
            read_posts=plugin.read_posts,
            rate_limit=plugin.rate_limit,
        )
        connector = GitHubConnector(config, wire)
        connector.check()
        connector.measure(list(_queries()))
        connector.browse(None)
        connector.browse(REPO)
        emulator.world = {**WORLD, "is_app": True}
        connector.check()
    return tuple(emulator.exchanges)


@cache
def _github() -> GraphQLSchema:
    path: Path = openapi.specs() / "github.schema.graphql"
    if not path.is_file():
        pytest.fail(f"{path} is missing")
    # The published schema is valid by itself; checking it takes longer than all the rest.
    return build_schema(path.read_text(), assume_valid_sdl=True, assume_valid=True)


def _posts() -> list[dict[str, Any]]:
    return [json.loads(exchange.body) for exchange in _exchanges() if exchange.method == "POST"]


def test_every_graphql_document_is_valid_in_githubs_schema() -> None:
    schema = _github()

    faults = [error.message for post in _posts() for error in validate(schema, parse(post["query"]))]

    assert _posts()
    assert faults == []


def test_a_document_that_github_does_not_know_is_noticed() -> None:
    wrong = documents.VIEWER.replace("login", "password")

    assert validate(_github(), parse(wrong))


def test_every_variable_has_a_value_of_its_type() -> None:
    schema = _github()

    for post in _posts():
        (operation,) = parse(post["query"]).definitions
        declared = {one.variable.name.value: one.type for one in operation.variable_definitions}  # type: ignore[union-attr]  # a document has one operation
        assert declared.keys() == post["variables"].keys()
        for name, node in declared.items():
            value = post["variables"][name]
            if isinstance(value, list):
                inner = node.type.type.name.value  # type: ignore[union-attr]  # [Name!]
                enum = schema.type_map[inner]
                assert not isinstance(enum, GraphQLEnumType) or set(value) <= set(enum.values), name
            else:
                assert isinstance(value, str), name


def test_the_emulated_schema_is_a_part_of_githubs() -> None:
    """So an answer of the emulator has the shape that GitHub's would have."""
    theirs = _github()

    for name, ours in SCHEMA.type_map.items():
        if name.startswith("__"):
            continue
        their = theirs.type_map[name]
        assert type(ours) is type(their), name
        if isinstance(ours, GraphQLEnumType):
            assert set(ours.values) <= set(their.values), name
        if isinstance(ours, GraphQLInputObjectType):
            assert _shapes(ours.fields) == {
                k: v for k, v in _shapes(their.fields).items() if k in ours.fields
            }
        if isinstance(ours, GraphQLObjectType):
            for field, described in ours.fields.items():
                assert str(described.type) == str(their.fields[field].type), f"{name}.{field}"
                for argument, given in described.args.items():
                    assert str(given.type) == str(their.fields[field].args[argument].type), f"{name}.{field}"


def _shapes(fields: Any) -> dict[str, str]:
    return {name: str(field.type) for name, field in fields.items()}


def test_rest_requests_and_answers_are_as_described() -> None:
    github = openapi.load("github.openapi.json")
    rest = [
        exchange
        for exchange in _exchanges()
        if exchange.method == "GET" and not exchange.path.endswith("/actions/workflows")
    ]

    faults = github.faults(rest)

    assert len(rest) >= 8
    assert faults == []


def test_every_kind_of_query_is_asked() -> None:
    asked = {kind for written, _, _ in ASKS for kind in written}

    assert asked == set(plugin.kinds)
