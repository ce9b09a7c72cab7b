"""The issues of an emulated site: short to write in a world, whole when they are answered."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from syncd.sdk.emulator import World

CATEGORIES = {
    "new": {"id": 2, "key": "new", "name": "To Do", "colorName": "blue-gray"},
    "indeterminate": {"id": 4, "key": "indeterminate", "name": "In Progress", "colorName": "yellow"},
    "done": {"id": 3, "key": "done", "name": "Done", "colorName": "green"},
}
STATUSES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
TYPES = ("Epic", "Story", "Task", "Bug", "Sub-task")

SYSTEM_FIELDS = {
    "summary": ("Summary", "string", "summary"),
    "status": ("Status", "status", "status"),
    "project": ("Project", "project", "project"),
    "issuetype": ("Issue Type", "issuetype", "type"),
    "labels": ("Labels", "array", "labels"),
    "fixVersions": ("Fix versions", "array", "fixVersion"),
    "components": ("Components", "array", "component"),
    "parent": ("Parent", "issuelink", "parent"),
    "priority": ("Priority", "priority", "priority"),
    "resolution": ("Resolution", "resolution", "resolution"),
    "assignee": ("Assignee", "user", "assignee"),
    "created": ("Created", "datetime", "created"),
    "updated": ("Updated", "datetime", "updated"),
    "resolutiondate": ("Resolved", "datetime", "resolved"),
    "duedate": ("Due date", "date", "due"),
    "timespent": ("Time Spent", "number", "timespent"),
    "timeestimate": ("Remaining Estimate", "number", "remainingEstimate"),
    "timeoriginalestimate": ("Original estimate", "number", "originalEstimate"),
}
"""Id -> name, type, name within a JQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatedIssue:
    """Any: every field its own type, as in Jira."""

    id: str
    key: str
    was: Sequence[str]
    fields: dict[str, Any]
    changelog: Sequence[dict[str, Any]]

    def is_called(self, name: str) -> bool:
        return name == self.id or name.upper() in (self.key.upper(), *(key.upper() for key in self.was))


def issues_of(world: World) -> list[EmulatedIssue]:
    """The issues that the visitor may see: all but the hidden ones; anonymous, only the public ones."""
    is_anonymous = world.get("anonymous", False)
    seen = (
        written
        for written in _written(world)
        if (written.get("public") if is_anonymous else not written.get("hidden"))
    )
    return sorted((_issue(written, world) for written in seen), key=lambda issue: int(issue.id))


def fields_of(world: World) -> Iterator[dict[str, Any]]:
    """Every field as the API describes it."""
    for field_id, (name, sort, clause) in SYSTEM_FIELDS.items():
        yield {
            "id": field_id,
            "key": field_id,
            "name": name,
            "custom": False,
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": [clause],
            "schema": {"type": sort, "system": field_id},
        }
    for written in world.get("fields", ()):
        number = int(written["id"].rpartition("_")[2])
        yield {
            "id": written["id"],
            "key": written["id"],
            "name": written["name"],
            "custom": True,
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": [f"cf[{number}]", written["name"]],
            "schema": {"type": written.get("type", "number"), "custom": "emulated", "customId": number},
        }


def statuses_of(world: World) -> dict[str, str]:
    """Name -> key of its category."""
    return {**STATUSES, **world.get("statuses", {})}


def projects_of(world: World) -> dict[str, str]:
    """Key -> name."""
    used = {_project_key(written): _project_key(written) for written in _written(world)}
    return dict(sorted({**used, **world.get("projects", {})}.items()))


def versions_of(world: World, project: str) -> list[str]:
    used = {
        _name(version)
        for written in _written(world)
        if _project_key(written) == project
        for version in written.get("fields", {}).get("fixVersions") or ()
    }
    return sorted(used | set(world.get("versions", {}).get(project, ())))


def shown(issue: EmulatedIssue, asked: Sequence[str], *, known: Sequence[str], site: str) -> dict[str, Any]:
    """The issue with the fields that were asked for; known ones that are empty are null."""
    if list(asked) == ["id"]:
        return {"id": issue.id}
    names = known if {"*all", "*navigable"} & set(asked) else [name for name in asked if name in known]
    return {
        "id": issue.id,
        "key": issue.key,
        "self": f"{site}/rest/api/latest/issue/{issue.id}",
        "fields": {name: issue.fields.get(name) for name in names},
    }


def number_of(*parts: str) -> int:
    """A number that stays the same for the same parts."""
    return 10_000 + zlib.crc32("/".join(parts).encode()) % 90_000


def _written(world: World) -> list[dict[str, Any]]:
    """A list, or a map by key, in which a merge patch can change a single issue."""
    issues = world.get("issues", [])
    return [{"key": key, **issue} for key, issue in issues.items()] if isinstance(issues, dict) else issues


def _issue(written: dict[str, Any], world: World) -> EmulatedIssue:
    fields = {"labels": [], "fixVersions": [], **written.get("fields", {})}
    project = _project_key(written)
    fields["project"] = {
        "id": str(number_of("project", project)),
        "key": project,
        "name": _project_name(world, project),
    }
    fields["status"] = _status(fields.get("status", "To Do"), statuses_of(world))
    fields["issuetype"] = _named("type", fields.get("issuetype", "Task"))
    fields["fixVersions"] = [_named("version", version) for version in fields["fixVersions"] or ()]
    if isinstance(fields.get("parent"), str):
        fields["parent"] = {"key": fields["parent"]}
    return EmulatedIssue(
        id=str(written.get("id") or number_of("issue", written["key"])),
        key=written["key"],
        was=tuple(written.get("was", ())),
        fields=fields,
        changelog=written.get("changelog", ()),
    )


def _status(written: Any, statuses: dict[str, str]) -> Any:
    if not isinstance(written, str):
        return written
    return {
        "id": str(number_of("status", written)),
        "name": written,
        "statusCategory": CATEGORIES[statuses[written]],
    }


def _named(sort: str, written: Any) -> Any:
    return {"id": str(number_of(sort, written)), "name": written} if isinstance(written, str) else written


def _name(written: Any) -> str:
    return str(written if isinstance(written, str) else written["name"])


def _project_key(written: dict[str, Any]) -> str:
    project = written.get("fields", {}).get("project") or written["key"].rpartition("-")[0]
    return str(project if isinstance(project, str) else project["key"])


def _project_name(world: World, project: str) -> str:
    return str(world.get("projects", {}).get(project, project))
