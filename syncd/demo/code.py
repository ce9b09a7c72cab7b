"""What the example organisation's two GitHub repositories know at each step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.demo.steps import World, grown

Thing = dict[str, Any]  # Any: JSON


def code(step: int, *, token: str, now: datetime) -> World:
    return {
        "token": token,
        "login": "syncd-bot",
        "repos": {
            "acme/app": app(step, now=now),
            "acme/design-system": {
                "stars": grown(step, start=412, end=466),
                "issues": [
                    pull(n, merged_at=ago(now, days=n % 30)) for n in range(1, grown(step, start=60, end=84))
                ],
            },
        },
    }


def app(step: int, *, now: datetime) -> Thing:
    bugs = [
        issue(n, labels=["bug"], closed_at=ago(now, days=2) if n > grown(step, start=29, end=11) else None)
        for n in range(1, 61)
    ]
    reported = [
        issue(n, labels=["user-reported"], closed_at=ago(now, days=n % 20))
        for n in range(100, 100 + grown(step, start=9, end=31))
    ]
    pages = [
        issue(n, labels=["help-page"], closed_at=ago(now, days=1))
        for n in range(200, 200 + grown(step, start=19, end=41))
    ]
    flaky = [issue(n, labels=["flaky-test"]) for n in range(300, 300 + grown(step, start=8, end=0))]
    version = [
        issue(
            n,
            milestone="4.0",
            closed_at=ago(now, days=3) if n - 400 < grown(step, start=12, end=40) else None,
        )
        for n in range(400, 440)
    ]
    waiting = [pull(n) for n in range(500, 500 + (11 if 5 <= step < 9 else 5))]
    finished = [
        pull(n, merged_at=ago(now, days=n % 15), author="jonas")
        for n in range(600, 600 + grown(step, start=12, end=31))
    ]
    runs = [
        {
            "workflow": "build.yml",
            "branch": "main",
            "status": "completed",
            "conclusion": "failure" if n % 7 == 0 and n > 2 * step else "success",
            "created_at": ago(now, days=n % 27),
        }
        for n in range(60)
    ]
    releases = [
        {"tag_name": f"v3.{n}", "published_at": ago(now, days=3 * n)}
        for n in range(grown(step, start=5, end=12))
    ]
    return {
        "stars": 96,
        "issues": [*bugs, *reported, *pages, *flaky, *version, *waiting, *finished],
        "milestones": [{"number": 1, "title": "4.0"}],
        "workflows": [{"id": 7, "name": "Build", "path": ".github/workflows/build.yml"}],
        "workflow_runs": runs,
        "releases": releases,
    }


def issue(
    number: int,
    *,
    labels: list[str] | None = None,
    milestone: str | None = None,
    closed_at: str | None = None,
) -> Thing:
    thing: Thing = {"number": number, "title": f"Issue {number}", "labels": labels or []}
    if milestone:
        thing["milestone"] = milestone
    if closed_at:
        thing |= {"state": "closed", "closed_at": closed_at}
    return thing


def pull(number: int, *, merged_at: str | None = None, author: str = "mei") -> Thing:
    thing: Thing = {"number": number, "title": f"Pull request {number}", "is_pr": True, "author": author}
    if merged_at:
        thing |= {"state": "closed", "merged_at": merged_at, "closed_at": merged_at}
    return thing


def ago(now: datetime, *, days: int) -> str:
    return (now - timedelta(days=days, minutes=5)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
