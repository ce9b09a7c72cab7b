"""The issues of a Cloud site.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.jira.answers import ApproximateCount, Fetched, Issue, TokenPage
from connectors.jira.issues import PAGES, Counted, TooManyIssues
from connectors.jira.site import Site
from syncd.sdk import MalformedResponse

PAGE_OF_IDS = 5_000
PAGE_WITH_FIELDS = 100
"""Cloud gives fewer where it likes; it is the token that says whether there are more."""


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

    def fetch(self, keys: Sequence[str], fields: Collection[str]) -> Sequence[Issue]:
        asked = {"issueIdsOrKeys": list(keys), "fields": sorted(fields)}
        return self.site.post(Fetched, "issue/bulkfetch", asked).issues
