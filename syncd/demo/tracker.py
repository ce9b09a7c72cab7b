"""What the example organisation's Jira knows at each step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.demo.steps import STEPS, World, grown

EMAIL = "bot@acme.example"
STORY_POINTS = "customfield_10016"
TODO = {"name": "To Do", "statusCategory": {"id": 2, "key": "new", "name": "To Do", "colorName": "blue-gray"}}
DONE = {"name": "Done", "statusCategory": {"id": 3, "key": "done", "name": "Done", "colorName": "green"}}


def tracker(step: int, *, token: str, now: datetime) -> World:
    """The project PHX (product) and HR (people), and CARE (incidents)."""
    story = _Issues("PHX", now=now)
    for n, is_done in enumerate((step >= 8, step >= 4, step >= 16), start=1):
        story.add(n, "Task", done=is_done, points=5)
    scope = 40 if step < 12 else 42
    for n in range(10, 10 + scope):
        story.add(n, "Story", done=n - 10 < grown(step, start=14, end=40), points=3, versions=["reminder"])
    for n in range(60, 72):
        cited = n - 60 < grown(step, start=6, end=12)
        story.add(n, "Epic", done=False, labels=["user-insight"] if cited else [])
    for n in range(80, 80 + grown(step, start=8, end=20)):
        story.add(n, "Milestone", done=True, labels=["on-time"] if n % 10 else [])
    people = _Issues("HR", now=now)
    for n in range(1, grown(step, start=52, end=128)):
        people.add(n, "Candidate", done=False, labels=["shortlist"])
    for n in range(200, 203):
        people.add(n, "Event", done=n - 200 < grown(step, start=1, end=3))
    care = _Issues("CARE", now=now)
    for n in range(1, 6):
        is_open = n == 5 and 3 <= step < STEPS // 2
        care.add(n, "Incident", done=not is_open)
    return {
        "deployment": "Cloud",
        "email": EMAIL,
        "token": token,
        "time_zone": "Europe/Berlin",
        "fields": [{"id": STORY_POINTS, "name": "Story Points", "type": "number"}],
        "issues": [*story.issues, *people.issues, *care.issues],
    }


class _Issues:
    def __init__(self, project: str, *, now: datetime) -> None:
        self._project, self._now = project, now
        self.issues: list[dict[str, Any]] = []

    def add(
        self,
        number: int,
        type_: str,
        *,
        done: bool,
        points: int | None = None,
        labels: list[str] | None = None,
        versions: list[str] | None = None,
    ) -> None:
        created = (self._now - timedelta(days=30)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        self.issues.append(
            {
                "id": str(10_000 * (1 + ("PHX", "HR", "CARE").index(self._project)) + number),
                "key": f"{self._project}-{number}",
                "fields": {
                    "summary": f"{type_} {number}",
                    "project": {"key": self._project},
                    "issuetype": {"name": type_},
                    "status": DONE if done else TODO,
                    "labels": labels or [],
                    "fixVersions": [{"name": name} for name in versions or []],
                    "created": created,
                    "updated": created,
                    "resolutiondate": created if done else None,
                    STORY_POINTS: points,
                },
            }
        )
