"""Commands for what people say and decide: check-in, confirm, rebase."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd import screen
from syncd.cli.app import Author, Config, Json, app, config_path

if TYPE_CHECKING:
    from syncd.okr.word import Say


@app.command(
    name="check-in",
    epilog="Examples: `syncd check-in product/trust/audits --value 3 --confidence 0.7`  \n"
    "`syncd check-in product/growth/adoption --value 0.4 --until 2026-11-15 --comment 'broken report'`  \n"
    "`syncd check-in product/growth/adoption --end-override`  \n"
    "`syncd check-in company/culture --progress 0.4`",
)
def check_in(
    context: typer.Context,
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="A key result, or an objective; `ID@CYCLE` where several cycles have it."
        ),
    ],
    *,
    value: Annotated[
        float | None, typer.Option("--value", help="Its number, in its unit.", show_default=False)
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option("--confidence", help="How sure you are of the target, 0 to 1.", show_default=False),
    ] = None,
    comment: Annotated[str | None, typer.Option("--comment", help="Why.", show_default=False)] = None,
    author: Author = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until",
            formats=["%Y-%m-%d"],
            help="Last day on which the value stands for the measured one.",
            show_default="the Sunday of next week",
            metavar="DATE",
        ),
    ] = None,
    end_override: Annotated[
        bool, typer.Option("--end-override", help="Let the measured number count again, at once.")
    ] = False,
    progress: Annotated[
        float | None,
        typer.Option(
            "--progress",
            help="Of an objective with `rollup: by_hand`, 0 to 1.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Say how a key result is: its number, how sure you are, a comment; or how far an objective is.

    A number that is measured is overridden for a while: until then your value is shown and sent,
    and marked as yours; then the measured one returns.
    """
    from syncd.people.words import to_check_in

    say = to_check_in(
        value=value,
        confidence=confidence,
        comment=comment,
        until=until.date() if until else None,
        end_override=end_override,
        progress=progress,
    )
    _say(wanted, say, author=author, config=config_path(context, config), json=json)


@app.command(epilog="Examples: `syncd confirm product/growth/adoption --comment 'the campaign worked'`")
def confirm(
    context: typer.Context,
    key_result: Annotated[
        str, typer.Argument(metavar="KR", help="Its id; `ID@CYCLE` where several cycles have it.")
    ],
    *,
    comment: Annotated[str | None, typer.Option("--comment", help="Why.", show_default=False)] = None,
    author: Author = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Accept a value that a guard holds back."""
    from syncd.people.words import to_confirm

    say = to_confirm(comment=comment)
    _say(key_result, say, author=author, config=config_path(context, config), json=json)


def _say(wanted: str, say: Say, *, author: str | None, config: Path, json: bool) -> None:
    """Records one word, and shows what came of it."""
    from syncd import bootstrap
    from syncd.commands.speaking import speak_of

    done = asyncio.run(speak_of(bootstrap.install(config), wanted, say, author=author))
    if json:
        screen.print_json(done.row())
        return
    screen.show_spoken(done)


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
