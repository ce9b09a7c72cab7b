"""The emulated GitHub's content: what a world's JSON says, with what it leaves out filled in.

{"token": "secret", "login": "syncd-bot",
 "rate_limit": {"limit": 5000, "remaining": 5000, "reset": 1790000000},
 "most_selections": 60,
 "repos": {"acme/app": {
    "stars": 12,
    "issues": [{"number": 1, "state": "closed", "labels": ["bug"], "milestone": "v1", "author": "anna",
                "created_at": "2026-10-05T08:00:00Z", "closed_at": "2026-10-09T08:00:00Z",
                "is_pr": true, "merged_at": "2026-10-09T08:00:00Z", "base": "main",
                "updated_at": "2026-10-09T08:00:00Z"}],
    "environments": ["staging"],
    "deployments": [{"environment": "production", "created_at": "2026-10-09T08:00:00Z",
                     "statuses": [{"state": "success", "created_at": "2026-10-09T08:05:00Z"}]}],
    "milestones": [{"number": 1, "title": "v1"}],
    "labels": ["bug"],
    "releases": [{"tag_name": "v1", "published_at": "2026-10-10T08:00:00Z"}],
    "workflows": [{"id": 7, "name": "CI", "path": ".github/workflows/ci.yml"}],
    "workflow_runs": [{"workflow": "ci.yml", "branch": "main", "status": "completed",
                       "conclusion": "success", "created_at": "2026-10-10T08:00:00Z"}]},
  "acme/old-app": {"renamed_to": "acme/app"}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

# Any: a world is JSON of the emulator's own design.
Thing = dict[str, Any]

LONG_AGO = "2026-01-01T00:00:00Z"


def find_repo(world: Mapping[str, Any], full_name: str, *, follow: bool = True) -> tuple[str, Thing] | None:
    """The name as GitHub writes it, and the repository; names are alike in any case."""
    for name, repo in world.get("repos", {}).items():
        if name.lower() != full_name.lower():
            continue
        if "renamed_to" in repo:
            return find_repo(world, repo["renamed_to"]) if follow else None
        return name, repo
    return None


def repos(world: Mapping[str, Any]) -> Iterator[tuple[str, Thing]]:
    return ((name, repo) for name, repo in world.get("repos", {}).items() if "renamed_to" not in repo)


def issues(repo: Thing, *, is_pr: bool | None = None) -> list[Thing]:
    return [issue for issue in repo.get("issues", []) if is_pr is None or bool(issue.get("is_pr")) is is_pr]


def state(issue: Thing) -> str:
    """`open`, `closed` or `merged`."""
    if issue.get("merged_at"):
        return "merged"
    return "closed" if issue.get("closed_at") or issue.get("state") == "closed" else "open"


def labels(repo: Thing) -> list[str]:
    """The labels that a repository lists, and those that its issues carry."""
    carried = (label for issue in issues(repo) for label in issue.get("labels", []))
    return list(dict.fromkeys([*repo.get("labels", []), *carried]))


def environment(repo: Thing, name: str) -> Thing | None:
    """One that is listed, or that something was deployed to; names are alike in any case."""
    used = (deployment["environment"] for deployment in repo.get("deployments", []))
    known = {one.lower(): one for one in (*repo.get("environments", []), *used)}
    return {"name": known[name.lower()]} if name.lower() in known else None


def updated(issue: Thing) -> str:
    return str(issue.get("updated_at") or issue.get("closed_at") or issue.get("created_at") or LONG_AGO)


def moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
