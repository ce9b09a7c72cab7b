"""What people said, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.screen.numbers import show_deliveries
from syncd.screen.terminal import console, number, share

if TYPE_CHECKING:
    from syncd.commands.check_in import CheckedIn
    from syncd.commands.confirm import Confirmed


def show_check_in(done: CheckedIn) -> None:
    out, state, word = console(), done.state, done.word
    out.print(
        f"{state.subject}: {number(state.current)} {state.unit}, progress {share(state.progress)}",
        markup=False,
    )
    if word.until is not None:
        measured = (state.details or {}).get("override", {}).get("measured", {}).get("value")
        out.print(f"  stands for the measured {number(measured)} until {word.until:%Y-%m-%d %H:%M} UTC")
    if state.mode == "shadow" and word.value is not None and state.origin != "person":
        out.print(f"  in shadow: {number(word.value)} is kept beside the computed number, see `syncd drift`")
    if word.confidence is not None:
        out.print(f"  confidence {share(word.confidence)}")
    show_deliveries(done.deliveries)


def show_confirmation(done: Confirmed) -> None:
    state = done.state
    console().print(
        f"{state.subject}: {number(done.word.confirms)} {state.unit} is accepted,"
        f" progress {share(state.progress)}",
        markup=False,
    )
    show_deliveries(done.deliveries)
