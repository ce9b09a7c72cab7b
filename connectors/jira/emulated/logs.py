"""The logs of an emulated site's issues, as Cloud gives them in bulk and Data Center within issues.

A world says of an issue:

    "changelog": [{"at": "2026-10-05T08:00:00.000+0000", "from": "To Do", "to": "In Progress"}]

of its status unless it names another `field`; the ids of the two come from their names unless
`from_id` and `to_id` say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from connectors.jira.emulated.issues import EmulatedIssue, number_of

# Any, throughout: JSON in Jira's shapes.
Change = dict[str, Any]


def changes_of(issues: Sequence[EmulatedIssue], fields: Sequence[str]) -> list[tuple[str, Change]]:
    """Issue id and change, oldest first, then by id; of all fields where none is named."""
    every = [
        (datetime.fromisoformat(change["created"]), int(issue.id), change)
        for issue in issues
        for change in _written(issue)
        if not fields or any(item["fieldId"] in fields for item in change["items"])
    ]
    every.sort(key=lambda found: found[:2])
    return [(str(issue_id), change) for _, issue_id, change in every]


def in_bulk(changes: Sequence[tuple[str, Change]]) -> list[dict[str, Any]]:
    by_issue = sorted(changes, key=lambda found: int(found[0]))
    return [
        {"issueId": issue_id, "changeHistories": [change for _, change in together]}
        for issue_id, together in groupby(by_issue, key=lambda found: found[0])
    ]


def within_issue(issue: EmulatedIssue, *, is_cut: bool) -> dict[str, Any]:
    """The whole log, unless it is cut: authors of another kind than Cloud's, and no ids of fields."""
    changes = [
        {
            **change,
            "author": {"key": "JIRAUSER10100", "name": "mia", "displayName": "Mia", "active": True},
            "items": [
                {name: value for name, value in item.items() if name != "fieldId"} for item in change["items"]
            ],
        }
        for change in _written(issue)
    ]
    given = changes[1:] if is_cut else changes
    return {"startAt": 0, "maxResults": len(given), "total": len(changes), "histories": given}


def _written(issue: EmulatedIssue) -> Iterator[Change]:
    for number, written in enumerate(issue.changelog):
        field = written.get("field", "status")
        ids = {end: written.get(f"{end}_id") for end in ("from", "to")}
        if field == "status":
            ids = {end: said or str(number_of("status", written[end])) for end, said in ids.items()}
        yield {
            "id": str(100_000 + number),
            "author": {"accountId": "5b10a2844c20165700ede21g", "displayName": "Mia", "active": True},
            "created": written["at"],
            "items": [
                {
                    "field": field,
                    "fieldId": field,
                    "fieldtype": "jira",
                    **{end: said for end, said in ids.items() if said is not None},
                    "fromString": written["from"],
                    "toString": written["to"],
                }
            ],
        }
