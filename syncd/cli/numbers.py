"""Commands about the numbers: sync, status, explain."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import FAILED, Config, Json, app, config_path

EXIT = {"ok": 0, "partial": 3, "failed": FAILED}


@app.command(epilog="Examples: `syncd sync` · `syncd sync --from-files` · `syncd sync --json`")
def sync(
    context: typer.Context,
    *,
    config: Config = None,
    json: Json = False,
    from_files: Annotated[
        bool, typer.Option("--from-files", help="Check and apply the mappings in the files first.")
    ] = False,
) -> None:
    """Ask every source once, evaluate, record and push what changed.

    Exit 0: all good; 3: something could not be read or computed; 1: it failed.
    """
    from syncd import bootstrap
    from syncd.commands.sync import sync_once

    installation = bootstrap.install(config_path(context, config))
    with screen.asking(len(installation.settings.connections), quiet=json) as watch:
        done = asyncio.run(sync_once(installation, from_files=from_files, watch=watch))
    if json:
        screen.print_json(done.row())
    else:
        screen.show_sync(done)
    raise typer.Exit(EXIT[done.report.outcome])


@app.command(epilog="Examples: `syncd status` · `syncd status --json`")
def status(context: typer.Context, *, config: Config = None, json: Json = False) -> None:
    """Show every key result as last recorded. Asks no source."""
    from syncd import bootstrap
    from syncd.commands.status import status as rows_of_status

    rows = asyncio.run(rows_of_status(bootstrap.install(config_path(context, config))))
    if json:
        screen.print_json(rows)
    else:
        screen.show_status(rows)


@app.command(
    epilog="Examples: `syncd explain product/growth/signups` · "
    "`syncd explain product/growth/signups@2026-Q3 --json` · `syncd explain product/growth`  \n"
    "`syncd explain product/growth/signups --at 2026-10-06`"
)
def explain(
    context: typer.Context,
    key_result: Annotated[
        str,
        typer.Argument(
            metavar="KR", help="Its id, or an objective's; `ID@CYCLE` where several cycles have it."
        ),
    ],
    *,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="What was said then, computed once more: a time, or a day for its end.",
            show_default="now",
        ),
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Lead a number back to its queries, raw values, formula, mapping and time.

    Of an objective: what its progress is made of.

    With `--at`, of an objective too: exit 1 when it comes out otherwise today than it was said
    then, 3 when it cannot be computed again.
    """
    from syncd import bootstrap
    from syncd.commands.explain import explain as explain_key_result
    from syncd.commands.explain_objective import explain_objective, is_objective

    installation = bootstrap.install(config_path(context, config))
    if at is not None:
        from syncd.commands.explain_past import explain_past

        past = asyncio.run(explain_past(installation, key_result, at=at))
        if json:
            screen.print_json(past)
        else:
            screen.show_replayed(past)
        raise typer.Exit({True: 0, False: FAILED, None: EXIT["partial"]}[past["same"]])
    if is_objective(key_result):
        objective = asyncio.run(explain_objective(installation, key_result))
        (screen.print_json if json else screen.show_objective)(objective)
        return
    explanation = asyncio.run(explain_key_result(installation, key_result))
    if json:
        screen.print_json(explanation)
    else:
        screen.show_explanation(explanation)
