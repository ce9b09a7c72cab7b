"""The demo's live table: what is shown where not all of it fits."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from syncd.demo.watch import FOOT_LINES, Picture
from syncd.views.rows import key_result_row
from tests.states import a_state

Row = dict[str, Any]  # Any: JSON


def row(number: int, *, sequence: int = 1) -> Row:
    return key_result_row(
        a_state(f"product/growth/number-{number:02}", current=30.0, progress=0.75, sequence=sequence)
    )


def a_console(*, width: int = 120, height: int) -> Console:
    return Console(file=io.StringIO(), width=width, height=height, force_terminal=True, highlight=False)


def seen(picture: Picture, console: Console, known: list[Row]) -> list[str]:
    """The lines on the screen, without colours."""
    lines = console.render_lines(picture.of(known), pad=False)
    return ["".join(segment.text for segment in line).rstrip() for line in lines]


def ids(lines: list[str]) -> list[str]:
    return [line.split()[0].rpartition("-")[2] for line in lines if line.startswith("product/")]


def test_all_of_them_stand_in_the_order_of_their_ids_where_they_fit() -> None:
    console = a_console(height=20)
    picture = Picture(console)
    seen(picture, console, [row(1), row(2), row(3)])

    lines = seen(picture, console, [row(1), row(2), row(3, sequence=2)])

    assert ids(lines) == ["01", "02", "03"]
    assert lines[-1] == "4 events so far"


def test_in_a_low_terminal_those_that_moved_last_come_first() -> None:
    console = a_console(height=6)
    picture = Picture(console)
    seen(picture, console, [row(n) for n in range(1, 10)])
    seen(picture, console, [row(n, sequence=2 if n == 5 else 1) for n in range(1, 10)])

    lines = seen(picture, console, [row(n, sequence=2 if n in (5, 8) else 1) for n in range(1, 10)])

    assert ids(lines) == ["08", "05", "01"]


def test_it_says_how_many_have_no_room() -> None:
    console = a_console(height=6)

    lines = seen(Picture(console), console, [row(n) for n in range(1, 10)])

    assert lines[-1] == "9 events so far; 6 more key results moved no later, and have no room"


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("height", [1, 2, 3, 4, 10, 24])
def test_it_is_never_higher_than_the_terminal(width: int, height: int) -> None:
    console = a_console(width=width, height=height)

    lines = seen(Picture(console), console, [row(n) for n in range(1, 40)])

    assert len(lines) <= max(height, FOOT_LINES)
