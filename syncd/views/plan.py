"""A preview as `syncd plan` prints it: rows with what changed, and the exit code."""

from __future__ import annotations

from syncd.okr.names import Subject
from syncd.okr.state import KeyResultState
from syncd.sync.preview import Change, Preview
from syncd.views.rows import Row, other_start_row, row


def plan_rows(preview: Preview) -> Row:
    """The rows of the new mappings, each with `changed`, `before`, `recorded` and `moved_from`.

    Of a key result also `start_of_another_measure`: None, or as `other_start_row` says.
    """
    key_results: list[Row] = []
    objectives: list[Row] = []
    for change in preview.changes:
        target = key_results if isinstance(change.after, KeyResultState) else objectives
        target.append(plan_row(change))
    return {
        "key_results": key_results,
        "objectives": objectives,
        "removed": [_name(subject) for subject in preview.removed],
    }


def _name(subject: Subject) -> Row:
    return {"id": subject.id, "cycle": subject.cycle}


def plan_row(change: Change) -> Row:
    after = row(change.after)
    before = row(change.before) if change.before else None
    is_number = isinstance(change.after, KeyResultState)
    return {
        **after,
        **({"start_of_another_measure": other_start_row(change.other_start)} if is_number else {}),
        "changed": is_changed(change),
        "before": before,
        "recorded": row(change.recorded) if change.recorded else None,
        "moved_from": _name(change.moved_from) if change.moved_from else None,
    }


def plan_exit_code(rows: Row) -> int:
    """0: the mappings change nothing; 2: they do; 1: a changed key result could not be evaluated.

    Args:
        rows: What `plan_rows` made.
    """
    changed = [row for row in (*rows["key_results"], *rows["objectives"]) if row["changed"]]
    if any(row.get("error") for row in changed):
        return 1
    return 2 if changed or rows["removed"] else 0


def is_changed(change: Change) -> bool:
    """A captured start that loses its measure counts, even where the new one reads the same."""
    return change.before is None or change.is_newly_other or row(change.after) != row(change.before)
