"""What `syncd plan` found."""

from __future__ import annotations

import sys
from typing import Any

from syncd.screen.numbers import key_result_table, show_errors
from syncd.screen.terminal import console, number, share

Row = dict[str, Any]  # Any: JSON


def show_plan(rows: Row) -> None:
    """What changes because of the mappings; the rest as one line."""
    out = console()
    changed = [row for row in rows["key_results"] if row["changed"]]
    if changed:
        out.print(key_result_table(changed, before=True))
    for row in rows["objectives"]:
        if row["changed"]:
            what = "new objective" if row["before"] is None else "objective"
            old = row["before"]["progress"] if row["before"] else None
            out.print(
                f"{what} {row['id']}: {share(old)} → {share(row['progress'])} ({row['known']} of {row['of']})"
            )
    for row in [*rows["objectives"], *rows["key_results"]]:
        if row["moved_from"] is not None:
            out.print(f"moved {row['moved_from']['id']} to {row['id']}@{row['cycle']}")
    for removed in rows["removed"]:
        out.print(f"removed {removed['id']}@{removed['cycle']}")
    same = len(rows["key_results"]) - len(changed)
    out.print(f"[dim]{len(changed)} key results differ because of the mappings, {same} do not[/]")
    show_errors(changed)


def print_markdown(rows: Row) -> None:
    """A comment for a pull request."""
    changed = [row for row in rows["key_results"] if row["changed"]]
    lines = [f"**syncd plan**: {len(changed)} of {len(rows['key_results'])} key results change.", ""]
    if changed:
        lines += ["| key result | value | progress | pace | note |", "|---|---|---|---|---|"]
    for row in changed:
        before = row["before"] or {"current": None, "progress": None, "pace": None}
        note = "new" if row["before"] is None else ""
        if row["moved_from"]:
            note = f"was `{row['moved_from']['id']}`"
        if row["error"]:
            note = f"`{row['error']['code']}`"
        lines.append(
            f"| `{row['id']}` | {number(before['current'])} → {number(row['current'])} {row['unit']} "
            f"| {share(before['progress'])} → {share(row['progress'])} "
            f"| {before['pace'] or '—'} → {row['pace'] or '—'} | {note} |"
        )
    lines += [f"- removed: `{removed['id']}@{removed['cycle']}`" for removed in rows["removed"]]
    sys.stdout.write("\n".join(lines) + "\n")
