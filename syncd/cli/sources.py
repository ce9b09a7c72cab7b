"""Commands about sources: connectors, browse, measure, new-connector."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, app, config_path


@app.command(epilog="Example: `syncd connectors`")
def connectors(*, json: Json = False) -> None:
    """List the installed connectors and the kinds of queries that each answers."""
    from syncd import bootstrap
    from syncd.commands import sources

    listed = [sources.connector_row(plugin) for plugin in bootstrap.plugins().values()]
    if json:
        screen.print_json({"connectors": listed})
    else:
        screen.show_connectors(listed)


@app.command(
    epilog="Examples: `syncd browse tracker` · `syncd browse tracker fields` · `syncd browse code acme/app`"
)
def browse(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(help="A connection of syncd.yaml.")],
    about: Annotated[
        str | None, typer.Argument(help="What to look at; each connector has its own words.")
    ] = None,
    *,
    config: Config = None,
    json: Json = False,
) -> None:
    """Show what can be asked of a connection: fields, tabs, labels."""
    from syncd import bootstrap
    from syncd.commands import sources

    items = sources.browse(bootstrap.install(config_path(context, config)), connection, about)
    if json:
        screen.print_json({"items": [{"kind": i.kind, "name": i.name, "detail": i.detail} for i in items]})
    else:
        screen.show_items(items)


@app.command(epilog="""Example: `syncd measure tracker 'count: "project = PHX"'`""")
def measure(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(help="A connection of syncd.yaml.")],
    query: Annotated[str, typer.Argument(help="The query as in a mapping, without `from`.")],
    *,
    config: Config = None,
    json: Json = False,
) -> None:
    """Try one query without a file."""
    from syncd import bootstrap
    from syncd.commands import sources

    row = sources.measure_one(bootstrap.install(config_path(context, config)), connection, query)
    if json:
        screen.print_json(row)
    else:
        screen.show_measurement(row)


@app.command("new-connector", epilog="Example: `syncd new-connector statuspage`")
def new_connector(
    name: Annotated[
        str, typer.Argument(help="Lower case, digits and _; the connector's one name everywhere.")
    ],
    folder: Annotated[
        Path, typer.Option("--into", help="Where the package's folder, `syncd-NAME`, is made.")
    ] = Path(),
) -> None:
    """Write a connector package that passes its suite as it stands."""
    from syncd.sdk import template

    out = screen.console()
    written = template.write(name, folder)
    for path in written:
        out.print(f"wrote {path}", markup=False)
    out.print(f"next: `cd {written[0].parent}`, and follow its README.md", markup=False)
