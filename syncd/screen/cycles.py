"""Cycles, and that one was closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from syncd.screen.numbers import show_deliveries
from syncd.screen.terminal import console

if TYPE_CHECKING:
    from syncd.commands.closing import ClosedCycle


def show_cycles(rows: Iterable[Mapping[str, Any]]) -> None:  # Any: JSON
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for name in ("cycle", "first day", "last day", "state", "closed"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        closed = f"{row['closed_at'][:10]} {_by(row)}" if row["closed_at"] else ""
        table.add_row(row["name"], row["first_day"], row["last_day"], row["state"].replace("_", " "), closed)
    console().print(table)


def show_closed(done: ClosedCycle) -> None:
    row = done.listed.row()
    console().print(f"the cycle {row['name']} is closed {_by(row)}: its numbers stay", markup=False)
    show_deliveries(done.deliveries)


def _by(row: Mapping[str, Any]) -> str:  # Any: JSON
    return f"by {row['closed_by']}" if row["closed_by"] else "by itself"
