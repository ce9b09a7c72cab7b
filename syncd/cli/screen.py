"""How results look in a terminal: tables, bars, errors. JSON goes to standard output, alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from syncd.errors import SyncdError

if TYPE_CHECKING:
    import typer
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from syncd.commands.checking import Probe
    from syncd.commands.delivering import Delivered
    from syncd.commands.sync import Synced
    from syncd.mappings.findings import Finding
    from syncd.sdk.plugin import Item
    from syncd.sync.measure import Progress

Row = dict[str, Any]  # Any: JSON

PACES = {"ahead": "green", "on_track": "green", "behind": "yellow", "off_track": "red"}
FRESH = {"fresh": "dim", "late": "yellow", "stale": "red", "failing": "red"}
BAR_WIDTH = 12


def console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=not sys.stdout.isatty())


def print_json(data: Any) -> None:  # Any: JSON
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def show_error(error: SyncdError) -> None:
    """What, where, and what to do next, on standard error."""
    from rich.text import Text

    out = console(stderr=True)
    out.print(Text.assemble(("error ", "bold red"), (f"[{error.code}] ", "dim"), str(error)))
    if error.hint:
        out.print(Text.assemble(("  hint: ", "bold"), error.hint))


def show_usage_error(error: typer.TyperException) -> None:
    """As typer itself shows it: the usage, what is wrong, and where the help is."""
    from typer.rich_utils import rich_format_error

    rich_format_error(error)


def key_result_table(rows: Iterable[Mapping[str, Any]], *, before: bool = False) -> Table:
    """One line per key result; with `before`, the old number beside the new one."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for name in ("key result", "current", "target", "progress", "pace", "freshness"):
        table.add_column(
            name, justify="right" if name in ("current", "target") else "left", no_wrap=name != "key result"
        )
    for row in rows:
        current = number(row["current"])
        if before:
            old = row["before"]["current"] if row["before"] else None
            current = f"{number(old)} → {current}"
        table.add_row(
            row["id"],
            f"{current} {row['unit']}",
            number(row["target"]),
            bar(row["progress"]),
            styled(row["pace"], PACES),
            note(row),
        )
    return table


def note(row: Mapping[str, Any]) -> Text:
    """Freshness, and the error beside it when there is one."""
    from rich.text import Text

    text = styled(row["freshness"], FRESH)
    if row["error"]:
        text = Text.assemble(text, " ", (row["error"]["code"], "red"))
    return text


def bar(progress: float | None) -> Text:
    from rich.text import Text

    if progress is None:
        return Text("—", style="dim")
    full = round(min(max(progress, 0), 1) * BAR_WIDTH)
    return Text.assemble(("━" * full, "green"), ("━" * (BAR_WIDTH - full), "dim"), f" {progress:4.0%}")


def styled(word: str | None, styles: Mapping[str, str]) -> Text:
    from rich.text import Text

    return Text((word or "—").replace("_", " "), style=styles.get(word or "", "dim"))


def number(value: float | None) -> str:
    """Short for people; `--json` has every digit."""
    if value is None:
        return "—"
    return f"{value:,.10g}" if abs(value) >= 1000 else f"{value:.4g}"


@contextmanager
def asking(total: int, *, quiet: bool) -> Iterator[Progress]:
    """A progress bar over connections on standard error, for people only."""
    from syncd.sync.measure import Answers, Progress

    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.progress import Progress as Bars

    with Bars(console=console(stderr=True), transient=True) as bars:
        task = bars.add_task("asking the sources", total=total)

        def done(answers: Answers) -> None:
            bars.update(task, advance=1, description=f"{answers.connection}: {answers.requests} requests")

        yield Progress(done=done)


def show_findings(findings: Iterable[Finding]) -> None:
    """`file:line:column: message [code]`, and the hint below it; a terminal can jump there."""
    from rich.text import Text

    out = console()
    for finding in findings:
        style = "red" if finding.severity == "error" else "yellow"
        out.print(Text.assemble(str(finding), (f"  [{finding.code}]", style)))
        if finding.hint:
            out.print(Text.assemble(("    hint: ", "bold"), finding.hint))


def finding_row(finding: Finding) -> Row:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "hint": finding.hint,
    }


