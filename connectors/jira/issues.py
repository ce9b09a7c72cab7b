"""How issues are asked for: what Cloud and Data Center have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.jira.answers import Change, Issue
from syncd.sdk import QueryRejected

PAGES = 50
"""What one JQL may cost; more issues than that fit are refused, never cut."""

CHUNK = 100
"""Issues that Cloud fetches at once; more is a 400."""


class TooManyIssues(QueryRejected):
    def __init__(self, read: int) -> None:
        super().__init__(
            f"the JQL finds more issues than syncd reads for one query: {read:,} were read in {PAGES} pages, "
            "and there are more",
            code="too_many_issues",
            hint="narrow the JQL, add a window, or count without `exact`",
        )


class TooManyChanges(QueryRejected):
    def __init__(self) -> None:
        super().__init__(
            f"the logs of the issues that the JQL finds are longer than the {PAGES} pages that syncd reads",
            code="too_many_issues",
            hint="narrow the JQL, or add a window",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    value: int
    is_approximate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An issue with the changes of its status, each once, in any order; other changes may be among them."""

    issue: Issue
    changes: Sequence[Change]


class Issues(Protocol):
    """The issues of one site. Safe in several threads at once."""

    @property
    def counts_exactly(self) -> bool:
        """Whether `count` is exact, so that nobody has to page for it."""
        ...

    def count(self, jql: str) -> Counted: ...

    def walk(self, jql: str, fields: Collection[str]) -> Sequence[Issue]:
        """Every issue that the JQL finds, once, with these fields; all of them or an error."""
        ...

    def walk_logs(self, jql: str, fields: Collection[str]) -> Sequence[Logged]:
        """As `walk`, with what became of the status of each issue."""
        ...

    def fetch(self, keys: Sequence[str], fields: Collection[str]) -> Sequence[Issue]:
        """These issues, by key or id, in any order and maybe under new keys; `CHUNK` at most.

        What is missing, or not to be seen by us, is left out.
        """
        ...
