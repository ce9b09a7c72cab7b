"""What the example organisation's two GitHub repositories know at each step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncd.demo.steps import World, ago, grown

Thing = dict[str, Any]  # Any: JSON


def code(step: int, *, token: str, now: datetime) -> World:
    return {
        "token": token,
        "login": "syncd-bot",
        "repos": {
            "acme/app": app(step, now=now),
            "acme/design-system": design_system(step, now=now),
        },
    }


def app(step: int, *, now: datetime) -> Thing:
    return {
        "stars": 96,
        "issues": [*issues(step, now=now), *pulls(step, now=now)],
        "milestones": [{"number": 1, "title": "4.0"}],
        "workflows": [{"id": 7, "name": "Build", "path": ".github/workflows/build.yml"}],
        "workflow_runs": runs(step, now=now),
        "releases": [
            {"tag_name": f"v3.{n}", "published_at": ago(now, days=days)}
            for n, days in enumerate([38, 33, 26, 19, 6, 2, *[0] * grown(step, start=0, end=2)])
        ],
        "deployments": deployments(step, now=now),
    }


def issues(step: int, *, now: datetime) -> list[Thing]:
    still_open = grown(step, start=29, end=11)
    bugs = [issue(n, now=now, labels=["bug"], closed=2 if n > still_open else None) for n in range(1, 51)]
    # Reported over the last fifty days, each solved five days later; the latest wait.
    solved = [days for days in range(40) if days % 3 != 1][: 26 + grown(step, start=0, end=1)]
    solved += [0] * grown(step, start=0, end=6)
    reported = [
        issue(100 + n, now=now, labels=["user-reported"], created=days + 5, closed=days)
        for n, days in enumerate(solved)
    ]
    waiting = [issue(150 + n, now=now, labels=["user-reported"], created=n) for n in range(4)]
    flaky = [issue(200 + n, now=now, labels=["flaky-test"]) for n in range(grown(step, start=8, end=0))]
    done = grown(step, start=12, end=30)
    version = [issue(300 + n, now=now, milestone="4.0", closed=3 if n < done else None) for n in range(30)]
    return [*bugs, *reported, *waiting, *flaky, *version]


def pulls(step: int, *, now: datetime) -> list[Thing]:
    """Those that wait, and those of the last forty days: reviews get quicker with every step."""
    waiting = [pull(500 + n, now=now, open_for=1) for n in range(11 if 5 <= step < 9 else 5)]
    quicker = grown(step, start=0, end=16)
    merged = [
        pull(
            600 + n,
            now=now,
            merged=(n * 2) % 40,
            open_for=(14 + (n * 11) % 47 - quicker / 2) / 24,
            author="jonas" if n % 3 == 0 else "mei",
        )
        for n in range(grown(step, start=40, end=88))
    ]
    return [*waiting, *merged]


def runs(step: int, *, now: datetime) -> list[Thing]:
    return [
        {
            "workflow": "build.yml",
            "branch": "main",
            "status": "completed",
            "conclusion": "failure" if n % 7 == 0 and n > 2 * step else "success",
            "created_at": ago(now, days=n % 27),
        }
        for n in range(54)
    ]


def deployments(step: int, *, now: datetime) -> list[Thing]:
    """One on most days, some of which failed; a good one is no longer active once the next came."""
    days = [days for days in range(40) if days % 9 != 4] + [0] * grown(step, start=0, end=5)
    return [
        {
            "environment": "production",
            "created_at": ago(now, days=when),
            "statuses": [
                {
                    "state": "failure" if when % 11 == 3 else "success",
                    "created_at": ago(now, days=when - 0.002),
                }
            ],
        }
        for when in days
    ]


def design_system(step: int, *, now: datetime) -> Thing:
    done = grown(step, start=9, end=24)
    return {
        "stars": grown(step, start=412, end=466),
        "milestones": [{"number": 1, "title": "Forms"}],
        "issues": [
            *[issue(n, now=now, milestone="Forms", closed=1 if n <= done else None) for n in range(1, 31)],
            *[
                pull(100 + n, now=now, merged=n % 30, open_for=1)
                for n in range(grown(step, start=45, end=60))
            ],
        ],
    }


def issue(
    number: int,
    *,
    now: datetime,
    labels: Sequence[str] = (),
    milestone: str | None = None,
    created: float = 60,
    closed: float | None = None,
) -> Thing:
    """An issue; `created` and `closed` are so many days ago."""
    thing: Thing = {"number": number, "labels": [*labels], "created_at": ago(now, days=created)}
    if milestone:
        thing["milestone"] = milestone
    if closed is not None:
        thing |= {"state": "closed", "closed_at": ago(now, days=closed)}
    return thing


def pull(
    number: int, *, now: datetime, open_for: float, merged: float | None = None, author: str = "mei"
) -> Thing:
    """A pull request, `open_for` so many days until it was `merged`, or until now."""
    created = open_for + (merged or 0)
    thing: Thing = {"number": number, "is_pr": True, "author": author, "created_at": ago(now, days=created)}
    if merged is not None:
        at = ago(now, days=merged)
        thing |= {"state": "closed", "merged_at": at, "closed_at": at}
    return thing
