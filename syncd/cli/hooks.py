"""Commands for webhooks that come in."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, app, config_path

hooks = typer.Typer(no_args_is_help=True, help="Webhooks of sources, which tell of changes at once.")
app.add_typer(hooks, name="hooks")


@hooks.command(
    name="install",
    epilog="Examples: `syncd hooks install code --dry-run`  \n"
    "`syncd hooks install code --url https://okr.acme.com`",
)
def install(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(help="A connection of syncd.yaml.", show_default=False)],
    *,
    url: Annotated[
        str | None, typer.Option(help="Where the source reaches us.", show_default="public_url")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Register the hooks of a connection at its source. The one command that writes to a source."""
    from syncd import bootstrap
    from syncd.commands.hooks import install_hooks

    installation = bootstrap.install(config_path(context, config))
    done = install_hooks(installation, connection, url=url, dry_run=dry_run)
    if json:
        screen.print_json([one.row() for one in done])
    else:
        for one in done:
            typer.echo(f"{one.did:<12} {one.place or 'the whole site'}  {one.address}")
            if one.error:
                typer.echo(f"  {one.error}", err=True)
                typer.echo(f"  {one.hint or 'enter it by hand; the admin guide says where'}", err=True)
        if not done:
            typer.echo("no mapping asks this connection for what its hooks could tell")
    if any(one.did == "failed" for one in done):
        raise typer.Exit(1)
