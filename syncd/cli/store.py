"""Commands about the store: store show, store new-epoch; `endpoints` adds store new-key."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, app, config_path

store = typer.Typer(
    help="The store: what is in it, restoring it, the keys that seal its secrets.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
app.add_typer(store, name="store")


@store.command(epilog="Examples: `syncd store show` · `syncd store show --json`")
def show(context: typer.Context, *, config: Config = None, json: Json = False) -> None:
    """Show where the store is, its schema, epoch and size, and how many rows it has."""
    from syncd import bootstrap
    from syncd.commands.storing import show_store

    found = asyncio.run(show_store(bootstrap.install(config_path(context, config))))
    if json:
        screen.print_json(found.row())
        return
    screen.show_store(found.row())


@store.command(
    name="new-epoch",
    epilog="Examples: `syncd store new-epoch --reason 'restored the backup of last night'`",
)
def new_epoch(
    context: typer.Context,
    *,
    reason: Annotated[str | None, typer.Option(help="Why; kept in the audit.", show_default=False)] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """After restoring a backup: tell consumers everything once more, in a new epoch.

    They come round to what the backup knows, whatever the lost store had told them since. Stop
    `syncd serve` first.
    """
    from syncd import bootstrap
    from syncd.commands.storing import new_epoch as begin

    done = asyncio.run(begin(bootstrap.install(config_path(context, config)), reason=reason))
    if json:
        screen.print_json(done.row())
        return
    screen.show_new_epoch(done)
