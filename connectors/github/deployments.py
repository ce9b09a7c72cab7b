"""How many deployments there were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from connectors.github import documents
from connectors.github.documents import Selection
from connectors.github.moments import read_moment
from connectors.github.queries import DeploymentFilter
from connectors.github.questions import Outcome, Reading
from connectors.github.walks import Node
from syncd.sdk import Instants, MalformedResponse, QueryRejected, SourceError, excerpt


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentWalk:
    """The deployments to an environment; since a moment, or all."""

    repo: str
    environment: str
    since: datetime | None

    def page(self, after: str | None) -> Selection:
        return documents.deployments(self.repo, self.environment, after=after)

    def is_past(self, node: Node) -> bool:
        return self.since is not None and read_moment(node.get("createdAt")) < self.since


def check_environment(wanted: DeploymentFilter, outcome: Outcome) -> None:
    """Raises SourceError: there is no such environment, or nobody says whether there is."""
    if isinstance(outcome, SourceError):
        raise outcome
    if not isinstance(outcome, dict) or "environment" not in outcome:
        raise MalformedResponse(f"GitHub does not say whether {wanted.repo} has the environment")
    if outcome["environment"] is None:
        raise QueryRejected(
            f"{wanted.repo} has no environment {wanted.environment!r}, and nothing was deployed to it",
            code="not_found",
            hint="write its name as GitHub shows it under Deployments",
        )


def number_of(
    wanted: DeploymentFilter, nodes: Iterable[Node], window: Instants | None, *, web: str
) -> Reading:
    """Raises MalformedResponse: GitHub left out what tells which deployments count."""
    inside = [
        node
        for node in nodes
        if window is None or window.start <= read_moment(node.get("createdAt")) < window.end
    ]
    count = sum(wanted.state in ("all", state_of(node)) for node in inside)
    page = f"{web}/{wanted.repo}/deployments/{quote(wanted.environment, safe='')}"
    return Reading(value=count, unit="count", evidence_url=page)


def state_of(node: Node) -> str:
    """The latest status but for `inactive`; `pending` before the first.

    GitHub sets what was deployed before to `inactive` once something newer is there. A success
    must not stop being one then: the number of successes would never go over 1.
    """
    latest = node.get("latestStatus")
    if latest is None:
        return "pending"
    state = _state(latest)
    return state if state != "inactive" else _state_before(node)


def _state_before(node: Node) -> str:
    listed = node.get("statuses")
    statuses = listed.get("nodes") if isinstance(listed, dict) else None
    if not isinstance(listed, dict) or not isinstance(statuses, list):
        raise MalformedResponse("GitHub sent a deployment without its statuses")
    if listed.get("totalCount") != len(statuses):
        raise MalformedResponse(
            "an inactive deployment has more statuses than syncd looks at: what it was before is unknown",
            code="statuses_cut_short",
        )
    others = [status for status in statuses if _state(status) != "inactive"]
    if not others:
        return "inactive"
    return _state(max(others, key=lambda status: read_moment(status.get("createdAt"))))


# Any-typed JSON goes in: everything else than a status is refused.
def _state(status: object) -> str:
    state = status.get("state") if isinstance(status, dict) else None
    if not isinstance(state, str):
        raise MalformedResponse(f"GitHub sent {excerpt(repr(state))} as the state of a deployment")
    return state.lower()
