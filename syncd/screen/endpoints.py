"""Who is told, and how deliveries go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from syncd.errors import excerpt
from syncd.screen.terminal import console, counted, print_json

if TYPE_CHECKING:
    from syncd.people.endpoints import NewSecret

Row = Mapping[str, Any]  # Any: JSON

_STATES = {
    "enabled": "green",
    "delivered": "green",
    "paused": "yellow",
    "waiting": "yellow",
    "disabled": "red",
    "dead": "red",
}


def show_new_secret(made: NewSecret, *, as_json: bool) -> None:
    """The one place where a secret is shown."""
    until = made.others_until and made.others_until.isoformat()
    if as_json:
        print_json({"endpoint": made.endpoint, "secret": made.text, "others_until": until})
        return
    out = console()
    out.print(made.text, markup=False, soft_wrap=True)
    out.print("keep it now: it is not shown again", style="dim")
    if until:
        out.print(f"the one before it signs too until {until}", style="dim")


def show_endpoints(rows: Sequence[Row]) -> None:
    out = console()
    if not rows:
        out.print("no endpoints yet: `syncd endpoints add NAME URL`", markup=False)
        return
    titles = ("name", "owner", "state", "circuit", "open", "oldest", "dead", "last delivered", "url")
    table = Table(*titles, box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            row["name"],
            row["owner"],
            _state(row["state"], row["disabled_reason"] or (row["problem"] or {}).get("code")),
            row["circuit"],
            str(row["open"]),
            _age(row["oldest_age_s"]),
            str(row["dead"]),
            row["last_delivered_at"] or "never",
            Text(row["url"] or "—"),
        )
    out.print(table)


def show_endpoint(row: Row) -> None:
    out = console()
    for name, value in row.items():
        if name == "problem" and value:
            told = f"{value['code']}: {value['message']}"
        elif isinstance(value, list):
            told = ", ".join(value) or "—"
        else:
            told = "—" if value is None else str(value)
        out.print(Text.assemble((f"{name.replace('_', ' '):18} ", "dim"), told), soft_wrap=True)


def show_acted(message: str, what: str, row: Row, *, as_json: bool) -> None:
    """What an act set going, and what became of what was due."""
    if as_json:
        print_json(row)
        return
    told = f"{message}; {what}: {row['count']}"
    if delivered := row["deliveries"]:
        told += ", " + ", ".join(f"{name} {count}" for name, count in delivered.items())
    console().print(told, markup=False)


def show_tested(row: Row, *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    told = row["message"] or f"HTTP {row['status']}"
    line = Text.assemble(_state(row["outcome"], None), f"  {told} after {row['seconds']:.2f} s")
    console().print(line, soft_wrap=True)


def show_delivery_rows(rows: Sequence[Row]) -> None:
    out = console()
    if not rows:
        out.print("no deliveries")
        return
    titles = ("id", "endpoint", "type", "subject", "seq", "state", "attempts", "queued", "last answer")
    table = Table(*titles, box=None, pad_edge=False)
    is_ambiguous = len({row["cycle"] for row in rows if row["cycle"]}) > 1  # ids may be in each of them
    for row in rows:
        last = row["tried"][-1] if row["tried"] else None
        table.add_row(
            str(row["id"]),
            row["endpoint"],
            row["type"],
            f"{row['subject']}@{row['cycle']}" if is_ambiguous and row["cycle"] else row["subject"],
            str(row["sequence"]),
            _state(row["state"], row["reason"]),
            str(row["attempts"]),
            row["queued_at"],
            Text(excerpt(last["message"] or f"HTTP {last['status']}", 60) if last else "—"),
        )
    out.print(table)


def show_delivery(row: Row) -> None:
    out = console()
    for name, value in row.items():
        if name != "tried":
            told = "—" if value is None else str(value)
            out.print(Text.assemble((f"{name.replace('_', ' '):18} ", "dim"), told), soft_wrap=True)
    out.print(Text(counted(len(row["tried"]), "attempt"), style="bold"))
    for one in row["tried"]:
        told = one["message"] or f"HTTP {one['status']}"
        line = f"{one['number']:3}  {one['at']}  {one['outcome']}  {told}  ({one['seconds']:.2f} s)"
        out.print(Text(line), soft_wrap=True)


def _state(state: str, why: str | None) -> Text:
    return Text(state.replace("_", " ") + (f" ({why})" if why else ""), style=_STATES.get(state, ""))


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "—"
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:.0f}s"
