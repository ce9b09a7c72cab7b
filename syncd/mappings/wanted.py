"""An id that a file names and that may stand in another: text until all files are read."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.okr.definition import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An id as written.

    `unknown`: the code of the finding when nothing has it.
    """

    text: str
    place: Place
    unknown: str = "unknown_supports"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPart:
    """A part of a composite, and how much it weighs."""

    wanted: Wanted
    weight: float
