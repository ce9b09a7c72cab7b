"""Key results for people: status, what a sync did, where a number comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncd.screen.names import Name, names_among, whole_name
from syncd.screen.objectives import objective_table
from syncd.screen.terminal import bar, console, counted, number, styled

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from syncd.commands.delivering import Delivered

Row = dict[str, Any]  # Any: JSON

PACES = {"ahead": "green", "on_track": "green", "behind": "yellow", "off_track": "red"}
FRESH = {"fresh": "dim", "late": "yellow", "stale": "red", "failing": "red"}


def key_result_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """One line per key result."""
    from rich.table import Table

    name_of = names_among(rows)
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for name in ("key result", "current", "target", "progress", "pace", "freshness"):
        table.add_column(
            name, justify="right" if name in ("current", "target") else "left", no_wrap=name != "key result"
        )
    for row in rows:
        table.add_row(
            f"{name_of(row)} via {row['via']}" if row["via"] else name_of(row),
            f"{number(row['current'])} {row['unit']}",
            number(row["target"]),
            bar(row["progress"]),
            styled(row["pace"], PACES),
            note(row),
        )
    return table


def fitting_table(rows: Sequence[Mapping[str, Any]], *, console: Console, lines: int) -> tuple[Table, int]:
    """The first rows, as many as fit into `lines` of this console under their heads, and how many that is."""
    shown = min(len(rows), max(lines - 1, 0))
    while True:
        table = key_result_table(rows[:shown])
        too_many = len(console.render_lines(table)) - lines  # a long id takes two lines of a narrow terminal
        if too_many <= 0 or shown == 0:
            return table, shown
        shown = max(0, shown - max(1, too_many // 2))


def note(row: Mapping[str, Any]) -> Text:
    """Freshness, and the error beside it when there is one."""
    from rich.text import Text

    text = styled(row["freshness"], FRESH)
    if row["error"]:
        text = Text.assemble(text, " ", (row["error"]["code"], "red"))
    if row["origin"] == "person":
        # To the minute, and in UTC: alone the day of that midnight is another one in half of the world.
        until = row["details"].get("override", {}).get("until", "")[:16]
        text = Text.assemble(text, " ", (f"by hand until {until}Z" if until else "by hand", "cyan"))
    return Text.assemble(text, " ", (unheard, "magenta")) if (unheard := unsent(row)) else text


def unsent(row: Mapping[str, Any]) -> str:
    """Why consumers do not hear of it; empty where they do."""
    if row["mode"] == "shadow":
        return "in shadow"
    return "" if row["push"] else "not pushed"


def show_status(rows: Row) -> None:
    out = console()
    if not rows["key_results"]:
        out.print("nothing recorded yet: `syncd sync`")
        return
    out.print(key_result_table(rows["key_results"]))
    out.print(objective_table(rows["objectives"]))
    if all(row["current"] is None and row["error"] is None for row in rows["key_results"]):
        out.print("nothing was read yet: `syncd sync`")
    show_errors(rows["key_results"], name_of=names_among(rows["key_results"]))


def show_errors(rows: Iterable[Row], *, name_of: Name = whole_name) -> None:
    """Each error once, with the key results that it stands for."""
    out = console()
    by_message: dict[str, list[str]] = {}
    for row in rows:
        if row["error"]:
            by_message.setdefault(row["error"]["message"], []).append(name_of(row))
    for message, ids in by_message.items():
        out.print(message, style="red", markup=False, soft_wrap=True)
        out.print(f"    {', '.join(ids)}", style="dim", markup=False, soft_wrap=True)


def show_sync(done: Row) -> None:
    """A line per connection, then what is wrong, then the deliveries."""
    from rich.table import Table

    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for name in ("connection", "queries", "requests", "kB", "seconds", "failures"):
        table.add_column(name, justify="left" if name in ("connection", "failures") else "right")
    for name, row in done["connections"].items():
        failures = ", ".join(f"{code}: {n}" for code, n in row["failures"].items())
        table.add_row(
            name,
            str(row["distinct_queries"]),
            str(row["requests"]),
            f"{row['bytes'] / 1000:.1f}",
            f"{row['seconds']:.2f}",
            f"[red]{failures}[/]" if failures else "[green]none[/]",
        )
    if done["connections"]:
        out.print(table)
    elif not done["key_results"]:
        out.print("no cycle of the mappings runs, so there was nothing to ask: `syncd cycle list`")
    show_errors(done["errors"])
    if done["error"]:
        out.print(f"{done['error']['code']}: {done['error']['message']}", style="yellow", markup=False)
    out.print(
        f"sync {done['outcome']}: {counted(done['key_results'], 'key result')}, "
        f"{counted(done['events'], 'event')}"
    )
    _show_delivered(done["deliveries"])


def show_deliveries(deliveries: Delivered | None) -> None:
    _show_delivered(deliveries.row() if deliveries is not None else None)


def _show_delivered(row: Mapping[str, int] | None) -> None:
    if row and any(row.values()):
        said = ", ".join(f"{number} {state}" for state, number in row.items() if number)
        console().print(f"deliveries: {said}")
