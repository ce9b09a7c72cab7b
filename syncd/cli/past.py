"""The command about the past: backfill."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Literal

import typer

from syncd import screen
from syncd.cli.app import FAILED, Config, Json, app, config_path

EXIT = {"ok": 0, "partial": 3, "failed": FAILED}


@app.command(
    epilog="Examples: `syncd backfill --dry-run` · "
    "`syncd backfill product/growth/signups --since 2026-10-15 --every day`"
)
def backfill(
    context: typer.Context,
    key_results: Annotated[
        list[str] | None,
        typer.Argument(metavar="KR", help="Their ids; `ID@CYCLE` where several cycles have one."),
    ] = None,
    *,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            formats=["%Y-%m-%d"],
            help="First day.",
            show_default="the cycle's first",
            metavar="DATE",
        ),
    ] = None,
    every: Annotated[
        Literal["week", "day"], typer.Option("--every", help="A value per week (its Sunday) or per day.")
    ] = "week",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked, and what cannot be told.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Fill in the history of key results from before they were read.

    Only where every source can tell its past; the rest is left out. What is recorded stays, no state
    changes, nothing is sent. Exit 0: all good; 3: something could not be read; 1: nothing could.
    """
    from syncd import bootstrap
    from syncd.commands.backfill import backfill as fill_in

    installation = bootstrap.install(config_path(context, config))
    with screen.asking(None, quiet=json or dry_run) as watch:
        done = asyncio.run(
            fill_in(
                installation,
                key_results or [],
                since=since.date() if since else None,
                every=every,
                is_dry_run=dry_run,
                watch=watch,
            )
        )
    if json:
        screen.print_json(done.row())
    else:
        screen.show_backfill(done)
    raise typer.Exit(EXIT[done.outcome])
