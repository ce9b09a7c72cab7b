"""What subjects are called on a screen: by their id, and by their cycle too where that could be several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]  # Any: JSON
Name = Callable[[Row], str]


def whole_name(row: Row) -> str:
    """`ID@CYCLE`, as every command takes it."""
    return f"{row['id']}@{row['cycle']}"


def names_among(rows: Iterable[Row]) -> Name:
    """`ID`; `ID@CYCLE` where the rows are of several cycles, which may well share their ids."""
    return whole_name if len({row["cycle"] for row in rows}) > 1 else lambda row: str(row["id"])
