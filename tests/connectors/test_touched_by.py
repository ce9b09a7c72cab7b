"""What a question depends on, as far as hooks can tell."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.jira.hooks import projects_of, touching
from syncd.bootstrap import plugins
from syncd.sdk import Ask

# Any, throughout: a query as YAML would say it.


def ask(connector: str, **query: Any) -> Ask:
    (kind,) = plugins()[connector].kinds.keys() & query.keys()
    return plugins()[connector].kinds[kind].model_validate(query)


def touched_by(connector: str, **query: Any) -> set[str] | None:
    hooks = plugins()[connector].hooks
    assert hooks is not None
    found = hooks.touched_by(ask(connector, **query))
    return None if found is None else set(found)


@pytest.mark.parametrize(
    ("query", "events"),
    [
        ({"issues": {"repo": "Acme/App"}}, {"issues"}),
        ({"issues": {"repo": "acme/app", "milestone": "v1"}}, {"issues", "milestone"}),
        ({"pull_requests": {"repo": "acme/app"}}, {"pull_request"}),
        ({"pull_requests": {"repo": "acme/app", "milestone": "v1"}}, {"pull_request", "milestone"}),
        (
            {"milestone": {"repo": "acme/app", "title": "v1", "of": "share"}},
            {"issues", "pull_request", "milestone"},
        ),
        ({"releases": {"repo": "acme/app"}}, {"release"}),
        ({"workflow_runs": {"repo": "acme/app"}}, {"workflow_run"}),
        ({"deployments": {"repo": "acme/app", "environment": "production"}}, {"deployment_status"}),
        (
            {"duration": {"pull_requests": {"repo": "acme/app"}, "from": "created", "to": "merged"}},
            {"pull_request"},
        ),
        ({"count": "repo:acme/app is:issue"}, {"issues", "pull_request", "milestone"}),
        ({"stars": "acme/app"}, set()),
    ],
)
def test_a_question_to_github_depends_on_events_of_its_repository(
    query: dict[str, Any], events: set[str]
) -> None:
    assert touched_by("github", **query) == {f"{event} acme/app" for event in events}


@pytest.mark.parametrize(
    ("text", "repos"),
    [
        ("repo:acme/app is:open", {"acme/app"}),
        ('repo:acme/app "repo:acme/other"', {"acme/app"}),
        ("(repo:acme/app OR repo:acme/other) is:open", {"acme/app", "acme/other"}),
        ("repo:acme/app OR author:anna", {"*"}),
        ("org:acme is:issue", {"*"}),
        ("org:acme -repo:acme/app", {"*"}),
        ("repo:acme/app -repo:acme/other", {"*"}),
        ("org:acme NOT repo:acme/app", {"*"}),
    ],
)
def test_a_search_depends_on_the_repositories_that_it_is_bound_to(text: str, repos: set[str]) -> None:
    found = touched_by("github", count=text)

    assert found is not None
    assert {key.partition(" ")[2] for key in found} == repos


@pytest.mark.parametrize(
    ("jql", "projects"),
    [
        ("project = PHX", ["PHX"]),
        ('status = Done AND PROJECT = "Pharmacy X" ORDER BY created', ["Pharmacy X"]),
        ("project in (PHX, 'B B', 10001) AND status = Done", ["PHX", "B B", "10001"]),
        ("project = PHX AND (status = Done OR labels = x)", ["PHX"]),
        ("project = PHX OR status = Done", []),
        ("(project = PHX OR labels = x) AND status = Done", []),
        ("project != PHX", []),
        ("project not in (PHX)", []),
        ("NOT project = PHX", []),
        ("project in projectsLeadByUser()", []),
        ("project in (PHX, projectsLeadByUser())", []),
        ("project = currentProject()", []),
        ("project in (", []),
        ("project =", []),
        ("project in (PHX", []),
        ("labels = project", []),
        ("", []),
    ],
)
def test_a_jql_depends_on_the_projects_that_every_issue_of_it_lies_in(jql: str, projects: list[str]) -> None:
    assert list(projects_of(jql)) == projects


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = PHX", {"project phx"}),
        ("status = Done", {"project *"}),
        ("project = PHX AND fixVersion in releasedVersions()", {"project phx", "version"}),
        ("project = PHX AND sprint in openSprints()", {"project phx", "sprint"}),
        ("filter = 10100", {"project *", "version", "sprint"}),
    ],
)
def test_a_jql_depends_on_versions_and_sprints_where_it_names_them(jql: str, keys: set[str]) -> None:
    assert touching(jql) == keys


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"count": "project = PHX"}, {"project phx"}),
        ({"sum": {"jql": "project = PHX", "field": "Points"}}, {"project phx"}),
        ({"transitions": {"jql": "project = PHX", "to": {"status": "Done"}}}, {"project phx"}),
        ({"duration": {"jql": "project = PHX", "from": "created", "to": "resolved"}}, {"project phx"}),
        ({"ticket": "phx-12"}, {"issue phx-12"}),
        ({"tickets": ["PHX-1", "PHX-2"]}, {"issue phx-1", "issue phx-2"}),
        ({"field": {"issue": "PHX-1", "name": "Points"}}, {"issue phx-1"}),
    ],
)
def test_a_question_to_jira_depends_on_its_issues(query: dict[str, Any], keys: set[str]) -> None:
    assert touched_by("jira", **query) == keys


def test_a_question_to_sheets_depends_on_its_spreadsheet() -> None:
    assert touched_by("google_sheets", cell="Tab!B7", spreadsheet="1AbC") == {"1AbC"}
    assert touched_by("google_sheets", named_range="active") is None
