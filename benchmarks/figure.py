"""One measured figure beside its floor, and how it is printed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Seconds of several rounds, ours and the floor's taken by turns: each round is a pair.

    Attributes:
        aim: The ratio may be so large; None: a figure to know, not to judge.
        share: Of the rounds that are as quick or quicker; 0.5 is the median.
    """

    name: str
    ours_s: Sequence[float]
    floor_s: Sequence[float]
    aim: float | None = None
    share: float = 0.5

    @property
    def ours(self) -> float:
        return _of(self.ours_s, self.share)

    @property
    def floor(self) -> float:
        return _of(self.floor_s, self.share)

    @property
    def ratio(self) -> float:
        """The median of the rounds' own ratios: what slows a machine for a while slows both of a pair.

        Of another share than the half: of the two figures, since the rounds of one are not the other's.
        """
        if self.share != 0.5 or len(self.ours_s) != len(self.floor_s):
            return self.ours / self.floor
        return statistics.median(ours / floor for ours, floor in zip(self.ours_s, self.floor_s, strict=True))

    @property
    def verdict(self) -> str:
        if self.aim is None:
            return "-"
        return "met" if self.ratio <= self.aim else "missed"

    def row(self) -> dict[str, Any]:  # Any: JSON
        return {
            "name": self.name,
            "ours_ms": round(self.ours * 1000, 1),
            "ours_best_ms": round(min(self.ours_s) * 1000, 1),
            "floor_ms": round(self.floor * 1000, 1),
            "floor_best_ms": round(min(self.floor_s) * 1000, 1),
            "ratio": round(self.ratio, 2),
            "aim": self.aim,
            "verdict": self.verdict,
            "rounds": len(self.ours_s),
        }


def _of(seconds: Sequence[float], share: float) -> float:
    if share == 0.5:
        return statistics.median(seconds)
    return sorted(seconds)[math.ceil(share * len(seconds)) - 1]


def show(figures: Sequence[Figure], *, counted: Sequence[tuple[str, int]], machine: str) -> None:
    """Medians, or what the name says, with the best round in brackets."""
    table = Table("", "syncd, ms", "floor, ms", "ratio", "aim", "", title=machine, title_justify="left")
    for figure in figures:
        row = figure.row()
        table.add_row(
            figure.name,
            f"{row['ours_ms']:.0f} ({row['ours_best_ms']:.0f})",
            f"{row['floor_ms']:.0f} ({row['floor_best_ms']:.0f})",
            f"{figure.ratio:.2f}",
            "-" if figure.aim is None else f"{figure.aim:g}",
            figure.verdict,
        )
    for name, count in counted:
        table.add_row(name, str(count), "", "", "", "")
    Console(width=120).print(table)
