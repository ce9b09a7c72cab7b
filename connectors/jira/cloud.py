"""The issues of a Cloud site.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from connectors.jira.answers import ApproximateCount, Change, Fetched, Issue, PageOfChanges, TokenPage
from connectors.jira.issues import PAGES, Counted, Logged, TooManyChanges, TooManyIssues
from connectors.jira.site import Site
from syncd.sdk import MalformedResponse

PAGE_OF_IDS = 5_000
PAGE_WITH_FIELDS = 100
"""Cloud gives fewer where it likes; it is the token that says whether there are more."""

LOGS = 1_000
"""Issues whose logs Cloud gives at once; more is a 400."""

PAGE_OF_CHANGES = 5_000
"""Half of what may be asked for: each change comes with its whole author."""


@dataclass(frozen=True, slots=True)
class CloudIssues:
    site: Site
    counts_exactly: bool = False

    def count(self, jql: str) -> Counted:
        answer = self.site.post(ApproximateCount, "search/approximate-count", {"jql": jql})
        return Counted(value=answer.count, is_approximate=True)

    def walk(self, jql: str, fields: Collection[str]) -> Sequence[Issue]:
        asked = {
            "jql": jql,
            "fields": sorted(fields) or ["id"],
            "maxResults": PAGE_WITH_FIELDS if fields else PAGE_OF_IDS,
        }
        issues: dict[str, Issue] = {}  # an issue that changes while we read may come on two pages
        tokens: set[str] = set()
        for _ in range(PAGES):
            page = self.site.post(TokenPage, "search/jql", asked)
            issues.update((issue.id, issue) for issue in page.issues)
            token = page.next_page_token
            if page.is_last or (page.is_last is None and token is None):
                return tuple(issues.values())
            if token is None or token in tokens:
                raise MalformedResponse(
                    "Jira says that there are more issues, but not where they begin", code="pages_cut_short"
                )
            tokens.add(token)
            asked["nextPageToken"] = token
        raise TooManyIssues(len(issues))

    def walk_logs(self, jql: str, fields: Collection[str]) -> Sequence[Logged]:
        issues = self.walk(jql, fields)
        logs: dict[str, dict[str, Change]] = {issue.id: {} for issue in issues}
        for page in self._pages_of_changes(list(logs)):
            for log in page.issue_change_logs:
                # Sorted by date, so that the log of one issue is spread over the pages.
                logs.setdefault(log.issue_id, {}).update(
                    (change.id, change) for change in log.change_histories
                )
        return tuple(Logged(issue=issue, changes=tuple(logs[issue.id].values())) for issue in issues)

    def _pages_of_changes(self, ids: Sequence[str]) -> Iterator[PageOfChanges]:
        pages = 0
        for start in range(0, len(ids), LOGS):
            asked = {
                "issueIdsOrKeys": ids[start : start + LOGS],
                "fieldIds": ["status"],
                "maxResults": PAGE_OF_CHANGES,
            }
            tokens: set[str | None] = {None}
            while True:
                if pages == PAGES:
                    raise TooManyChanges
                page = self.site.post(PageOfChanges, "changelog/bulkfetch", asked)
                pages += 1
                yield page
                token = page.next_page_token
                if token is None:
                    break
                if token in tokens:
                    raise MalformedResponse(
                        "Jira gives the same page of changes again and again", code="pages_cut_short"
                    )
                tokens.add(token)
                asked["nextPageToken"] = token

    def fetch(self, keys: Sequence[str], fields: Collection[str]) -> Sequence[Issue]:
        asked = {"issueIdsOrKeys": list(keys), "fields": sorted(fields)}
        return self.site.post(Fetched, "issue/bulkfetch", asked).issues
