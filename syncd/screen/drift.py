"""What is computed beside what people said."""

from __future__ import annotations

import sys
from typing import Any

from syncd.screen.names import Name, names_among
from syncd.screen.terminal import console, number

Row = dict[str, Any]  # Any: JSON

HEADS = ("key result", "said", "computed", "difference", "compared", "largest", "mean", "in shadow since")
STYLES = {"within": "green", "drifts": "red", "nothing_to_compare": "dim"}


def show_drift(rows: Row) -> None:
    """One line of numbers per key result, and its verdict below."""
    from rich.table import Table
    from rich.text import Text

    out = console()
    if not rows["key_results"]:
        out.print("nothing is in shadow, and nobody has spoken of what is measured")
        return
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for head in HEADS:
        table.add_column(head, justify="left" if head in (HEADS[0], HEADS[-1]) else "right", overflow="fold")
    name_of = names_among(rows["key_results"])
    for row in rows["key_results"]:
        table.add_row(*cells(row, name_of=name_of))
    out.print(table)
    for row in rows["key_results"]:
        out.print(Text.assemble(f"{name_of(row)}: ", (row["words"], STYLES[row["verdict"]])))


def print_drift_markdown(rows: Row) -> None:
    """A table for a page, or a comment."""
    drifting = sum(row["verdict"] == "drifts" for row in rows["key_results"])
    name_of = names_among(rows["key_results"])
    lines = [f"**syncd drift**: {drifting} of {len(rows['key_results'])} drift.", ""]
    if rows["key_results"]:
        lines += [f"| {' | '.join((*HEADS, 'verdict'))} |", f"|{'---|' * (len(HEADS) + 1)}"]
    for row in rows["key_results"]:
        name, *others = cells(row, name_of=name_of)
        lines.append(f"| {' | '.join((f'`{name}`', *others, row['words']))} |")
    sys.stdout.write("\n".join(lines) + "\n")


def cells(row: Row, *, name_of: Name) -> list[str]:
    """What there is nothing of is a dash, never a zero."""
    latest = row["latest"] or dict.fromkeys(("said", "computed", "difference", "relative"))
    relative = latest["relative"]
    return [
        name_of(row),
        number(latest["said"]),
        number(row["current"] if row["latest"] is None else latest["computed"]),
        number(latest["difference"]) + ("" if relative is None else f" ({100 * relative:+.3g} %)"),
        str(row["comparisons"] or "—"),
        number(row["largest_difference"]),
        number(row["mean_difference"]),
        (row["shadow_since"] or "live")[:10],
    ]
