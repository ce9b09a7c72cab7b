"""What `syncd plan` found, and what `syncd apply` did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from syncd.screen.names import Name, names_among
from syncd.screen.numbers import PACES, show_deliveries, show_errors
from syncd.screen.starts import keep_or_rebase, start_stays
from syncd.screen.terminal import console, counted, number, share, styled

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from syncd.commands.apply import Applied

Row = dict[str, Any]  # Any: JSON

NUMBERS = ("start", "target")
AFTER_APPLY = " after `syncd apply`"
WORDS = ("unit", "kind", "owner", "team", "tier")


def show_plan(rows: Row) -> None:
    """What changes because of the mappings, the movement of the numbers apart; the rest as one line."""
    out = console()
    changed = [row for row in rows["key_results"] if row["changed"]]
    name_of = names_among([*rows["key_results"], *rows["objectives"]])
    if changed:
        out.print(change_table(changed, name_of=name_of))
    for row in rows["objectives"]:
        if row["changed"]:
            out.print(
                f"{'objective' if row['before'] else 'new objective'} {name_of(row)}: "
                f"{progress(row)} ({row['known']} of {row['of']})"
                + "".join(f", {change}" for change in mode_changes(row)),
                markup=False,
            )
    for row in [*rows["objectives"], *rows["key_results"]]:
        if row["moved_from"] is not None:
            out.print(f"moved {row['moved_from']['id']} to {row['id']}@{row['cycle']}")
    for removed in rows["removed"]:
        out.print(f"removed {removed['id']}@{removed['cycle']}", markup=False)
    for row in other_starts(changed):
        out.print(f"{name_of(row)}: {start_stays(row)}", style="yellow", markup=False)
        out.print(f"    {keep_or_rebase(row, after=AFTER_APPLY)}", markup=False)
    out.print(summary(rows, changed=len(changed)), style="dim")
    show_errors(changed, name_of=name_of)


def change_table(changed: list[Row], *, name_of: Name) -> Table:
    """Old → new under the two mappings, on the same measurements; and what moved since they were recorded."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold dim")
    table.add_column("key result", overflow="fold")
    for name in ("value", "progress", "pace", "recorded → now"):
        table.add_column(name, no_wrap=True)
    table.add_column("what changed")
    for row in changed:
        table.add_row(
            name_of(row),
            value(row),
            progress(row),
            pace(row),
            movement(row) or "—",
            ", ".join(reasons(row)),
        )
    return table


def arrow(old: str | None, new: str) -> str:
    """`old → new`; one of them where they are the same, or where there is no old one."""
    return new if old is None or old == new else f"{old} → {new}"


def value(row: Row) -> str:
    old = number(row["before"]["current"]) if row["before"] else None
    return f"{arrow(old, number(row['current']))} {row['unit']}"


def progress(row: Row) -> str:
    old = share(row["before"]["progress"]) if row["before"] else None
    return arrow(old, share(row["progress"]))


def pace(row: Row) -> Text:
    from rich.text import Text

    new = styled(row["pace"], PACES)
    if row["before"] is None or row["before"]["pace"] == row["pace"]:
        return new
    return Text.assemble(styled(row["before"]["pace"], PACES), " → ", new)


def movement(row: Row) -> str:
    """How far the number itself came since it was recorded, under the mapping that is active."""
    before, recorded = row["before"], row["recorded"]
    if before is None or recorded is None or recorded["current"] in (None, before["current"]):
        return ""
    return f"{number(recorded['current'])} → {number(before['current'])}"


def other_starts(changed: list[Row]) -> list[Row]:
    """Those whose captured start is of another measure."""
    return [row for row in changed if row["start_of_another_measure"]]


def reasons(row: Row) -> list[str]:
    """What else differs; empty when only the number does."""
    before = row["before"]
    if before is None:
        found = ["new", *mode_changes(row)]
    else:
        found = [
            *([f"was {row['moved_from']['id']}"] if row["moved_from"] else []),
            *(["title"] if row["title"] != before["title"] else []),
            *(
                f"{name} {number(before[name])} → {number(row[name])}"
                for name in NUMBERS
                if before[name] != row[name]
            ),
            *(
                f"{name} {before[name] or '—'} → {row[name] or '—'}"
                for name in WORDS
                if before[name] != row[name]
            ),
            *mode_changes(row),
            *(["start of another measure"] if row["start_of_another_measure"] else []),
        ]
    return [*found, row["error"]["code"]] if row["error"] else found


def mode_changes(row: Row) -> list[str]:
    """Who begins to hear of it, or ceases to; of what is new, only that nobody does."""
    before, push = row["before"], {True: "on", False: "off"}
    if before is None:
        return [*(["in shadow"] if row["mode"] == "shadow" else []), *([] if row["push"] else ["push off"])]
    return [
        *([f"mode {before['mode']} → {row['mode']}"] if before["mode"] != row["mode"] else []),
        *([f"push {push[before['push']]} → {push[row['push']]}"] if before["push"] != row["push"] else []),
    ]


def summary(rows: Row, *, changed: int) -> str:
    same = [row for row in rows["key_results"] if not row["changed"]]
    moved = sum(bool(movement(row)) for row in same)
    said = (
        f"{counted(changed, 'key result')} {'differs' if changed == 1 else 'differ'} because of the mappings"
    )
    said += f", {len(same)} {'does' if len(same) == 1 else 'do'} not"
    if rows["removed"]:
        said += f"; {removals(rows['removed'])} removed (`syncd apply --allow-removals`)"
    return said + (f"; {counted(moved, 'number')} moved since the last sync" if moved else "")


def removals(removed: list[Row]) -> str:
    """`1 objective and 3 key results`; an id of a key result has three parts."""
    key_results = sum(row["id"].count("/") == 2 for row in removed)
    counts = ((len(removed) - key_results, "objective"), (key_results, "key result"))
    return " and ".join(counted(n, what) for n, what in counts if n)


def print_markdown(rows: Row) -> None:
    """A comment for a pull request."""
    changed = [row for row in rows["key_results"] if row["changed"]]
    name_of = names_among([*rows["key_results"], *rows["objectives"]])
    total = counted(len(rows["key_results"]), "key result")
    lines = [f"**syncd plan**: {len(changed)} of {total} {'changes' if len(changed) == 1 else 'change'}.", ""]
    if changed:
        lines += [
            "| key result | value | progress | pace | recorded → now | what changed |",
            "|---|---|---|---|---|---|",
        ]
    for row in changed:
        cells = (
            f"`{name_of(row)}`",
            value(row),
            progress(row),
            pace(row).plain,
            movement(row),
            ", ".join(reasons(row)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        f"- `{name_of(row)}`: {start_stays(row)}; {keep_or_rebase(row, after=AFTER_APPLY)}"
        for row in other_starts(changed)
    ]
    lines += [f"- removed: `{removed['id']}@{removed['cycle']}`" for removed in rows["removed"]]
    sys.stdout.write("\n".join(lines) + "\n")


def show_applied(applied: Applied) -> None:
    out = console()
    out.print(
        f"version [bold]{applied.digest[:12]}[/] is active: {counted(applied.objectives, 'objective')}, "
        f"{counted(applied.key_results, 'key result')}" + ("" if applied.is_new else " (it already was)")
    )
    for new, old in applied.moved:
        out.print(f"moved {old} to {new}", markup=False)
    for subject in applied.removed:
        out.print(f"removed {subject}", markup=False)
    show_deliveries(applied.deliveries)
