"""Statuses: from the name that people know to what an issue's log says."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.jira.answers import Issue, KnownStatus
from syncd.sdk import MalformedResponse, QueryRejected

_RANKS = {"undefined": 0, "new": 0, "indeterminate": 1, "done": 2}
"""How far a category of statuses is; its key is the same on every site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAs:
    """All statuses of one name: projects may each have their own.

    Attributes:
        name: In small letters.
        rank: Of the category that is least far.
    """

    name: str
    ids: frozenset[str]
    rank: int

    def is_it(self, status_id: str | None, name: str | None) -> bool:
        """By id, since a status may have had another name when the log was written; by name, since
        it may have been another status of that name, which is deleted by now."""
        return status_id in self.ids or (name or "").casefold() == self.name


class Statuses:
    """Asks the site for its statuses once, and again only for a name that it did not have then."""

    def __init__(self, read: Callable[[], Sequence[KnownStatus]]) -> None:
        self._read = read
        self._known: Sequence[KnownStatus] = ()

    def named(self, name: str) -> KnownAs:
        """Raises QueryRejected: the site has no such status, so nothing would ever be counted."""
        found = _of(name, self._known)
        if not found:
            self._known = self._read()
            found = _of(name, self._known)
        if found:
            return KnownAs(
                name=name.casefold(),
                ids=frozenset(status.id for status in found),
                rank=min(rank(status.status_category.key) for status in found),
            )
        alike = difflib.get_close_matches(name, [status.name for status in self._known], n=1)
        raise QueryRejected(
            f"Jira has no status {name!r}, or does not show it to this account",
            code="status_not_found",
            hint=f"did you mean {alike[0]!r}?" if alike else "`syncd browse CONNECTION statuses` lists them",
        )


def category(issue: Issue) -> str:
    """The key of the category that an issue's status is in; no site can rename or translate it."""
    status: Any = issue.fields.get("status")  # Any: a vendor's answer, looked at with care
    found = status.get("statusCategory") if isinstance(status, dict) else None
    key = found.get("key") if isinstance(found, dict) else None
    if not isinstance(key, str):
        raise MalformedResponse(f"{issue.key or f'issue {issue.id}'} came without the category of its status")
    return key


def rank(category: str) -> int:
    return _RANKS.get(category, 0)


def _of(name: str, known: Sequence[KnownStatus]) -> Sequence[KnownStatus]:
    return [status for status in known if status.name.casefold() == name.casefold()]
