"""Commands about changes to the mappings: plan, apply."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, ServerKey, ServerUrl, app, config_path


@app.command(
    epilog="Examples: `syncd plan` · `syncd plan --json` · `syncd plan --recorded --markdown` (in CI)  \n"
    "`syncd plan --server https://okrs.example.com`"
)
def plan(
    context: typer.Context,
    *,
    config: Config = None,
    json: Json = False,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Use stored measurements; ask no source, need no secret.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a pull-request comment.")] = False,
    server: ServerUrl = None,
    key: ServerKey = None,
) -> None:
    """Show what the mappings in the files would change, on the same measurements.

    Exit 0: nothing differs because of the mappings; 2: something does; 1: it failed, or a changed key
    result could not be evaluated. Nothing is written. With `--server` the files here are sent there.
    """
    from syncd import bootstrap
    from syncd.views.plan import plan_exit_code, plan_rows

    installation = bootstrap.install(config_path(context, config))
    if server is not None:
        from syncd.commands import remote

        rows = remote.asked(
            remote.a_server(server, key=key),
            partial(remote.plan, installation=installation, recorded=recorded),
        )
    else:
        from syncd.commands.plan import preview_files

        with screen.asking(len(installation.settings.connections), quiet=json or markdown) as watch:
            rows = plan_rows(asyncio.run(preview_files(installation, recorded=recorded, watch=watch)))
    if json:
        screen.print_json(rows)
    elif markdown:
        screen.print_markdown(rows)
    else:
        screen.show_plan(rows)
    raise typer.Exit(plan_exit_code(rows))


@app.command(epilog="Examples: `syncd apply` · `syncd apply --allow-removals`")
def apply(
    context: typer.Context,
    *,
    config: Config = None,
    json: Json = False,
    allow_removals: Annotated[
        bool, typer.Option("--allow-removals", help="Archive what the files no longer define.")
    ] = False,
) -> None:
    """Make the mappings in the files the active version."""
    from syncd import bootstrap
    from syncd.commands.apply import apply_files

    installation = bootstrap.install(config_path(context, config))
    applied = asyncio.run(apply_files(installation, allow_removals=allow_removals))
    if json:
        screen.print_json(applied.row())
        return
    screen.show_applied(applied)
