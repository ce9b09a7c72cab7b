"""The command that compares what is computed with what people say."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import Config, Json, app, config_path

DRIFTS = 2


def share_of(text: str) -> Fraction:
    """`5%` or `0.05`."""
    number = text.strip()
    try:
        share = Fraction(number[:-1]) / 100 if number.endswith("%") else Fraction(number)
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"{text!r} is no share; write 5% or 0.05") from None
    if share < 0:
        raise typer.BadParameter("a tolerance is not negative")
    return share


@app.command(
    epilog="Examples: `syncd drift` · `syncd drift product/growth/adoption --tolerance 2%` · "
    "`syncd drift --markdown`"
)
def drift(
    context: typer.Context,
    key_results: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KR]...",
            help="Their ids; without, every one in shadow or spoken of.",
            show_default=False,
        ),
    ] = None,
    *,
    tolerance: Annotated[
        Fraction,
        typer.Option(
            "--tolerance",
            parser=share_of,
            help="Share of what was said that does not matter.",
            metavar="SHARE",
        ),
    ] = "5%",  # type: ignore[assignment]  # typer parses the default as it parses what is typed
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a table for a page or a comment.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Compare what is computed with what people said, at each check-in by hand.

    Exit 0: the latest of each is within the tolerance, or there is nothing to compare; 2: something
    drifts; 1: it failed.
    """
    from syncd import bootstrap
    from syncd.commands.drift import drift_report

    installation = bootstrap.install(config_path(context, config))
    report = asyncio.run(drift_report(installation, key_results or (), tolerance=tolerance))
    if json:
        screen.print_json(report.rows())
    elif markdown:
        screen.print_drift_markdown(report.rows())
    else:
        screen.show_drift(report.rows())
    raise typer.Exit(DRIFTS if report.drifts else 0)
