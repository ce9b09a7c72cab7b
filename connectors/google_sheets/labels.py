"""Finds a cell by the labels around it. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from connectors.google_sheets import a1
from connectors.google_sheets.cells import CellValue, Found, Grid, is_empty, to_number
from connectors.google_sheets.queries import Label, Labels
from syncd.sdk import MalformedResponse, QueryRejected

LAST = "last"


def labelled(grid: Grid, labels: Labels) -> Found:
    """The number where a labelled row and a labelled column meet; `grid` is the tab from A1 on.

    Raises:
        QueryRejected: A label is not there, or there twice.
        MalformedResponse: The cell holds no number.
    """
    row, column = _locate(grid, labels)
    cell = grid[row][column] if column < len(grid[row]) else None
    where = f"{a1.quoted(labels.tab)}!{a1.address(row, column)}"
    return Found(value=to_number(cell, where=where), where=where)


def _locate(grid: Grid, labels: Labels) -> tuple[int, int]:
    filled = [(r, c) for r, cells in enumerate(grid) for c, cell in enumerate(cells) if not is_empty(cell)]
    if not filled:
        raise QueryRejected(f"tab {labels.tab!r} is empty; there is no row {labels.row!r}")
    label_column = min(c for _, c in filled)
    row = _only(
        {a1.address(r, c): (r, _text(grid[r][c])) for r, c in filled if c == label_column},
        labels.row,
        what=f"row of tab {labels.tab!r}",
    )
    right = [(r, c) for r, c in filled if c > label_column]
    if labels.column == LAST:
        columns = [c for r, c in right if r == row]
        if not columns:
            raise MalformedResponse(
                f"row {labels.row!r} of tab {labels.tab!r} has no filled cell", code="empty_cell"
            )
        return row, columns[-1]
    heading = min((r for r, _ in right), default=row)
    column = _only(
        {a1.address(r, c): (c, _text(grid[r][c])) for r, c in right if r == heading},
        labels.column,
        what=f"column of tab {labels.tab!r}",
    )
    return row, column


def _only(candidates: Mapping[str, tuple[int, str]], label: Label, *, what: str) -> int:
    """Index of the one candidate (address -> index, label) that bears the label."""
    wanted = str(label).strip()
    bearers = {address: index for address, (index, text) in candidates.items() if text == wanted}
    if len(bearers) == 1:
        return next(iter(bearers.values()))
    if bearers:
        raise QueryRejected(
            f"two labels {wanted!r} for a {what}: {', '.join(bearers)}",
            hint="make the labels differ, or use a named range",
        )
    near = difflib.get_close_matches(wanted, [text for _, text in candidates.values()], n=1)
    raise QueryRejected(
        f"no {what} is labelled {wanted!r}",
        hint=f"did you mean {near[0]!r}?" if near else "was it renamed? a named range survives that",
    )


def _text(cell: CellValue) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
