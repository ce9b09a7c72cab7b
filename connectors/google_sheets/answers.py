"""What the API answers, as far as it is used here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from connectors.google_sheets.cells import CellValue


class ValueRange(BaseModel):
    """One range of an answer: the cells it covers, and their values."""

    model_config = ConfigDict(frozen=True)

    range: str = ""
    values: list[list[CellValue]] = []


class Outline(BaseModel):
    """What a spreadsheet consists of: its tabs with their sizes, its named ranges."""

    model_config = ConfigDict(frozen=True)

    class Sheet(BaseModel):
        class Properties(BaseModel):
            class Grid(BaseModel):
                rows: int = Field(default=0, alias="rowCount")
                columns: int = Field(default=0, alias="columnCount")

            title: str
            grid: Grid = Field(default_factory=Grid, alias="gridProperties")

        properties: Properties

    class NamedRange(BaseModel):
        name: str

    sheets: list[Sheet] = []
    named_ranges: list[NamedRange] = Field(default=[], alias="namedRanges")


class Values(BaseModel):
    """Of `values:batchGet`: one range each, in the order of the request."""

    model_config = ConfigDict(frozen=True)

    value_ranges: list[ValueRange] = Field(default=[], alias="valueRanges")
