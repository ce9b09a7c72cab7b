"""Lists that GraphQL gives in pages: pull requests with their moments, deployments with their statuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from connectors.github.counters import Counters
from connectors.github.documents import PAGE, Selection
from connectors.github.questions import RENAMED_OR_PRIVATE, Outcome
from syncd.sdk import MalformedResponse, QueryRejected, SourceError

MOST_PAGES = 50
"""What one list may cost; a longer one is refused, never cut."""

LISTS_PER_REQUEST = 10
"""Pages of so many lists in one request: a thousand entries."""

# Any: an entry of a list, GitHub's JSON.
Node = dict[str, Any]


class Walk(Protocol):
    """One list, and how far back into it somebody wants to look. Hashable."""

    @property
    def repo(self) -> str: ...

    def page(self, after: str | None) -> Selection: ...

    def is_past(self, node: Node) -> bool:
        """Whether nothing that is wanted can come after this entry."""
        ...


WalkT = TypeVar("WalkT", bound=Walk)


@dataclass(slots=True, kw_only=True)
class _UnderWay:
    """How far a walk is. `nodes` by id: a list that changes may show an entry twice."""

    nodes: dict[str, Node]
    cursor: str | None = None


def walked(
    walks: Sequence[WalkT], counters: Counters
) -> Iterator[tuple[WalkT, Sequence[Node] | SourceError]]:
    """Each walk with all entries that are wanted, or why they could not be had, as they are done.

    The next pages of all walks share their requests.

    Raises:
        SourceError: Nothing more can be had: of the credential, a limit, an outage.
    """
    under_way = {walk: _UnderWay(nodes={}) for walk in walks}
    for _ in range(MOST_PAGES):
        asked: dict[tuple[Selection, ...], WalkT] = {
            (walk.page(state.cursor),): walk for walk, state in under_way.items()
        }
        for selections, found in counters.answered(asked):
            walk = asked[selections]
            try:
                is_done = _take(walk, under_way[walk], found[selections[0]])
            except SourceError as error:
                del under_way[walk]
                yield walk, error
                continue
            if is_done:
                yield walk, tuple(under_way.pop(walk).nodes.values())
        if not under_way:
            return
    for walk in under_way:
        yield (
            walk,
            QueryRejected(
                f"the list is longer than the {MOST_PAGES * PAGE:,} entries that syncd reads for one query",
                code="too_many_results",
                hint="add a window, or a shorter one",
            ),
        )


def _take(walk: Walk, state: _UnderWay, outcome: Outcome) -> bool:
    """Whether the walk is done with this page."""
    page = _page(walk.repo, outcome)
    nodes, info = page.get("nodes"), page.get("pageInfo")
    if not isinstance(nodes, list) or not isinstance(info, dict):
        raise MalformedResponse("GitHub sent a page of a list without its entries")
    for node in nodes:
        if not isinstance(node, dict) or not isinstance(node.get("id"), str):
            raise MalformedResponse("GitHub sent an entry of a list without its id")
        state.nodes[node["id"]] = node
    if info.get("hasNextPage") is False or (nodes and walk.is_past(nodes[-1])):
        return True
    cursor = info.get("endCursor")
    if not isinstance(cursor, str) or cursor == state.cursor:
        raise MalformedResponse("GitHub says that a list goes on, but not where")
    state.cursor = cursor
    return False


def _page(repo: str, outcome: Outcome) -> Node:
    if isinstance(outcome, QueryRejected) and outcome.code == "not_found":
        raise QueryRejected(f"no repository {repo!r}", code="not_found", hint=RENAMED_OR_PRIVATE) from outcome
    if isinstance(outcome, SourceError):
        raise outcome
    page = outcome.get("page") if isinstance(outcome, dict) else None
    if not isinstance(page, dict):
        raise MalformedResponse(f"GitHub sent no list of {repo}")
    return page
