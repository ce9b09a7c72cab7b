"""The demo's screen: every key result that moved, as it moves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from syncd import screen
from syncd.bootstrap import Installation
from syncd.commands.explain import recorded_states
from syncd.okr.state import KeyResultState, States
from syncd.views.rows import rows

LOOK_EVERY_S = 1.0
FOOT_LINES = 2
"""Under the table: one line, and the one where the cursor waits."""

Row = dict[str, Any]  # Any: JSON
Name = tuple[str, str]


async def show_moves(installation: Installation, *, after: asyncio.Event) -> None:
    """A live table in a terminal; elsewhere a line per key result that moved."""
    await after.wait()
    out = screen.console()
    if not out.is_terminal:
        await _print_moves(installation)
        return
    picture = Picture(out)
    with Live(console=out, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            states = await recorded_states(installation)
            live.update(picture.of(rows(states)["key_results"]), refresh=True)
            await asyncio.sleep(LOOK_EVERY_S)


class Picture:
    """What fits on the terminal: all key results in the order of their ids, or those that moved last."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._looks = 0
        self._known: dict[Name, int] = {}
        self._moved: dict[Name, int] = {}

    def of(self, known: Sequence[Row]) -> Group:
        """The table, and how much of it there is no room for.

        Args:
            known: Rows of `syncd status`, in the order of their ids.
        """
        self._remember(known)
        lines = self._console.height - FOOT_LINES
        table, shown = screen.fitting_table(known, console=self._console, lines=lines)
        if shown < len(known):
            table, shown = screen.fitting_table(self._newest_first(known), console=self._console, lines=lines)
        events = sum(row["sequence"] for row in known)
        return Group(table, Text(_foot(events, hidden=len(known) - shown), style="dim", no_wrap=True))

    def _remember(self, known: Sequence[Row]) -> None:
        self._looks += 1
        for row in known:
            if self._known.get(_name(row)) != row["sequence"]:
                self._known[_name(row)], self._moved[_name(row)] = row["sequence"], self._looks

    def _newest_first(self, known: Sequence[Row]) -> list[Row]:
        return sorted(known, key=lambda row: -self._moved[_name(row)])  # stable: else by id


def _name(row: Row) -> Name:
    return row["cycle"], row["id"]


def _foot(events: int, *, hidden: int) -> str:
    said = screen.counted(events, "event") + " so far"
    return f"{said}; {hidden} more key results moved no later, and have no room" if hidden else said


async def _print_moves(installation: Installation) -> None:
    before: States = {}
    while True:
        states = await recorded_states(installation)
        for line in moves(before, states):
            screen.console().print(line, markup=False)
        before = states
        await asyncio.sleep(LOOK_EVERY_S)


def moves(before: States, after: States) -> list[str]:
    """One line per key result whose value differs."""
    lines = []
    for subject, state in after.items():
        old = before.get(subject)
        if not isinstance(state, KeyResultState) or state.current is None:
            continue
        was = old.current if isinstance(old, KeyResultState) else None
        if was != state.current:
            lines.append(
                f"{subject.id}: {screen.number(was)} → {screen.number(state.current)} {state.unit}, "
                f"progress {screen.share(state.progress)}"
            )
    return lines
