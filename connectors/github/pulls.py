"""How long pull requests take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from connectors.github import documents, search
from connectors.github.documents import Selection
from connectors.github.moments import read_moment
from connectors.github.queries import Duration, Span
from connectors.github.questions import Reading
from connectors.github.walks import Node
from syncd.sdk import Instants, MalformedResponse, QueryRejected
from syncd.sdk.samples import taken

_STATES = {"merged": ("MERGED",), "closed": ("CLOSED", "MERGED")}


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestWalk:
    """Pull requests that came to an end; since a moment, or all."""

    span: Span
    since: datetime | None

    @property
    def repo(self) -> str:
        return self.span.pull_requests.repo

    def page(self, after: str | None) -> Selection:
        wanted = self.span.pull_requests
        return documents.pull_requests(
            wanted.repo,
            states=_STATES[self.span.to],
            labels=wanted.labels,
            base=wanted.base,
            newest_first=self.since is not None,
            after=after,
        )

    def is_past(self, node: Node) -> bool:
        # Whatever ended since then was changed since then.
        return self.since is not None and read_moment(node.get("updatedAt")) < self.since


def length_of(ask: Duration, nodes: Iterable[Node], window: Instants | None, *, web: str) -> Reading:
    """Raises SourceError: no pull request came to the end in the window, or GitHub left moments out."""
    span = ask.duration
    lengths = []
    for node in nodes:
        ended = read_moment(node.get(f"{span.to}At"))
        if (window is None or window.start <= ended < window.end) and _carries(node, span):
            lengths.append((ended - read_moment(node.get("createdAt"))).total_seconds())
    if not lengths:
        raise QueryRejected(
            f"no such pull request of {span.pull_requests.repo} was {span.to}"
            + (" in this window" if window else ""),
            code="empty",
            hint="a longer window may hold some; labels and base must be written as GitHub shows them",
        )
    return Reading(
        value=taken(ask.take, lengths),
        unit="seconds",
        evidence_url=_evidence_url(span, window, web),
        sample_size=len(lengths),
    )


def _carries(node: Node, span: Span) -> bool:
    wanted = span.pull_requests.labels
    if len(wanted) < 2:
        return True  # GitHub has looked at the only one
    listed = node.get("labels")
    carried = listed.get("nodes") if isinstance(listed, dict) else None
    if not isinstance(carried, list) or not all(isinstance(label, dict) for label in carried):
        raise MalformedResponse("GitHub sent a pull request without its labels")
    return _names(wanted) <= _names([str(label.get("name")) for label in carried])


def _names(labels: Sequence[str]) -> set[str]:
    # A repository has no two labels that differ in capitals alone.
    return {label.casefold() for label in labels}


def _evidence_url(span: Span, window: Instants | None, web: str) -> str:
    wanted = span.pull_requests
    words = [
        f"is:pr is:{span.to}",
        *(f'label:"{label}"' for label in wanted.labels),
        f'base:"{wanted.base}"' if wanted.base else "",
        f"{span.to}:{search.span(window)}" if window else "",
    ]
    text = " ".join(word for word in words if word)
    return f"{web}/{wanted.repo}/pulls?q={quote(text, safe='')}"
