"""Who may use the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from syncd.screen.terminal import console


def show_keys(rows: Sequence[dict[str, Any]]) -> None:  # Any: JSON
    out = console()
    if not rows:
        out.print("no keys yet: `syncd keys create NAME`", markup=False)
        return
    table = Table("id", "name", "scope", "teams", "state", "last used", "expires", box=None, pad_edge=False)
    for row in rows:
        teams = "all" if row["teams"] is None else ", ".join(row["teams"])
        used, expires = row["last_used_at"] or "never", (row["expires_at"] or "never")[:10]
        table.add_row(row["id"], row["name"], row["scope"], teams, row["state"], used, expires)
    out.print(table)
