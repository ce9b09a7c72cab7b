"""Key results for people: status, what a sync did, where a number comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncd.screen.details import detail_lines
from syncd.screen.names import Name, names_among, whole_name
from syncd.screen.objectives import objective_table
from syncd.screen.origin import mapping_lines, sender_lines
from syncd.screen.starts import keep_or_rebase, start_stays
from syncd.screen.terminal import bar, console, counted, number, share, styled

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from syncd.commands.delivering import Delivered

Row = dict[str, Any]  # Any: JSON

PACES = {"ahead": "green", "on_track": "green", "behind": "yellow", "off_track": "red"}
FRESH = {"fresh": "dim", "late": "yellow", "stale": "red", "failing": "red"}

MEETS = {
    "yes": "; that meets the target",
    "open": "; that may meet the target or miss it",
    "no": "; that misses the target",
}


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
        until = row["details"].get("override", {}).get("until", "")[:10]
        text = Text.assemble(text, " ", (f"by hand until {until}" if until else "by hand", "cyan"))
    return Text.assemble(text, " ", (unheard, "magenta")) if (unheard := unsent(row)) else text


def said_beside(past: Mapping[str, Any]) -> str:
    """Of a check-in, the one of the two numbers that is not the value: what was said, or computed."""
    if past["said"] is None or past["computed"] is None:
        return ""
    if past["origin"] == "person":
        return f" (computed {number(past['computed'])})"
    return f" says {number(past['said'])}"


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
    show_errors(rows["key_results"], name_of=names_among(rows["key_results"]))


def show_errors(rows: Iterable[Row], *, name_of: Name = whole_name) -> None:
    """Each error once, with the key results that it stands for."""
    out = console()
    by_message: dict[str, list[str]] = {}
    for row in rows:
        if row["error"]:
            by_message.setdefault(row["error"]["message"], []).append(name_of(row))
    for message, ids in by_message.items():
        out.print(message, style="red", markup=False)
        out.print(f"    {', '.join(ids)}", style="dim", markup=False)


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
    out.print(table)
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


def forecast_line(facts: Row) -> str:
    """What the trend says, with what it is made of; never as if it were certain."""
    found = facts["forecast"]
    is_share = found["of"] == "progress"
    at_end, low, high = (
        share(found[name]) if is_share else number(found[name]) for name in ("at_end", "low", "high")
    )
    return (
        f"forecast {at_end} {'of its need' if is_share else facts['unit']} at the end ({low} to {high})"
        f", if it goes on as since {found['since']} ({counted(found['points'], 'day')} known)"
        + MEETS.get(found["would_meet"], "")
    )


def show_explanation(facts: Row) -> None:
    """From the number back to the sources, top down."""
    from rich.text import Text

    out = console()
    out.print(Text(f"{facts['id']}@{facts['cycle']}", style="bold"), Text(facts["title"]))
    way = (
        f"{number(facts['start'])} → {number(facts['target'])}"
        if facts["start"] is not None
        else facts["kind"]
    )
    out.print(f"  {number(facts['current'])} {facts['unit']} ({way}), progress {share(facts['progress'])}")
    out.print(
        f"  pace {facts['pace'] or '—'}, {facts['freshness'] or 'never read'}, as of {facts['as_of'] or '—'}"
    )
    if unheard := unsent(facts):
        since = f" since {facts['shadow_since']}" if facts["shadow_since"] else ""
        out.print(f"  {unheard}{since}: consumers hear nothing of it", style="magenta")
    if parts := facts["details"].get("shadow_parts"):
        out.print(f"  not counted, since they are in shadow: {', '.join(parts)}", markup=False)
    if facts["error"]:
        out.print(f"  {facts['error']['code']}: {facts['error']['message']}", style="red", markup=False)
    for line in detail_lines(facts["details"], facts["unit"]):
        out.print(f"  {line}", markup=False)
    if facts["start_of_another_measure"]:
        out.print(f"  {start_stays(facts)}", style="yellow", markup=False)
        out.print(f"    {keep_or_rebase(facts)}", markup=False)
    if facts["confidence"] is not None:
        out.print(f"  confidence {share(facts['confidence'])}")
    if facts["forecast"]:
        out.print(f"  {forecast_line(facts)}", markup=False)
    if facts["formula"]:
        out.print(f"  formula  {facts['formula']}", markup=False)
    for used in facts["inputs"]:
        _show_input(used)
    for line in (*sender_lines(facts), *mapping_lines(facts)):
        out.print(f"  {line}", markup=False)
    for past in facts["history"]:
        out.print(
            f"  {past['at']}  {number(past['current'])}  {share(past['progress'])}  {past['origin']}"
            + (f"  {past['author']}" if past["author"] else "")
            + said_beside(past)
            + (f": {past['comment']}" if past["comment"] else ""),
            style="dim",
            markup=False,
        )


def _show_input(used: Row) -> None:
    out = console()
    about = "~" if used["approximate"] else ""
    out.print(f"  {used['name']} = {about}{number(used['value'])} {used['unit']}", markup=False)
    out.print(f"    {used['connection']}: {used['query']}", style="dim", markup=False)
    out.print(
        f"    read {used['read_at'] or 'never'}  {used['evidence_url'] or ''}", style="dim", markup=False
    )
    if used["error"]:
        out.print(
            f"    failing since {used['failing_since']}: {used['error']['message']}",
            style="red",
            markup=False,
        )
