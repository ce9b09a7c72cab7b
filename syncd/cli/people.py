"""Commands for what people decide: rebase."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, app, config_path


@app.command(epilog="Examples: `syncd rebase product/faster/cycle-time --reason 'the filter counted bugs'`")
def rebase(
    context: typer.Context,
    key_result: Annotated[
        str, typer.Argument(metavar="KR", help="Its id; `ID@CYCLE` where several cycles have it.")
    ],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit.", show_default=False)],
    target: Annotated[
        bool, typer.Option("--target", help="Take a target that was asked once anew, and not the start.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Take a captured start anew, from the value that is recorded now.

    A start or a target that is a query is asked again at the next sync; until then the old one stays.
    """
    from syncd import bootstrap
    from syncd.commands.rebase import rebase_key_result

    installation = bootstrap.install(config_path(context, config))
    done = asyncio.run(
        rebase_key_result(installation, key_result, end="target" if target else "start", reason=reason)
    )
    if json:
        screen.print_json(done.row())
        return
    out = screen.console()
    was = f"{done.before['value']:.15g} of {done.before['at']}"
    if done.is_waiting:
        out.print(f"the {done.end} of {done.subject} ({was}) is asked anew at the next sync", markup=False)
    else:
        now = f"{done.after['value']:.15g} of {done.after['at']}"
        out.print(f"the {done.end} of {done.subject} was {was}, and is {now}", markup=False)
    screen.show_deliveries(done.deliveries)
