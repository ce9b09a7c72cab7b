"""What only REST counts: releases and workflow runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from connectors.github import search
from connectors.github.library import PER_PAGE, Reply
from connectors.github.moments import read_moment
from connectors.github.queries import ReleaseFilter, RunFilter
from connectors.github.questions import Reading
from connectors.github.refusals import refusal
from syncd.sdk import Instants, MalformedResponse, QueryRejected, SourceError, excerpt

MOST_PAGES = 100
"""10,000 releases, where GitHub's own list ends."""

FILTERED_RUNS_LISTED = 1_000
"""GitHub's documentation: up to 1,000 results where a filter is given."""

RUNS_LISTED = 40_000
"""Seen by others: without a filter `total_count` stops at 40,000."""

Get = Callable[[str, Mapping[str, str | int] | None], Reply]


class Releases:
    """Counts releases; the list of a repository is read once, however many windows look at it."""

    def __init__(self, *, get: Get, base: str, web: str) -> None:
        self._get, self._base, self._web = get, base, web
        self._published: dict[str, list[datetime] | SourceError] = {}

    def count(self, wanted: ReleaseFilter, window: Instants | None) -> Reading:
        """Raises SourceError: some of the list could not be had, and a part of it is no count."""
        inside = [
            moment
            for moment in self._of(wanted.repo)
            if window is None or window.start <= moment < window.end
        ]
        return Reading(value=len(inside), unit="count", evidence_url=f"{self._web}/{wanted.repo}/releases")

    def _of(self, repo: str) -> list[datetime]:
        if repo not in self._published:
            try:
                self._published[repo] = _published(repo, get=self._get, base=self._base)
            except SourceError as error:
                self._published[repo] = error
        found = self._published[repo]
        if isinstance(found, SourceError):
            raise found
        return found


def _published(repo: str, *, get: Get, base: str) -> list[datetime]:
    """When each release of `repo` was published; drafts are not.

    Every page is read, however old: the list is in the order of the commits that were tagged, and
    an old commit can be released today. Unchanged pages cost nothing of GitHub's limit.
    """
    moments: list[datetime] = []
    seen: set[str] = set()
    reply = get(f"/repos/{repo}/releases", {"per_page": PER_PAGE})
    while True:
        if error := refusal(reply, about=f"the releases of {repo}"):
            raise error
        if not isinstance(reply.data, list):
            raise MalformedResponse(f"GitHub sent no list of releases of {repo}")
        moments += [moment for release in reply.data if (moment := _published_at(release)) is not None]
        following = _next_page(reply)
        if following is None:
            return moments
        # PyGithub would ask our host for another host's path.
        if urlsplit(following)[:2] != urlsplit(base)[:2]:
            raise MalformedResponse(f"GitHub points to {excerpt(following)} for the next page")
        if following in seen or len(seen) >= MOST_PAGES:
            raise MalformedResponse(f"the releases of {repo} go round in a circle, or on for ever")
        seen.add(following)
        reply = get(following, None)


def workflow_runs(wanted: RunFilter, window: Instants | None, *, get: Get, web: str) -> Reading:
    """Raises SourceError: GitHub refuses, or its count is not a full one."""
    what = f"/workflows/{quote(str(wanted.workflow), safe='')}" if wanted.workflow is not None else ""
    filters: dict[str, str | int] = {
        "branch": wanted.branch or "",
        "status": wanted.status or "",
        "created": search.span(window) if window else "",
    }
    filters = {name: value for name, value in filters.items() if value}
    about = (
        f"the runs of {wanted.workflow} in {wanted.repo}" if what else f"the workflow runs of {wanted.repo}"
    )
    reply = get(f"/repos/{wanted.repo}/actions{what}/runs", {"per_page": 1, **filters})
    if error := refusal(reply, about=about):
        raise error
    total = reply.data.get("total_count") if isinstance(reply.data, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise MalformedResponse(f"GitHub sent {excerpt(repr(total))} as total_count of {about}")
    most = FILTERED_RUNS_LISTED if filters else RUNS_LISTED
    if total >= most:
        raise QueryRejected(
            f"GitHub counts {about} up to {most:,} only, so there may be more",
            code="too_many_results",
            hint="ask for a shorter window, one workflow, one branch or one status",
        )
    query = " ".join(f"{_ON_THE_WEB[name]}:{value}" for name, value in filters.items())
    page = f"{web}/{wanted.repo}/actions{what if isinstance(wanted.workflow, str) else ''}"
    return Reading(
        value=total, unit="count", evidence_url=page + (f"?query={quote(query, safe='')}" if query else "")
    )


_ON_THE_WEB = {"branch": "branch", "status": "is", "created": "created"}


def _next_page(reply: Reply) -> str | None:
    links = requests.utils.parse_header_links(reply.headers.get("link", ""))
    return next((link["url"] for link in links if link.get("rel") == "next"), None)


# Any: one release, GitHub's JSON.
def _published_at(release: Any) -> datetime | None:
    if not isinstance(release, dict) or "published_at" not in release:
        raise MalformedResponse("GitHub sent a release without published_at")
    moment = release["published_at"]
    if moment is None or release.get("draft"):
        return None
    return read_moment(moment)
