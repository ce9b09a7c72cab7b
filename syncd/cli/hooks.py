"""Commands for webhooks that come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, app, config_path

if TYPE_CHECKING:
    from syncd.commands.hooks import Done, Listed

hooks = typer.Typer(no_args_is_help=True, help="Webhooks of sources, which tell of changes at once.")
app.add_typer(hooks, name="hooks")

Connection = Annotated[str, typer.Argument(help="A connection of syncd.yaml.", show_default=False)]
Url = Annotated[str | None, typer.Option(help="Where the source reaches us.", show_default="public_url")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Places = Annotated[
    list[str] | None,
    typer.Argument(help="Where, in the source's words.", show_default="where the mappings look"),
]


@hooks.command(
    name="install",
    epilog="Examples: `syncd hooks install code --dry-run`  \n"
    "`syncd hooks install code --url https://okr.acme.com`",
)
def install(
    context: typer.Context,
    connection: Connection,
    *,
    url: Url = None,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Register the hooks of a connection at its source. Writes to the source."""
    from syncd import bootstrap
    from syncd.commands.hooks import install_hooks

    installation = bootstrap.install(config_path(context, config))
    _tell(install_hooks(installation, connection, url=url, dry_run=dry_run), json=json)


@hooks.command(
    name="remove",
    epilog="Examples: `syncd hooks remove code --dry-run`  \n`syncd hooks remove code acme/old`",
)
def remove(
    context: typer.Context,
    connection: Connection,
    places: Places = None,
    *,
    url: Url = None,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Take the hooks of a connection away at its source. Writes to the source."""
    from syncd import bootstrap
    from syncd.commands.hooks import remove_hooks

    installation = bootstrap.install(config_path(context, config))
    done = remove_hooks(installation, connection, places=places or (), url=url, dry_run=dry_run)
    _tell(done, json=json)


@hooks.command(name="list", epilog="Example: `syncd hooks list code --json`")
def list_(
    context: typer.Context,
    connection: Connection,
    *,
    url: Url = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Where the hooks of a connection are registered at its source, and where they are missing."""
    from syncd import bootstrap
    from syncd.commands.hooks import list_hooks

    installation = bootstrap.install(config_path(context, config))
    listed = list_hooks(installation, connection, url=url)
    _show(listed, [one.state for one in listed], json=json)
    if any(one.state == "failed" for one in listed):
        raise typer.Exit(1)
    if any(one.state == "missing" for one in listed):
        raise typer.Exit(2)


def _tell(done: Sequence[Done], *, json: bool) -> None:
    _show(done, [one.did for one in done], json=json)
    if any(one.did == "failed" for one in done):
        raise typer.Exit(1)


def _show(rows: Sequence[Done | Listed], words: Sequence[str], *, json: bool) -> None:
    if json:
        screen.print_json([one.row() for one in rows])
        return
    for word, one in zip(words, rows, strict=True):
        typer.echo(f"{word:<12} {one.place or 'the whole site'}  {one.address}")
        if one.error:
            typer.echo(f"  {one.error}", err=True)
            typer.echo(f"  {one.hint or 'enter it by hand; the admin guide says where'}", err=True)
    if not rows:
        typer.echo("no mapping asks this connection for what its hooks could tell")
