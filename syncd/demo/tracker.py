"""What the example organisation's Jira knows at each step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncd.demo.steps import STEPS, World, ago, grown

Issue = dict[str, Any]  # Any: JSON

EMAIL = "bot@acme.example"
STORY_POINTS = "customfield_10016"
ESTIMATES = (1, 2, 3, 5, 3)
CANDIDATES = (1, 2, 1, 3, 0, 2, 1, 1, 2, 0)
"""How many came on each of ten days, again and again."""


def tracker(step: int, *, token: str, now: datetime) -> World:
    """The projects PHX (product), HR (people) and CARE (incidents)."""
    return {
        "deployment": "Cloud",
        "email": EMAIL,
        "token": token,
        "time_zone": "Europe/Berlin",
        "statuses": {"Reopened": "indeterminate"},
        "fields": [{"id": STORY_POINTS, "name": "Story Points", "type": "number"}],
        "issues": [
            *checks(step, now=now),
            *stories(step, now=now),
            *plans(step, now=now),
            *hiring(step, now=now),
            *incidents(step, now=now),
        ],
    }


def checks(step: int, *, now: datetime) -> list[Issue]:
    """The three checks before the launch, and the wearables that understand the reminder."""
    found = [
        issue("PHX", n, "Task", now=now, done=0 if is_done else None, points=5)
        for n, is_done in enumerate((step >= 8, step >= 4, step >= 16), start=1)
    ]
    ready = grown(step, start=1, end=4)
    found += [
        issue("PHX", n, "Task", now=now, done=4 if n - 5 < ready else None, labels=["wearable"])
        for n in range(5, 10)
    ]
    return found


def stories(step: int, *, now: datetime) -> list[Issue]:
    """The reminder's stories; each takes some days of work, fewer and fewer, and two came back once."""
    done = grown(step, start=16, end=40)
    scope = 40 if step < 12 else 42
    found = []
    for n in range(scope):
        labels = ["anna"] if n % 4 == 0 else []
        more: dict[str, Any] = {"points": ESTIMATES[n % 5], "versions": ["reminder"], "labels": labels}
        if n >= done:
            found.append(issue("PHX", 10 + n, "Story", now=now, **more))
            continue
        end = (n * 5) % 26 if n < 16 else 0
        took = 5 + (n * 3) % 11 if n < 16 else 4
        log = [move(now, end + took, "To Do", "In Progress"), move(now, end, "In Progress", "Done")]
        if n in (3, 8):
            log[1:1] = [
                move(now, end + 3, "In Progress", "Done"),
                move(now, end + 2, "Done", "Reopened"),
            ]
            log[-1]["from"] = "Reopened"
        found.append(
            issue("PHX", 10 + n, "Story", now=now, created=end + took + 2, done=end, log=log, **more)
        )
    return found


def plans(step: int, *, now: datetime) -> list[Issue]:
    """Epics, of which some cite an insight, and milestones, most of them on time."""
    cited = grown(step, start=6, end=12)
    epics = [
        issue("PHX", 60 + n, "Epic", now=now, created=3 * n, labels=["user-insight"] if n < cited else [])
        for n in range(12)
    ]
    milestones = [
        issue("PHX", n, "Milestone", now=now, done=n % 28, labels=["on-time"] if n % 9 else [])
        for n in range(80, 80 + grown(step, start=12, end=24))
    ]
    return [*epics, *milestones]


def hiring(step: int, *, now: datetime) -> list[Issue]:
    """Candidates of the last forty days and those of today, and the roles that were filled."""
    came = [days for days in range(40) for _ in range(CANDIDATES[days % 10])]
    came += [0] * grown(step, start=0, end=8)
    candidates = [
        issue(
            "HR",
            n,
            "Candidate",
            now=now,
            created=days,
            updated=days / 4 if n % 3 else days / 10,
            labels=["shortlist"],
        )
        for n, days in enumerate(came, start=1)
    ]
    sooner = grown(step, start=0, end=9)
    roles = [
        issue("HR", 300 + n, "Role", now=now, created=3 * n + 57 - n % 5 - sooner, done=3 * n)
        for n in range(8)
    ]
    return [*candidates, *roles]


def incidents(step: int, *, now: datetime) -> list[Issue]:
    is_open = 3 <= step < STEPS // 2
    return [
        issue("CARE", n, "Incident", now=now, done=None if is_open and n == 5 else 20) for n in range(1, 6)
    ]


def issue(
    project: str,
    number: int,
    type_: str,
    *,
    now: datetime,
    created: float = 30,
    updated: float | None = None,
    done: float | None = None,
    points: int | None = None,
    labels: Sequence[str] = (),
    versions: Sequence[str] = (),
    log: Sequence[Issue] = (),
) -> Issue:
    """An issue; `created`, `updated` and `done` are so many days ago."""
    written: Issue = {
        "id": str(10_000 * (1 + ("PHX", "HR", "CARE").index(project)) + number),
        "key": f"{project}-{number}",
        "fields": {
            "summary": f"{type_} {number}",
            "issuetype": type_,
            "status": "To Do" if done is None else "Done",
            "labels": [*labels],
            "fixVersions": [*versions],
            "created": ago(now, days=created),
            "updated": ago(now, days=(created if done is None else done) if updated is None else updated),
            "resolutiondate": None if done is None else ago(now, days=done),
        },
    }
    if points is not None:
        written["fields"][STORY_POINTS] = points
    if log:
        written["changelog"] = [*log]
    return written


def move(now: datetime, days: float, from_: str, to: str) -> Issue:
    """A line of an issue's log: it went from one status into another, so many days ago."""
    return {"at": ago(now, days=days), "from": from_, "to": to}
