"""What was filled in of the past, what was not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.screen.names import names_among
from syncd.screen.terminal import console, counted

if TYPE_CHECKING:
    from syncd.commands.backfill import Backfilled

Row = dict[str, Any]  # Any: JSON


def show_backfill(done: Backfilled) -> None:
    """A line per key result; then each reason once, with the moments it stands for."""
    from rich.table import Table

    out, row = console(), done.row()
    name_of = names_among(row["key_results"])
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for name in ("key result", "to fill in" if done.is_dry_run else "filled in", "known", "past"):
        table.add_column(name, justify="left" if name in ("key result", "past") else "right")
    for one in row["key_results"]:
        filled = one["wanted"] if done.is_dry_run else one["added"]
        table.add_row(name_of(one), str(filled), str(one["known"]), _about(one))
    out.print(table)
    for one in row["key_results"]:
        _show_gaps(one, name=name_of(one))
    asked = counted(row["queries"], "query") if row["queries"] == 1 else f"{row['queries']} queries"
    if done.is_dry_run:
        out.print(f"dry run: {asked} would be asked; nothing was")
    else:
        out.print(f"backfill {done.outcome}: {asked}, {counted(row['requests'], 'request')}")


def _about(one: Row) -> str:
    from rich.markup import escape

    if one["untold"]:
        return f"[dim]{escape(one['untold']['message'])}[/]"
    return f"{one['since'][:10]} to {one['until'][:10]}" if one["since"] else "[dim]nothing is missing[/]"


def _show_gaps(one: Row, *, name: str) -> None:
    by_message: dict[tuple[str, str, bool], list[str]] = {}
    for gap in one["gaps"]:
        by_message.setdefault((gap["code"], gap["message"], gap["failed"]), []).append(gap["at"][:10])
    for (code, message, failed), days in by_message.items():
        style = "red" if failed else "yellow"
        console().print(f"{name}: {code}: {message}", style=style, markup=False)
        console().print(f"    {', '.join(days)}", style="dim", markup=False)
