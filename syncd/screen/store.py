"""What a store holds, and that a new epoch began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from syncd.screen.numbers import show_deliveries
from syncd.screen.terminal import console, counted

if TYPE_CHECKING:
    from syncd.commands.storing import NewEpoch


def show_store(row: Mapping[str, Any]) -> None:  # Any: JSON
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name in ("store", "schema", "epoch", "bytes"):
        table.add_row(name, str(row[name]))
    for name, count in row["rows"].items():
        table.add_row(name.replace("_", " "), str(count))
    console().print(table)


def show_new_epoch(done: NewEpoch) -> None:
    row = done.row()
    told = f"{counted(row['announced'], 'subject')} announced, {row['removed']} as removed"
    console().print(f"epoch {row['epoch']} after {row['former_epoch']}: {told}", markup=False)
    show_deliveries(done.deliveries)
