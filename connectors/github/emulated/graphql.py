"""GraphQL: documents are parsed, validated and executed by graphql-core over a part of GitHub's schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, build_schema, graphql_sync

from connectors.github.emulated import lists, search
from connectors.github.emulated import world as content
from connectors.github.emulated.world import Thing

SCHEMA = build_schema(
    """
    scalar DateTime
    scalar URI

    enum SearchType { ISSUE REPOSITORY USER DISCUSSION }
    enum IssueState { OPEN CLOSED }
    enum PullRequestState { OPEN CLOSED MERGED }
    enum MilestoneState { OPEN CLOSED }
    enum OrderDirection { ASC DESC }
    enum MilestoneOrderField { CREATED_AT DUE_DATE NUMBER UPDATED_AT }
    enum RepositoryOrderField { CREATED_AT NAME PUSHED_AT STARGAZERS UPDATED_AT }
    enum RepositoryAffiliation { COLLABORATOR ORGANIZATION_MEMBER OWNER }

    enum IssueOrderField { COMMENTS CREATED_AT UPDATED_AT }
    enum DeploymentOrderField { CREATED_AT }
    enum DeploymentStatusState { ERROR FAILURE INACTIVE IN_PROGRESS PENDING QUEUED SUCCESS WAITING }

    input IssueOrder { field: IssueOrderField! direction: OrderDirection! }
    input DeploymentOrder { field: DeploymentOrderField! direction: OrderDirection! }
    input MilestoneOrder { field: MilestoneOrderField! direction: OrderDirection! }
    input RepositoryOrder { field: RepositoryOrderField! direction: OrderDirection! }

    type Query {
      rateLimit: RateLimit
      viewer: User!
      search(query: String!, type: SearchType!, first: Int): SearchResultItemConnection!
      repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
    }

    type RateLimit { cost: Int! limit: Int! remaining: Int! resetAt: DateTime! used: Int! }
    type SearchResultItemConnection { issueCount: Int! }

    type User {
      login: String!
      repositories(
        first: Int
        affiliations: [RepositoryAffiliation]
        ownerAffiliations: [RepositoryAffiliation]
        orderBy: RepositoryOrder
      ): RepositoryConnection!
    }
    type RepositoryConnection { nodes: [Repository] totalCount: Int! }

    type Repository {
      nameWithOwner: String!
      description: String
      url: URI!
      stargazerCount: Int!
      issues(states: [IssueState!], labels: [String!], first: Int): IssueConnection!
      pullRequests(
        states: [PullRequestState!]
        labels: [String!]
        baseRefName: String
        first: Int
        after: String
        orderBy: IssueOrder
      ): PullRequestConnection!
      deployments(
        environments: [String!]
        first: Int
        after: String
        orderBy: DeploymentOrder = {field: CREATED_AT, direction: ASC}
      ): DeploymentConnection!
      environment(name: String!): Environment
      milestones(query: String, first: Int, orderBy: MilestoneOrder): MilestoneConnection
      labels(first: Int): LabelConnection
    }
    type IssueConnection { totalCount: Int! }
    type PullRequestConnection { nodes: [PullRequest] pageInfo: PageInfo! totalCount: Int! }
    type PullRequest {
      id: ID!
      createdAt: DateTime!
      updatedAt: DateTime!
      mergedAt: DateTime
      closedAt: DateTime
      labels(first: Int): LabelConnection
    }
    type PageInfo { endCursor: String hasNextPage: Boolean! }

    type DeploymentConnection { nodes: [Deployment] pageInfo: PageInfo! totalCount: Int! }
    type Deployment {
      id: ID!
      createdAt: DateTime!
      latestStatus: DeploymentStatus
      statuses(first: Int): DeploymentStatusConnection
    }
    type DeploymentStatusConnection { nodes: [DeploymentStatus] totalCount: Int! }
    type DeploymentStatus { state: DeploymentStatusState! createdAt: DateTime! }
    type Environment { name: String! }
    type LabelConnection { nodes: [Label] totalCount: Int! }
    type Label { name: String! description: String }

    type MilestoneConnection { nodes: [Milestone] totalCount: Int! }
    type Milestone {
      number: Int!
      title: String!
      state: MilestoneState!
      dueOn: DateTime
      url: URI!
      issues(states: [IssueState!], labels: [String!], first: Int): IssueConnection!
      pullRequests(states: [PullRequestState!], labels: [String!], first: Int): PullRequestConnection!
    }
    """
)


def answer(world: Mapping[str, Any], body: Mapping[str, Any], *, web: str) -> dict[str, Any]:
    """The JSON of GitHub's answer, which has the status 200 even for errors."""
    result = graphql_sync(
        SCHEMA,
        str(body.get("query", "")),
        root_value=_Root(world, web),
        variable_values=body.get("variables"),
        operation_name=body.get("operationName"),
    )
    said: dict[str, Any] = {"data": result.data}
    if result.errors:
        said["errors"] = [_as_github_shapes_it(error) for error in result.errors]
    return said


