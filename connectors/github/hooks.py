"""Webhooks of GitHub: which of them are genuine, and which questions they can have touched.

Source:
    https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from connectors.github.queries import (
    Count,
    Deployments,
    Duration,
    GitHubAsk,
    Issues,
    Milestone,
    PullRequests,
    Releases,
    Stars,
    WorkflowRuns,
)
from connectors.github.search import named_repos, qualifiers_in
from syncd.sdk import Hint, Hooks, is_signed, parse_object
from syncd.sdk.hooks import LARGE_BODY, Headers, Registrar

if TYPE_CHECKING:
    from connectors.github.config import GitHubConfig
    from syncd.sdk import Wire

EVENTS = ("issues", "pull_request", "milestone", "release", "workflow_run", "deployment_status")
"""What touches an answer. Another event, `ping` among them, is taken and touches nothing."""

ANY_REPO = "*"

_OF_MILESTONES = ("issues", "pull_request", "milestone")

_FORM = "application/x-www-form-urlencoded"
_ONE_REPO_OR_ANOTHER = re.compile(r"\(\s*repo:[^\s()\"]+(?:\s+OR\s+repo:[^\s()\"]+)*\s*\)")


def verify(headers: Headers, body: bytes, secret: str) -> bool:
    """By the SHA-256 signature alone; GitHub sends a SHA-1 one beside it, for old receivers."""
    return is_signed(body, signature=headers.get("x-hub-signature-256", ""), secret=secret)


def read(headers: Headers, body: bytes) -> Hint:
    event = headers.get("x-github-event", "")
    delivery = headers.get("x-github-delivery", "")
    if event not in EVENTS:
        return Hint(id=delivery, kind=event)
    said = parse_object(_json_of(headers, body))
    keys = {key(event, repo) for repo in (*_repos(said), ANY_REPO)}
    return Hint(id=delivery, kind=event, keys=frozenset(keys))


def touched_by(ask: GitHubAsk) -> Collection[str] | None:
    events, repos = _about(ask)
    return {key(event, repo) for event in events for repo in repos}


def _about(ask: GitHubAsk) -> tuple[Collection[str], Collection[str]]:
    """Events and repositories that the answer depends on."""
    about: tuple[Collection[str], Collection[str]]
    match ask:
        case Count():
            # A search may name a milestone, which has events of its own.
            about = _OF_MILESTONES, _searched(ask.count)
        case Milestone():
            about = _OF_MILESTONES, [ask.milestone.repo]
        case Issues():
            about = _of_list("issues", milestone=ask.issues.milestone), [ask.issues.repo]
        case PullRequests():
            filtered = ask.pull_requests
            about = _of_list("pull_request", milestone=filtered.milestone), [filtered.repo]
        case Duration():
            about = ["pull_request"], [ask.duration.pull_requests.repo]
        case Releases():
            about = ["release"], [ask.releases.repo]
        case WorkflowRuns():
            about = ["workflow_run"], [ask.workflow_runs.repo]
        case Deployments():
            about = ["deployment_status"], [ask.deployments.repo]
        case Stars():
            about = [], []  # no event that is taken here tells of them
    return about


def key(event: str, repo: str) -> str:
    """GitHub's names of repositories are the same in capitals or not."""
    return f"{event} {repo.lower()}"


def _of_list(event: str, *, milestone: str | None) -> Collection[str]:
    return [event, "milestone"] if milestone else [event]


def _searched(text: str) -> Collection[str]:
    """Repositories that a search is bound to; `*` where it may look at any."""
    found = named_repos(text)
    named = [value for name, value in qualifiers_in(text) if name == "repo"]
    rest = _ONE_REPO_OR_ANOTHER.sub(" ", text)
    is_bound = bool(found) and len(named) == len(found) and not re.search(r"\b(?:OR|NOT)\b", rest)
    return found if is_bound else [ANY_REPO]


def _repos(said: Mapping[str, Any]) -> Iterator[str]:
    """The event's repository, and the one that an issue was transferred to."""
    changes = said.get("changes")
    moved_to = changes.get("new_repository") if isinstance(changes, Mapping) else None
    for repo in (said.get("repository"), moved_to):
        if isinstance(repo, Mapping) and isinstance(repo.get("full_name"), str):
            yield repo["full_name"]


def _json_of(headers: Headers, body: bytes) -> bytes:
    """A hook of the content type `form` carries its JSON in one field."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return body
    fields = parse_qs(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=10)
    return "".join(fields.get("payload", ())).encode()


def places(asks: Sequence[GitHubAsk]) -> Sequence[str]:
    """Repositories; a search that is bound to none has its hooks where the others have theirs."""
    return sorted({repo.lower() for ask in asks for repo in _about(ask)[1]} - {ANY_REPO})


def registrar(config: GitHubConfig, wire: Wire) -> Registrar:
    # As the connector: not needed to check files.
    from connectors.github.registering import GitHubRegistrar  # noqa: PLC0415  # see above

    return GitHubRegistrar(config, wire)


_HOOKS_OF_A_REPO = r"(?:/.*)?/repos/[^/]+/[^/]+/hooks"

hooks = Hooks(
    verify=verify,
    read=read,
    touched_by=touched_by,
    max_bytes=LARGE_BODY,
    places=places,
    registrar=registrar,
    writes=(
        ("POST", _HOOKS_OF_A_REPO),
        ("PATCH", rf"{_HOOKS_OF_A_REPO}/\d+"),
        ("DELETE", rf"{_HOOKS_OF_A_REPO}/\d+"),
    ),
)
