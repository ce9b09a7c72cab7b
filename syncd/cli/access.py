"""Commands for the API: its keys, its document."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, app, config_path

keys = typer.Typer(no_args_is_help=True, help="API keys: who may ask this installation what.")
app.add_typer(keys, name="keys")


class ScopeName(StrEnum):
    """What a key may do; each includes those before it."""

    read = "read"
    check_in = "check-in"
    admin = "admin"


@keys.command(
    name="create",
    epilog="Examples: `syncd keys create dashboard`  \n"
    "`syncd keys create bot --scope check-in --team product`",
)
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for.", show_default=False)],
    *,
    scope: Annotated[ScopeName, typer.Option(help="What it may do.")] = ScopeName.read,
    team: Annotated[
        list[str] | None,
        typer.Option(
            "--team",
            help="Name of a team whose key results it may see; may be repeated.",
            show_default="everybody's",
        ),
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            "--expires",
            formats=["%Y-%m-%d"],
            help="First day on which it opens nothing, in UTC.",
            show_default="in a year",
            metavar="DATE",
        ),
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Make an API key. It is shown this once; the store keeps a digest."""
    from syncd import bootstrap
    from syncd.commands.keys import create_key
    from syncd.views.keys import key_row

    installation = bootstrap.install(config_path(context, config))
    made = asyncio.run(
        create_key(
            installation,
            name=name,
            scope=scope.value,
            teams=team or (),
            expires_at=expires.replace(tzinfo=UTC) if expires else None,
        )
    )
    if json:
        screen.print_json({**key_row(made.key, now=installation.clock()), "key": made.text})
        return
    out = screen.console()
    out.print(made.text, markup=False, soft_wrap=True)
    out.print("keep it now: it is not shown again", style="dim")


@keys.command(name="list")
def list_(context: typer.Context, *, config: Config = None, json: Json = False) -> None:
    """Show all keys, without their secrets."""
    from syncd import bootstrap
    from syncd.commands.keys import list_keys
    from syncd.views.keys import key_row

    installation = bootstrap.install(config_path(context, config))
    found = asyncio.run(list_keys(installation))
    rows = [key_row(key, now=installation.clock()) for key in found]
    if json:
        screen.print_json({"keys": rows})
        return
    screen.show_keys(rows)


@keys.command(epilog="Examples: `syncd keys revoke 0f3a9b1c2d4e`")
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Its id, as `syncd keys list` shows it.", show_default=False)],
    *,
    config: Config = None,
) -> None:
    """Take a key away: within a second it opens nothing any more."""
    from syncd import bootstrap
    from syncd.commands.keys import revoke_key

    gone = asyncio.run(revoke_key(bootstrap.install(config_path(context, config)), key))
    screen.console().print(f"{gone.id} ({gone.name}) is revoked", markup=False)


@app.command()
def openapi() -> None:
    """Print the API's OpenAPI 3.1 document, with every event type under `webhooks`."""
    from syncd.api.app import openapi_document

    screen.print_json(openapi_document())
