"""The issues of a Data Center site. https://docs.atlassian.com/software/jira/docs/api/REST/latest/"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.jira.answers import Change, Issue, OffsetPage
from connectors.jira.issues import PAGES, Counted, Logged, TooManyIssues
from connectors.jira.jql import is_one_of
from connectors.jira.site import Site
from syncd.sdk import MalformedResponse, QueryRejected, SourceUnavailable

PAGE = 1_000
"""The admin sets how many come at most, 1,000 by default; the answer's length counts."""

PAGE_WITH_LOGS = 100
"""Nobody pages within the log of an issue here: each comes whole, and some are long."""

LONGEST_IN_URL = 1_500
"""Characters of a JQL in an address, where everything on the way can still be trusted with it."""


@dataclass(frozen=True, slots=True)
class DataCenterIssues:
    site: Site
    counts_exactly: bool = True

    def count(self, jql: str) -> Counted:
        return Counted(value=self._page(jql, maxResults=0).total, is_approximate=False)

    def walk(self, jql: str, fields: Collection[str]) -> Sequence[Issue]:
        # Offsets mean something only in an order that stays.
        return self._walk(f"{jql} ORDER BY key ASC".strip(), fields=fields)

    def walk_logs(self, jql: str, fields: Collection[str]) -> Sequence[Logged]:
        issues = self._walk(
            f"{jql} ORDER BY key ASC".strip(), fields=fields, at_once=PAGE_WITH_LOGS, expand=["changelog"]
        )
        return tuple(Logged(issue=issue, changes=_changes(issue)) for issue in issues)

    def fetch(self, keys: Sequence[str], fields: Collection[str]) -> Sequence[Issue]:
        # Checked, a key that is missing fails the whole JQL; unchecked, it finds nothing. Some
        # versions check all the same: then the missing ones are cornered by halving.
        try:
            return self._walk(is_one_of(keys), fields=fields, validateQuery=False)
        except QueryRejected:
            if len(keys) == 1:
                return ()
        middle = len(keys) // 2
        return (*self.fetch(keys[:middle], fields), *self.fetch(keys[middle:], fields))

    # Any: each parameter of a search has its own type.
    def _walk(
        self, jql: str, *, fields: Collection[str], at_once: int = PAGE, **asked: Any
    ) -> Sequence[Issue]:
        issues: dict[str, Issue] = {}
        start = 0
        for _ in range(PAGES):
            page = self._page(
                jql, startAt=start, maxResults=at_once, fields=sorted(fields) or ["id"], **asked
            )
            issues.update((issue.id, issue) for issue in page.issues)
            start += len(page.issues)
            if start >= page.total:
                if len(issues) != page.total:
                    raise SourceUnavailable("the issues changed while they were read, page by page")
                return tuple(issues.values())
            if not page.issues:
                raise MalformedResponse(
                    f"Jira announced {page.total} issues and gave {start}", code="pages_cut_short"
                )
        raise TooManyIssues(len(issues))

    def _page(self, jql: str, **asked: Any) -> OffsetPage:
        asked = {"jql": jql, **asked}
        if len(jql) > LONGEST_IN_URL:
            return self.site.post(OffsetPage, "search", asked)
        lists: dict[str, Any] = {
            name: ",".join(asked[name]) for name in ("fields", "expand") if name in asked
        }
        checks = {"validateQuery": "false"} if asked.get("validateQuery") is False else {}
        return self.site.get(OffsetPage, "search", {**asked, **lists, **checks})


def _changes(issue: Issue) -> Sequence[Change]:
    log = issue.changelog
    if log is None or len(log.histories) < log.total:
        raise MalformedResponse(
            f"Jira gave {issue.key or issue.id} without its whole log", code="changelog_cut_short"
        )
    return tuple({change.id: change for change in log.histories}.values())
