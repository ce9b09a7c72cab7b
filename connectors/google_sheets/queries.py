"""What can be asked of a spreadsheet."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from connectors.google_sheets import a1
from syncd.sdk import Ask

Aggregate = Literal["sum", "mean", "count", "min", "max", "last"]

_LINK = re.compile(r"https://docs\.google\.com/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]+)(?:[/?#].*)?")
_ID = re.compile(r"[A-Za-z0-9_-]+")


def _id_of(text: str) -> str:
    link = _LINK.fullmatch(text)
    if link:
        return link[1]
    if not _ID.fullmatch(text):
        raise ValueError("a spreadsheet is named by its id, or by its link on docs.google.com")
    return text


def _one_cell(text: str) -> str:
    area = a1.parse(text)
    if area is None:
        raise ValueError("not a cell; write it as 'Tab!B7', or as {tab, row, column} with labels")
    if not area.is_cell:
        raise ValueError("several cells; use `range` with `aggregate` to make one number of them")
    return text


SpreadsheetId = Annotated[str, AfterValidator(_id_of)]
"""The id, or the link that a browser shows; kept as the id."""

Label = Annotated[str, Field(min_length=1)] | int


class Labels(BaseModel):
    """A cell found by the labels around it, so that it may move.

    Row labels stand in the tab's first filled column, column labels in the first row that has a
    value right of it; so a title may stand above the table.

    Attributes:
        column: A column's label, or `last`: the row's last filled cell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    tab: Annotated[str, Field(min_length=1)]
    row: Label
    column: Label


class Where(BaseModel):
    """Which cells of a range take part; exactly one condition."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    equals: bool | int | float | str | None = None
    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if len(self.model_fields_set) != 1 or None in self.model_dump(include=self.model_fields_set).values():
            raise ValueError("`where` has exactly one of `equals`, `above`, `below`")
        return self


class Cell(Ask):
    """One cell, by its address (`Adoption!B7`) or by the labels of its row and column."""

    cell: Annotated[str, AfterValidator(_one_cell)] | Labels
    spreadsheet: SpreadsheetId | None = None


class NamedRange(Ask):
    """The one cell that a named range holds."""

    named_range: Annotated[str, Field(pattern=r"^[A-Za-z_À-￿][\w.]*$", examples=["active_users"])]
    spreadsheet: SpreadsheetId | None = None


class Range(Ask):
    """One number made of several cells: `range: "Signups!C2:C"` with an `aggregate`."""

    has_sample = True
    range: Annotated[str, Field(min_length=1, max_length=500)]
    aggregate: Aggregate
    where: Where | None = None
    spreadsheet: SpreadsheetId | None = None

    @model_validator(mode="after")
    def _text_is_only_counted(self) -> Self:
        text = self.where is not None and isinstance(self.where.equals, str | bool)
        if text and self.aggregate != "count":
            raise ValueError(f"cells that equal {self.where.equals!r} can be counted only")  # type: ignore[union-attr]  # `text` says that there is one
        return self


SheetsAsk = Cell | NamedRange | Range
