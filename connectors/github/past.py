"""Whether what GitHub counted at a past moment can be told today.

A window ends at that moment; the rest of a question is about today's issues. So only what stays may
stand in it: where an item is, who wrote it, its labels as far as people do not tidy up.
"""

from __future__ import annotations

from typing import Final

from connectors.github.search import qualifiers_in

LASTING: Final = frozenset(
    {
        *("repo", "org", "user", "type", "author", "label", "milestone", "base", "head"),
        *("language", "in"),
    }
)
"""Qualifiers of a search that sort items."""

_KINDS: Final = frozenset({"issue", "pr", "public", "private"})
_ENDED: Final = {
    "closed": frozenset({"closed", "unmerged", "merged"}),
    "merged": frozenset({"closed", "merged"}),
}
"""Moment -> what every item that came there has been since."""

_OUTCOMES: Final = frozenset(
    {"all", "completed", "success", "failure", "error", "cancelled", "timed_out", "skipped"}
)


def of_search(text: str, *, by: str | None) -> str | None:
    """What in a search moves with time; None: nothing does."""
    if by == "updated":
        return "`by: updated` is about the last update, which moves on"
    ended = _ENDED.get(by or "", frozenset())
    for name, value in qualifiers_in(text):
        state = value.lower()
        if name in LASTING or (name == "is" and state in _KINDS | ended):
            continue
        if name == "state" and state in ended:
            continue
        return f"{name}:{value} in the search is about today"
    return None


def of_state(state: str, *, by: str | None) -> str | None:
    """What an `issues` or `pull_requests` query asks beside its moment."""
    if by == "updated":
        return "`by: updated` is about the last update, which moves on"
    if state == "all" or state in _ENDED.get(by or "", frozenset()):
        return None
    return f"`state: {state}` is about today"


def of_outcome(state: str) -> str | None:
    """Runs and deployments come to an outcome soon, and keep it."""
    return None if state in _OUTCOMES else f"{state!r} is about today"
