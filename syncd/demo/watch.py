"""The demo's screen: every key result that moved, as it moves."""

from __future__ import annotations

import asyncio

from rich.console import Group
from rich.live import Live
from rich.text import Text

from syncd import screen
from syncd.bootstrap import Installation
from syncd.commands.explain import recorded_states
from syncd.okr.state import KeyResultState, States
from syncd.views.rows import rows

LOOK_EVERY_S = 1.0


async def show_moves(installation: Installation, *, after: asyncio.Event) -> None:
    """A live table in a terminal; elsewhere a line per key result that moved."""
    await after.wait()
    out = screen.console()
    if not out.is_terminal:
        await _print_moves(installation)
        return
    with Live(console=out, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            states = await recorded_states(installation)
            known = rows(states)["key_results"]
            moved = sum(row["sequence"] for row in known)
            live.update(
                Group(screen.key_result_table(known), Text(f"{moved} events so far", style="dim")),
                refresh=True,
            )
            await asyncio.sleep(LOOK_EVERY_S)


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
