"""What people said, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.okr.state import KeyResultState
from syncd.screen.numbers import show_deliveries
from syncd.screen.terminal import console, number, share

if TYPE_CHECKING:
    from syncd.commands.speaking import Spoken


def show_spoken(done: Spoken) -> None:
    """The number as it is now, and what the word did to it."""
    out, state, word = console(), done.state, done.word
    if not isinstance(state, KeyResultState):
        out.print(f"{state.subject}: progress {share(state.progress)}, by hand", markup=False)
    elif word.confirms is not None:
        said = f"{number(word.confirms)} {state.unit} is accepted, progress {share(state.progress)}"
        out.print(f"{state.subject}: {said}", markup=False)
    else:
        said = f"{number(state.current)} {state.unit}, progress {share(state.progress)}"
        out.print(f"{state.subject}: {said}", markup=False)
        if word.ends_override:
            out.print("  nobody overrides it any more")
        if word.until is not None:
            measured = (state.details or {}).get("override", {}).get("measured", {}).get("value")
            out.print(f"  stands for the measured {number(measured)} until {word.until:%Y-%m-%d %H:%M} UTC")
        if state.mode == "shadow" and word.value is not None and state.origin != "person":
            beside = f"{number(word.value)} is kept beside the computed number, see `syncd drift`"
            out.print(f"  in shadow: {beside}")
        if word.confidence is not None:
            out.print(f"  confidence {share(word.confidence)}")
    show_deliveries(done.deliveries)
