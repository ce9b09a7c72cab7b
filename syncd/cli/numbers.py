"""Commands about the numbers: sync, status, explain; of the store here, or of a server."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

import typer

from syncd import screen
from syncd.cli.app import FAILED, Config, Json, ServerKey, ServerUrl, app, config_path

Row = dict[str, Any]  # Any: JSON

EXIT = {"ok": 0, "partial": 3, "failed": FAILED}
IS_SAME = {True: 0, False: FAILED, None: EXIT["partial"]}


@app.command(
    epilog="Examples: `syncd sync` · `syncd sync --from-files` · `syncd sync --json`  \n"
    "`syncd sync --server https://okrs.example.com`"
)
def sync(
    context: typer.Context,
    *,
    config: Config = None,
    json: Json = False,
    from_files: Annotated[
        bool, typer.Option("--from-files", help="Check and apply the mappings in the files first.")
    ] = False,
    server: ServerUrl = None,
    key: ServerKey = None,
) -> None:
    """Ask every source once, evaluate, record and push what changed.

    With `--server`: it does so, each connection no sooner than it may be asked, and this waits for it.

    Exit 0: all good; 3: something could not be read or computed; 1: it failed.
    """
    if server is not None:
        if from_files:
            raise typer.BadParameter(
                "the server has mappings of its own: `syncd apply` there", param_hint="--from-files"
            )
        from syncd.commands import remote

        asked = remote.a_server(server, key=key)
        with screen.waiting(asked.name, quiet=json) as told:
            row = remote.asked(asked, partial(remote.sync, told=told))
    else:
        from syncd import bootstrap
        from syncd.commands.sync import sync_once

        installation = bootstrap.install(config_path(context, config))
        with screen.asking(len(installation.settings.connections), quiet=json) as watch:
            row = asyncio.run(sync_once(installation, from_files=from_files, watch=watch)).row()
    (screen.print_json if json else screen.show_sync)(row)
    raise typer.Exit(EXIT[row["outcome"]])


@app.command(
    epilog="Examples: `syncd status` · `syncd status --json` · "
    "`syncd status --server https://okrs.example.com`"
)
def status(
    context: typer.Context,
    *,
    config: Config = None,
    json: Json = False,
    server: ServerUrl = None,
    key: ServerKey = None,
) -> None:
    """Show every key result as last recorded. Asks no source."""
    if server is not None:
        from syncd.commands import remote

        rows = remote.asked(remote.a_server(server, key=key), remote.status)
    else:
        from syncd import bootstrap
        from syncd.commands.status import status as rows_of_status

        rows = asyncio.run(rows_of_status(bootstrap.install(config_path(context, config))))
    (screen.print_json if json else screen.show_status)(rows)


@app.command(
    epilog="Examples: `syncd explain product/growth/signups` · "
    "`syncd explain product/growth/signups@2026-Q3 --json` · `syncd explain product/growth`  \n"
    "`syncd explain product/growth/signups --at 2026-10-06`  \n"
    "`syncd explain product/growth/signups --server https://okrs.example.com`"
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
    server: ServerUrl = None,
    key: ServerKey = None,
) -> None:
    """Lead a number back to its queries, raw values, formula, mapping and time.

    Of an objective: what its progress is made of.

    With `--at`, of an objective too: exit 1 when it comes out otherwise today than it was said
    then, 3 when it cannot be computed again.
    """
    from syncd.commands.explain_objective import is_objective

    if server is not None:
        from syncd.commands import remote

        question = partial(remote.explain, wanted=key_result, at=at)
        found = remote.asked(remote.a_server(server, key=key), question)
    else:
        found = _explained_here(context, key_result, at=at, config=config)
    show = screen.show_explanation
    if at is not None:
        show = screen.show_replayed
    elif is_objective(key_result):
        show = screen.show_objective
    (screen.print_json if json else show)(found)
    if at is not None:
        raise typer.Exit(IS_SAME[found["same"]])


def _explained_here(context: typer.Context, wanted: str, *, at: str | None, config: Config) -> Row:
    from syncd import bootstrap
    from syncd.commands.explain import explain as explain_key_result
    from syncd.commands.explain_objective import explain_objective, is_objective
    from syncd.commands.explain_past import explain_past

    installation = bootstrap.install(config_path(context, config))
    if at is not None:
        return asyncio.run(explain_past(installation, wanted, at=at))
    explained = explain_objective if is_objective(wanted) else explain_key_result
    return asyncio.run(explained(installation, wanted))