def show_probes(probes: Iterable[Probe]) -> None:
    from rich.text import Text

    out = console()
    for probe in probes:
        if probe.error is None:
            out.print(Text.assemble(("✓ ", "green"), f"{probe.connection}: {probe.who}"))
        else:
            out.print(
                Text.assemble(("✗ ", "red"), f"{probe.connection}: {probe.error}  [{probe.error.code}]")
            )
            if probe.error.hint:
                out.print(f"    hint: {probe.error.hint}", markup=False)


def probe_row(probe: Probe) -> Row:
    error = probe.error
    return {
        "connection": probe.connection,
        "who": probe.who,
        "error": {"code": error.code, "message": str(error), "actor": error.actor} if error else None,
    }


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
        if row["error"]:
            note = f"`{row['error']['code']}`"
        lines.append(
            f"| `{row['id']}` | {number(before['current'])} → {number(row['current'])} {row['unit']} "
            f"| {share(before['progress'])} → {share(row['progress'])} "
            f"| {before['pace'] or '—'} → {row['pace'] or '—'} | {note} |"
        )
    lines += [f"- removed: `{removed['id']}@{removed['cycle']}`" for removed in rows["removed"]]
    sys.stdout.write("\n".join(lines) + "\n")


def show_sync(done: Synced) -> None:
    """A line per connection, then what is wrong, then the deliveries."""
    from rich.table import Table

    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for name in ("connection", "queries", "requests", "kB", "seconds", "failures"):
        table.add_column(name, justify="left" if name in ("connection", "failures") else "right")
    for name, row in done.report.record()["connections"].items():
        failures = ", ".join(f"{code} × {n}" for code, n in row["failures"].items())
        table.add_row(
            name,
            str(row["distinct_queries"]),
            str(row["requests"]),
            f"{row['bytes'] / 1000:.1f}",
            f"{row['seconds']:.2f}",
            f"[red]{failures}[/]" if failures else "[green]none[/]",
        )
    out.print(table)
    for state in done.report.broken:
        if state.error:
            out.print(f"{state.subject}: {state.error.message}", style="red", markup=False)
    out.print(
        f"sync {done.report.outcome}: {done.report.key_results} key results, {done.report.events} events"
    )
    show_deliveries(done.deliveries)


def show_deliveries(deliveries: Delivered | None) -> None:
    if deliveries is not None and any(deliveries.row().values()):
        console().print(
            f"deliveries: {deliveries.delivered} delivered, {deliveries.waiting} waiting, {deliveries.dead} dead"
        )


def show_status(rows: Row) -> None:
    out = console()
    if not rows["key_results"]:
        out.print("nothing recorded yet: `syncd sync`")
        return
    out.print(key_result_table(rows["key_results"]))
    show_errors(rows["key_results"])


def show_errors(rows: Iterable[Row]) -> None:
    out = console()
    for row in rows:
        if row["error"]:
            out.print(f"{row['id']}: {row['error']['message']}", style="red", markup=False)


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
    if facts["error"]:
        out.print(f"  {facts['error']['code']}: {facts['error']['message']}", style="red", markup=False)
    if facts["formula"]:
        out.print(f"  formula  {facts['formula']}", markup=False)
    for used in facts["inputs"]:
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
    mapping = facts["mapping"]
    out.print(f"  mapping  {mapping['path']}:{mapping['line']} ({mapping['digest'][:12]})", markup=False)
    out.print(f"  applied  {mapping['applied_at'] or '—'} by {mapping['applied_by'] or '—'}", markup=False)
    for past in facts["history"]:
        out.print(
            f"  {past['at']}  {number(past['current'])}  {share(past['progress'])}  {past['origin']}",
            style="dim",
        )


def show_connectors(listed: Iterable[Row]) -> None:
    out = console()
    for connector in listed:
        out.print(f"[bold]{connector['name']}[/] {connector['title']}")
        for kind, about in connector["kinds"].items():
            out.print(f"  {kind:16} {about['says']}", markup=False)


def show_items(items: Iterable[Item]) -> None:
    out = console()
    for item in items:
        out.print(f"{item.kind:14} {item.name}  {item.detail}", markup=False)


def show_measurement(row: Row) -> None:
    about = "about " if row["approximate"] else ""
    out = console()
    out.print(f"{about}{row['value']:.15g} {row['unit']}")
    out.print(
        f"{row['requests']} requests, {row['seconds']} s  {row['evidence_url'] or ''}",
        style="dim",
        markup=False,
    )


def share(progress: float | None) -> str:
    return "—" if progress is None else f"{progress:.1%}"
