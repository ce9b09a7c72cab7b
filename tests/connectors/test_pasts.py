"""Which queries can tell their past, and why the others cannot."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.github import plugin as github
from connectors.google_sheets import plugin as google_sheets
from connectors.jira import plugin as jira
from syncd.sdk.plugin import Plugin

JQLS = {
    "project = PHX": None,
    "": None,
    "project = PHX AND type in (Bug, Story) AND labels not in (spam) ORDER BY updated": None,
    'project = PHX AND NOT "Epic Link" = PHX-1': None,
    "(project != PHX OR issuetype = Bug) AND component is not EMPTY": None,
    "priority >= High AND key = PHX-1": None,
    "project = PHX AND statusCategory != Done": "statuscategory",
    "status WAS Done": "status",
    "status CHANGED": "status",
    "assignee in (anna)": "assignee",
    "project = PHX AND Team = 'status'": "team",
    "cf[10010] = 1": "]",
    "created >= -7d": "created",
    "sprint in openSprints()": "openSprints",
    "reporter = currentUser()": "currentUser",
    "resolution = Fixed": "resolution",
}


@pytest.mark.parametrize(("jql", "about"), JQLS.items())
def test_a_count_of_jira_tells_its_past_under_lasting_conditions(jql: str, about: str | None) -> None:
    because = asked(jira, {"count": jql}, by="created")

    assert (because is None) if about is None else (about in str(because))


@pytest.mark.parametrize(
    ("jql", "is_told"),
    [
        ("statusCategory = Done", True),
        ("resolution = Fixed", True),
        ("statusCategory != Done", False),
        ("statusCategory = 'In Progress'", False),
        ("status = Done", False),
    ],
)
def test_what_was_resolved_was_done_ever_since(jql: str, is_told: bool) -> None:
    assert (asked(jira, {"count": jql}, by="resolved") is None) == is_told


def test_the_last_update_moves_on() -> None:
    assert asked(jira, {"count": "project = PHX"}, by="updated")
    assert asked(github, {"count": "repo:acme/app"}, by="updated")
    assert asked(github, {"issues": {"repo": "acme/app"}}, by="updated")


@pytest.mark.parametrize(
    "query",
    [
        {"duration": {"jql": "project = PHX", "from": "created", "to": "resolved"}},
        {"transitions": {"jql": "project = PHX", "to": {"status": "Done"}}},
    ],
)
def test_logs_of_jira_tell_the_past(query: dict[str, Any]) -> None:
    assert asked(jira, query) is None


@pytest.mark.parametrize(
    "query",
    [
        {"duration": {"jql": "status = Done", "from": "created", "to": "resolved"}},
        {"transitions": {"jql": "status = Done", "to": {"status": "Done"}}},
        {"sum": {"jql": "project = PHX", "field": "votes"}},
        {"field": {"issue": "PHX-1", "name": "votes"}},
        {"ticket": "PHX-1"},
        {"tickets": ["PHX-1"]},
    ],
)
def test_fields_statuses_and_tickets_of_jira_do_not(query: dict[str, Any]) -> None:
    assert asked(jira, query, by="created")


SEARCHES = [
    ("repo:acme/app is:issue label:bug", "created", True),
    ("repo:acme/app is:issue is:open", "created", False),
    ("repo:acme/app is:pr -is:draft", "created", False),
    ("repo:acme/app is:issue is:closed", "created", False),
    ("repo:acme/app is:issue is:closed", "closed", True),
    ("repo:acme/app is:pr is:merged", "merged", True),
    ("repo:acme/app is:pr is:merged state:closed", "merged", True),
    ("repo:acme/app is:pr review:approved", "created", False),
    ("repo:acme/app assignee:anna", "created", False),
    ("repo:acme/app -label:spam crash", "created", True),
]


@pytest.mark.parametrize(("text", "by", "is_told"), SEARCHES)
def test_a_search_of_github_tells_its_past_under_lasting_qualifiers(
    text: str, by: str, is_told: bool
) -> None:
    assert (asked(github, {"count": text}, by=by) is None) == is_told


STATES = [
    ("issues", "all", "created", True),
    ("issues", "closed", "closed", True),
    ("issues", "open", "created", False),
    ("issues", "closed", "created", False),
    ("pull_requests", "merged", "merged", True),
    ("pull_requests", "closed", "closed", True),
    ("pull_requests", "merged", "created", False),
]


@pytest.mark.parametrize(("kind", "state", "by", "is_told"), STATES)
def test_a_state_is_lasting_from_its_own_moment_on(kind: str, state: str, by: str, is_told: bool) -> None:
    assert (asked(github, {kind: {"repo": "acme/app", "state": state}}, by=by) is None) == is_told


@pytest.mark.parametrize(
    ("query", "is_told"),
    [
        ({"releases": {"repo": "acme/app"}}, True),
        ({"workflow_runs": {"repo": "acme/app"}}, True),
        ({"workflow_runs": {"repo": "acme/app", "status": "success"}}, True),
        ({"workflow_runs": {"repo": "acme/app", "status": "queued"}}, False),
        ({"deployments": {"repo": "acme/app", "environment": "production", "state": "success"}}, True),
        ({"deployments": {"repo": "acme/app", "environment": "production", "state": "pending"}}, False),
        (
            {"duration": {"pull_requests": {"repo": "acme/app"}, "from": "created", "to": "merged"}},
            True,
        ),
        ({"milestone": {"repo": "acme/app", "title": "V4", "of": "closed"}}, False),
        ({"stars": "acme/app"}, False),
    ],
)
def test_lists_of_github_tell_what_is_dated(query: dict[str, Any], is_told: bool) -> None:
    assert (asked(github, query) is None) == is_told


def test_no_sheet_tells_its_past() -> None:
    assert asked(google_sheets, {"cell": "Adoption!B7", "spreadsheet": "1AbC"})


def asked(plugin: Plugin, query: dict[str, Any], *, by: str | None = None) -> str | None:
    kind = next(kind for kind in plugin.kinds if kind in query)
    return plugin.kinds[kind].model_validate(query).past_unknown(by=by)
