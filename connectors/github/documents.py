"""GraphQL documents: many questions, each under an alias of its own, in one request.

What people wrote travels in variables only; the text of a document is made of constants here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MILESTONES_LOOKED_AT = 30
"""GitHub finds milestones by a part of their title; the exact one should be among the first."""

PAGE = 100
"""The most that GitHub gives at once."""

STATUSES_LOOKED_AT = 30
"""Of one deployment; most have three or four."""

VIEWER = "query Viewer { viewer { login } }"

BROWSE_REPOSITORIES = """
query Repositories {
  viewer {
    repositories(
      first: 100
      affiliations: [OWNER, COLLABORATOR, ORGANIZATION_MEMBER]
      ownerAffiliations: [OWNER, COLLABORATOR, ORGANIZATION_MEMBER]
      orderBy: {field: PUSHED_AT, direction: DESC}
    ) { nodes { nameWithOwner description } }
  }
}
"""

BROWSE_REPOSITORY = """
query Repository($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    labels(first: 100) { nodes { name description } }
    milestones(first: 100, orderBy: {field: DUE_DATE, direction: ASC}) { nodes { title state } }
  }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    name: str
    type: str
    value: str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One field at the top of a query. Equal ones are asked once.

    Attributes:
        field: GraphQL text, a constant; its `$names` are given by `variables`.
    """

    field: str
    variables: tuple[Variable, ...]


def search(text: str) -> Selection:
    """How many issues and pull requests the search `text` finds."""
    return Selection(
        # GitHub: a search lists 1,000 results at most, its count is full
        field="search(query: $text, type: ISSUE, first: 1) { issueCount }",
        variables=(Variable(name="text", type="String!", value=text),),
    )


def presence(repo: str) -> Selection:
    """Whether there is such a repository for us, and what it is called now."""
    return _repository(repo, "nameWithOwner")


def stars(repo: str) -> Selection:
    return _repository(repo, "stargazerCount")


def items(
    repo: str, *, connection: str, states: Sequence[str], label: str | None, milestone: str | None
) -> Selection:
    """The full count of a repository's `issues` or `pullRequests`, under `items`.

    Args:
        label: One at most: GitHub takes several as "any of them".
    """
    variables = []
    if states:
        enum = "IssueState" if connection == "issues" else "PullRequestState"
        variables.append(Variable(name="states", type=f"[{enum}!]", value=tuple(states)))
    if label is not None:
        variables.append(Variable(name="labels", type="[String!]", value=(label,)))
    arguments = ", ".join(f"{variable.name}: ${variable.name}" for variable in variables)
    counted = f"items: {connection}{f'({arguments})' if arguments else ''} {{ totalCount }}"
    if milestone is None:
        return _repository(repo, counted, *variables)
    return _repository(repo, _milestones(counted), _title(milestone), *variables)


def milestone(repo: str, title: str) -> Selection:
    """What a milestone holds: issues and pull requests, as its page on GitHub counts them."""
    held = (
        "openIssues: issues(states: [OPEN]) { totalCount } "
        "closedIssues: issues(states: [CLOSED]) { totalCount } "
        "openPulls: pullRequests(states: [OPEN]) { totalCount } "
        "closedPulls: pullRequests(states: [CLOSED, MERGED]) { totalCount }"
    )
    return _repository(repo, _milestones(held), _title(title))


def pull_requests(
    repo: str,
    *,
    states: Sequence[str],
    labels: Sequence[str],
    base: str | None,
    newest_first: bool,
    after: str | None,
) -> Selection:
    """A page of a repository's pull requests with their moments, under `page`.

    Args:
        labels: GitHub takes several as "any of them", so the names of all labels come too then.
        newest_first: By their latest change; else by creation, oldest first.
    """
    order = "{field: UPDATED_AT, direction: DESC}" if newest_first else "{field: CREATED_AT, direction: ASC}"
    variables = [Variable(name="states", type="[PullRequestState!]", value=tuple(states))]
    if labels:
        variables.append(Variable(name="labels", type="[String!]", value=tuple(labels[:1])))
    if base is not None:
        variables.append(Variable(name="baseRefName", type="String!", value=base))
    carried = " labels(first: 100) { nodes { name } }" if len(labels) > 1 else ""
    return _page(
        repo,
        "pullRequests",
        f"id createdAt mergedAt closedAt updatedAt{carried}",
        *variables,
        order=order,
        after=after,
    )


def deployments(repo: str, environment: str, *, after: str | None) -> Selection:
    """A page of the deployments to an environment, newest first, with their statuses, under `page`."""
    return _page(
        repo,
        "deployments",
        "id createdAt latestStatus { state } "
        f"statuses(first: {STATUSES_LOOKED_AT}) {{ totalCount nodes {{ state createdAt }} }}",
        Variable(name="environments", type="[String!]", value=(environment,)),
        order="{field: CREATED_AT, direction: DESC}",
        after=after,
    )


def environment(repo: str, name: str) -> Selection:
    """Whether a repository has such an environment."""
    return _repository(
        repo,
        "environment(name: $environment) { name }",
        Variable(name="environment", type="String!", value=name),
    )


def _page(
    repo: str, connection: str, node: str, *variables: Variable, order: str, after: str | None
) -> Selection:
    cursor = () if after is None else (Variable(name="after", type="String!", value=after),)
    arguments = "".join(f"{variable.name}: ${variable.name}, " for variable in (*variables, *cursor))
    return _repository(
        repo,
        f"page: {connection}({arguments}first: {PAGE}, orderBy: {order}) "
        f"{{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {node} }} }}",
        *variables,
        *cursor,
    )


def _milestones(inner: str) -> str:
    return (
        f"milestones(first: {MILESTONES_LOOKED_AT}, query: $title) "
        f"{{ totalCount nodes {{ title url {inner} }} }}"
    )


def _title(title: str) -> Variable:
    return Variable(name="title", type="String!", value=title)


def _repository(repo: str, inner: str, *variables: Variable) -> Selection:
    owner, _, name = repo.partition("/")
    return Selection(
        field=f"repository(owner: $owner, name: $name) {{ {inner} }}",
        variables=(
            Variable(name="owner", type="String!", value=owner),
            Variable(name="name", type="String!", value=name),
            *variables,
        ),
    )


def document(selections: Sequence[Selection]) -> tuple[str, dict[str, Any]]:
    """One query for all, and its variables; the n-th selection answers under `alias(n)`."""
    # Any: what a variable may hold is JSON.
    values: dict[str, Any] = {}
    declared: list[str] = []
    fields: list[str] = []
    for number, selection in enumerate(selections):
        own = alias(number)
        for variable in selection.variables:
            name = f"{own}_{variable.name}"
            values[name] = list(variable.value) if isinstance(variable.value, tuple) else variable.value
            declared.append(f"${name}: {variable.type}")
        fields.append(f"  {own}: " + re.sub(r"\$(\w+)", rf"${own}_\1", selection.field))
    head = f"query Numbers({', '.join(declared)}) {{"
    return "\n".join([head, "  rateLimit { cost remaining resetAt }", *fields, "}"]), values


def alias(number: int) -> str:
    return f"q{number}"
