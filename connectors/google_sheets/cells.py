"""From cells to a number. Pure: what the API answered comes in, a number or the reason why not goes out.

Missing is not zero, an error is not zero, an empty cell is not zero; a real zero is a zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.google_sheets.queries import Aggregate, Where
from syncd.sdk import MalformedResponse, excerpt

CellValue = bool | int | float | str | None
Grid = Sequence[Sequence[CellValue]]
"""Rows of cells; trailing empty cells and rows are cut, empty ones between are '' or None."""

ERRORS = frozenset(
    {"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!", "#SPILL!", "#CALC!"}
)
LOADING = "Loading..."
FOREIGN_CELL_LIMIT = 40
"""Characters of a cell's text that a message may carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A number, and the cell or range that it stands in."""

    value: float
    where: str
    sample_size: int | None = None


def only_cell(grid: Grid, *, where: str) -> Found:
    """The number in a range that is one cell.

    Raises:
        MalformedResponse: The cell holds no number; code `empty_cell` where it holds nothing.
    """
    return Found(value=to_number(grid[0][0] if grid and grid[0] else None, where=where), where=where)


def aggregated(grid: Grid, *, aggregate: Aggregate, condition: Where | None, where: str) -> Found:
    """One number of many cells.

    Empty cells take no part. Cells with an error fail the whole: a sum without them would be
    another sum.

    Raises:
        MalformedResponse: A cell holds an error, or text where a number is meant; or nothing is
            left to make a number of (code `empty_range`). A count of nothing is 0.
    """
    filled = [cell for row in grid for cell in row if not is_empty(cell)]
    for cell in filled:
        _refuse_error(cell, where=f"a cell of {where}")
    taking_part = [cell for cell in filled if condition is None or _holds(cell, condition, where=where)]
    if aggregate == "count":
        return Found(value=len(taking_part), where=where, sample_size=len(filled))
    if not taking_part:
        raise MalformedResponse(
            f"{where} has no filled cell{' that matches' if condition else ''} to take the {aggregate} of",
            code="empty_range",
            hint="an empty range has a count (0), but no other value",
        )
    numbers = (
        [to_number(taking_part[-1], where=f"the last filled cell of {where}")]
        if aggregate == "last"
        else [to_number(cell, where=f"a cell of {where}") for cell in taking_part]
    )
    return Found(value=_combined(numbers, aggregate, where=where), where=where, sample_size=len(numbers))


def _combined(numbers: Sequence[float], aggregate: Aggregate, *, where: str) -> float:
    try:
        match aggregate:
            case "sum":
                return math.fsum(numbers)
            case "mean":
                return math.fsum(numbers) / len(numbers)
            case "min":
                return min(numbers)
            case "max":
                return max(numbers)
            case _:
                return numbers[-1]
    except OverflowError as error:
        raise MalformedResponse(
            f"the {aggregate} of {where} is too large for a number", code="not_a_number"
        ) from error


def _holds(cell: CellValue, condition: Where, *, where: str) -> bool:
    if condition.equals is not None:
        wanted = condition.equals
        if isinstance(wanted, bool) or isinstance(cell, bool):
            return cell is wanted
        return cell.strip() == wanted if isinstance(cell, str) else cell == wanted
    number = to_number(cell, where=f"a cell of {where}")
    if condition.above is not None:
        return number > condition.above
    return condition.below is not None and number < condition.below


def to_number(cell: CellValue, *, where: str) -> float:
    """The number in a cell.

    Raises:
        MalformedResponse: `empty_cell`, `cell_error`, `cell_loading` or `not_a_number`.
    """
    if is_empty(cell):
        raise MalformedResponse(
            f"{where} is empty",
            code="empty_cell",
            hint="an empty cell is not a zero; write 0 where 0 is meant",
        )
    _refuse_error(cell, where=where)
    if isinstance(cell, bool):
        raise MalformedResponse(
            f"{where} holds {str(cell).upper()} where a number is meant", code="not_a_number"
        )
    if isinstance(cell, str):
        raise MalformedResponse(
            f"{where} holds the text {excerpt(cell, FOREIGN_CELL_LIMIT)!r} where a number is meant",
            code="not_a_number",
            hint="format the cell as a number; leave headings out of the range",
        )
    try:
        number = float(cell or 0)
    except OverflowError as error:
        raise MalformedResponse(f"{where} is too large for a number", code="not_a_number") from error
    if not math.isfinite(number):
        raise MalformedResponse(f"{where} holds {number!r}, which is no finite number", code="not_a_number")
    return number


def is_empty(cell: CellValue) -> bool:
    """A formula that gives an empty text looks empty, and is."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _refuse_error(cell: CellValue, *, where: str) -> None:
    if cell == LOADING:
        raise MalformedResponse(
            f"{where} is still loading", code="cell_loading", hint="the next sync reads it again"
        )
    if isinstance(cell, str) and cell in ERRORS:
        raise MalformedResponse(
            f"{where} holds the error {cell}", code="cell_error", hint="mend the formula in the spreadsheet"
        )