def _as_github_shapes_it(error: GraphQLError) -> dict[str, Any]:
    shaped: dict[str, Any] = dict(error.formatted)
    kind = (error.extensions or {}).get("type")
    if kind:
        del shaped["extensions"]
        shaped = {"type": kind, **shaped}
    elif error.path is None:
        shaped["extensions"] = {"code": "invalidDocument"}
    return shaped


class _Root:
    """Resolvers are found by the fields' names."""

    def __init__(self, world: Mapping[str, Any], web: str) -> None:
        self._world, self._web = world, web

    def rateLimit(self, _info: GraphQLResolveInfo) -> Thing | None:  # noqa: N802  # GraphQL's name
        limit = self._world.get("rate_limit", {})
        if limit is None:  # Enterprise has none by default
            return None
        most, remaining = limit.get("limit", 5_000), limit.get("remaining", 5_000)
        reset = datetime.fromtimestamp(limit.get("reset", 2_000_000_000), UTC)
        return {
            "cost": 1,
            "limit": most,
            "remaining": remaining,
            "used": most - remaining,
            "resetAt": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def viewer(self, _info: GraphQLResolveInfo) -> Thing:
        every = [self._repository(name, repo) for name, repo in content.repos(self._world)]
        return {
            "login": self._world.get("login", "syncd-bot"),
            "repositories": lambda _info, first=None, **_order: _connection(every, first),
        }

    def search(self, _info: GraphQLResolveInfo, *, query: str, **_page: object) -> Thing:
        try:
            return {"issueCount": len(search.found(self._world, query))}
        except search.SearchError as error:
            raise GraphQLError(f"The search is invalid: {error}", extensions={"type": "INVALID"}) from error

    def repository(
        self,
        _info: GraphQLResolveInfo,
        *,
        owner: str,
        name: str,
        followRenames: bool,  # noqa: N803  # GraphQL's name
    ) -> Thing:
        found = content.find_repo(self._world, f"{owner}/{name}", follow=followRenames)
        if found is None or found[1].get("private"):
            raise GraphQLError(
                f"Could not resolve to a Repository with the name '{owner}/{name}'.",
                extensions={"type": "NOT_FOUND"},
            )
        return self._repository(*found)

    def _repository(self, name: str, repo: Thing) -> Thing:
        def milestones(
            _info: GraphQLResolveInfo, query: str = "", first: int | None = None, **_order: object
        ) -> Thing:
            matching = [m for m in repo.get("milestones", []) if query.lower() in m["title"].lower()]
            return _connection([self._milestone(name, repo, m) for m in matching], first)

        return {
            "nameWithOwner": name,
            "description": repo.get("description"),
            "url": f"{self._web}/{name}",
            "stargazerCount": repo.get("stars", 0),
            "issues": _counted(content.issues(repo, is_pr=False)),
            "pullRequests": lists.pull_requests(content.issues(repo, is_pr=True)),
            "deployments": lists.deployments(repo.get("deployments", [])),
            "environment": lambda _info, *, name: content.environment(repo, name),
            "milestones": milestones,
            "labels": lambda _info, first=None: _connection(
                [{"name": label, "description": None} for label in content.labels(repo)], first
            ),
        }

    def _milestone(self, name: str, repo: Thing, milestone: Thing) -> Thing:
        def inside(*, is_pr: bool) -> list[Thing]:
            title = milestone["title"]
            return [one for one in content.issues(repo, is_pr=is_pr) if one.get("milestone") == title]

        return {
            "number": milestone["number"],
            "title": milestone["title"],
            "state": milestone.get("state", "open").upper(),
            "dueOn": milestone.get("due_on"),
            "url": f"{self._web}/{name}/milestone/{milestone['number']}",
            "issues": _counted(inside(is_pr=False)),
            "pullRequests": _counted(inside(is_pr=True)),
        }


def _counted(items: Sequence[Thing]) -> Callable[..., Thing]:
    def connection(
        _info: GraphQLResolveInfo,
        states: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
        **_page: object,
    ) -> Thing:
        chosen = [
            item
            for item in items
            if (states is None or content.state(item).upper() in states)
            # GitHub: several labels here mean any of them
            and (labels is None or set(labels) & set(item.get("labels", [])))
        ]
        return {"totalCount": len(chosen)}

    return connection


def _connection(nodes: Sequence[Thing], first: int | None) -> Thing:
    return {"totalCount": len(nodes), "nodes": list(nodes[:first])}
