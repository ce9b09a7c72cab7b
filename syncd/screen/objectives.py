"""Objectives for people: what their progress is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncd.screen.names import names_among
from syncd.screen.origin import mapping_lines, sender_lines
from syncd.screen.terminal import bar, console, number, share

if TYPE_CHECKING:
    from rich.table import Table

Row = Mapping[str, Any]  # Any: JSON


def objective_table(rows: Sequence[Row]) -> Table:
    """One line per objective, with what its progress is made of."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for name in ("objective", "progress", "made of"):
        table.add_column(name, no_wrap=name != "objective")
    name_of = names_among(rows)
    for row in rows:
        table.add_row(name_of(row), bar(row["progress"]), made_of(row))
    return table


def made_of(row: Row) -> str:
    """`2 of 3 key results`, or who set it and when."""
    if row["rollup"] != "by_hand":
        return f"{row['known']} of {row['of']} {row['rollup'].replace('_', ' ')}"
    said = row["said"]
    return f"by hand, by {said['author']}, {said['at'][:10]}" if said else "by hand: nobody set it yet"


def show_objective(facts: Row) -> None:
    """From the progress to what it counts, or to who said so."""
    from rich.text import Text

    out = console()
    out.print(Text(f"{facts['id']}@{facts['cycle']}", style="bold"), Text(facts["title"]))
    out.print(f"  progress {share(facts['progress'])}, {made_of(facts)}", markup=False)
    if facts["said"] and "comment" in facts["said"]:
        out.print(f"    {facts['said']['comment']}", markup=False)
    for part in facts["parts"]:
        beside = f"weight {number(part['weight'])}" if part["counts"] else "in shadow: does not count"
        out.print(f"  {share(part['progress'])}  {part['id']} ({beside})", markup=False)
    for line in (*sender_lines(facts), *mapping_lines(facts)):
        out.print(f"  {line}", markup=False)
    for past in facts["history"]:
        out.print(
            f"  {past['at']}  {share(past['progress'])}  {past['author']}"
            + (f": {past['comment']}" if past["comment"] else ""),
            style="dim",
            markup=False,
        )
