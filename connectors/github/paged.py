"""Which lists a batch must read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.github.deployments import DeploymentWalk
from connectors.github.pulls import PullRequestWalk
from connectors.github.queries import Deployments, Duration, GitHubAsk
from syncd.sdk import Query

PagedWalk = PullRequestWalk | DeploymentWalk
Queries = Sequence[Query[GitHubAsk]]


def walks_of(queries: Queries) -> Mapping[PagedWalk, Queries]:
    """One walk for each list, whatever windows look at it and whatever is taken of it."""
    lists: dict[PagedWalk, list[Query[GitHubAsk]]] = {}
    for query in queries:
        match query.ask:
            case Duration(duration=span):
                lists.setdefault(PullRequestWalk(span=span, since=None), []).append(query)
            case Deployments(deployments=wanted):
                walk = DeploymentWalk(repo=wanted.repo, environment=wanted.environment, since=None)
                lists.setdefault(walk, []).append(query)
    return {replace(walk, since=_earliest(together)): together for walk, together in lists.items()}


def _earliest(queries: Queries) -> datetime | None:
    """How far back the list must be read for all; None: to its beginning."""
    starts = [query.window.start for query in queries if query.window]
    return min(starts) if len(starts) == len(queries) else None
