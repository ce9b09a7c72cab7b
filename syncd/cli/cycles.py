"""Commands about cycles: cycle list, cycle close."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Author, Config, Json, app, config_path

cycles = typer.Typer(
    help="Cycles: which there are, and closing one.", no_args_is_help=True, rich_markup_mode="markdown"
)
app.add_typer(cycles, name="cycle")


@cycles.command(name="list", epilog="Examples: `syncd cycle list` · `syncd cycle list --json`")
def list_(context: typer.Context, *, config: Config = None, json: Json = False) -> None:
    """Show the cycles: not begun, running, ended, or closed."""
    from syncd import bootstrap
    from syncd.commands.closing import list_cycles

    found = asyncio.run(list_cycles(bootstrap.install(config_path(context, config))))
    if json:
        screen.print_json({"cycles": [one.row() for one in found]})
        return
    screen.show_cycles([one.row() for one in found])


@cycles.command(epilog="Examples: `syncd cycle close 2026-Q4` · `syncd cycle close 2026-Q4 --by anna`")
def close(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in syncd.yaml.")],
    *,
    early: Annotated[bool, typer.Option("--early", help="Also before its last day.")] = False,
    author: Author = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Close a cycle for good: its numbers stay as they are now, whatever is read or applied.

    One that nobody closes closes by itself, 14 days after its last day.
    """
    from syncd import bootstrap
    from syncd.commands.closing import close_one

    installation = bootstrap.install(config_path(context, config))
    done = asyncio.run(close_one(installation, name, early=early, author=author))
    if json:
        screen.print_json(done.row())
        return
    screen.show_closed(done)
