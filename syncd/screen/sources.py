"""Connectors, what can be asked of them, one answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from syncd.screen.terminal import console, counted

if TYPE_CHECKING:
    from syncd.sdk.plugin import Item

Row = dict[str, Any]  # Any: JSON


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
        f"{counted(row['requests'], 'request')}, {row['seconds']} s  {row['evidence_url'] or ''}",
        style="dim",
        markup=False,
    )
