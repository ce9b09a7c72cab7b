"""Commands that keep running: serve, demo."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from syncd.cli.app import Config, app, config_path, configure_log


@app.command(epilog="Examples: `syncd serve` · `syncd serve --watch --port 8080`")
def serve(
    context: typer.Context,
    *,
    config: Config = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")] = 8080,
    watch: Annotated[bool, typer.Option("--watch", help="Apply changed mapping files by itself.")] = False,
) -> None:
    """Keep key results true: sync when due, deliver, answer `/healthz`."""
    from syncd import bootstrap
    from syncd.commands.serving import serve as run

    configure_log("info")
    installation = bootstrap.install(config_path(context, config))
    asyncio.run(run(installation, host=host, port=port, watch=watch))


@app.command(epilog="Examples: `syncd demo` · `syncd demo --once`")
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="One pass, then exit 0.")] = False,
) -> None:
    """Run the example organisation on emulated sources, with a consumer that verifies."""
    from syncd.demo.run import run

    raise typer.Exit(run(once=once))
