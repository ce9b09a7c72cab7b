"""An id that a file names and that may stand in another: text until all files are read."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.okr.definition import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An id as written: what an objective supports, or a part of a composite."""

    text: str
    place: Place
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPart:
    """A part of a composite, and how much it weighs."""

    wanted: Wanted
    weight: float
