"""Draws the pictures of the guides: `python docs/pictures` writes them beside this file.

Nothing of syncd is imported: each shape is drawn by the formula that its page states, so that a
picture is a second opinion. The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from judgements import freshness, pace, phases
from kinds import change, keep, milestones, observe, rate, reach
from lives import lifecycle, people, shadow
from mixes import composite, rollup

PICTURES: dict[str, Callable[[], str]] = {
    "reach": reach,
    "change": change,
    "keep": keep,
    "rate": rate,
    "milestones": milestones,
    "composite": composite,
    "rollup": rollup,
    "observe": observe,
    "pace": pace,
    "phases": phases,
    "freshness": freshness,
    "lifecycle": lifecycle,
    "people": people,
    "shadow": shadow,
}
"""File name without `.svg` -> what draws it."""


def main() -> None:
    for name, draw in PICTURES.items():
        Path(__file__).with_name(f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
