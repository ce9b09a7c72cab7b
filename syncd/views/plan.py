"""A preview as `syncd plan` prints it: rows with what changed, and the exit code."""

from __future__ import annotations

from syncd.okr.names import Subject
from syncd.okr.state import KeyResultState
from syncd.sync.preview import Change, Preview, could_not_be_evaluated
from syncd.views.rows import Row, row


def plan_rows(preview: Preview) -> Row:
    """The rows of the new mappings, each with `changed`, `before`, `recorded` and `moved_from`."""
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
    return {
        **after,
        "changed": after != before,
        "before": before,
        "recorded": row(change.recorded) if change.recorded else None,
        "moved_from": _name(change.moved_from) if change.moved_from else None,
    }


def plan_exit_code(preview: Preview) -> int:
    """0: the mappings change nothing; 2: they do; 1: a changed key result could not be evaluated."""
    changed = [change for change in preview.changes if is_changed(change)]
    if any(could_not_be_evaluated(change.after) for change in changed):
        return 1
    return 2 if changed or preview.removed else 0


def is_changed(change: Change) -> bool:
    return change.before is None or row(change.after) != row(change.before)
