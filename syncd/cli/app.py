"""The program: its commands, how an error is told, what an exit code means."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from syncd import __version__
from syncd.errors import SyncdError

USAGE = 64
FAILED = 1
INTERRUPTED = 130
UNREADABLE_LOG_LEVEL = "invalid_log_level"

app = typer.Typer(
    name="syncd",
    help="Keeps key results true: reads Jira, GitHub and Google Sheets, computes progress, pushes webhooks.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

Config = Annotated[
    Path | None,
    typer.Option("--config", help="The installation's file.", show_default="./syncd.yaml", metavar="PATH"),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

ServerUrl = Annotated[
    str | None,
    typer.Option(
        "--server",
        help="Ask the `syncd serve` that answers there.",
        show_default="the store of --config",
        metavar="URL",
    ),
]
ServerKey = Annotated[
    str | None,
    typer.Option(
        "--key",
        envvar="SYNCD_KEY",
        help="API key for --server. Better in the variable: others on this machine can read command lines.",
        metavar="KEY",
    ),
]

Author = Annotated[
    str | None,
    typer.Option("--author", "--by", help="Who says so.", show_default="you, as this machine knows you"),
]

MODULES = (
    "files",
    "changes",
    "numbers",
    "past",
    "people",
    "drift",
    "cycles",
    "sources",
    "running",
    "endpoints",
    "deliveries",
    "access",
    "hooks",
    "store",
)


class ListsByDefault(TyperGroup):
    """A group of commands that, named alone or with options, is its `list`."""

    # Any: click's own context.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def main(argv: Sequence[str]) -> int:
    from syncd import screen

    for module in MODULES:
        importlib.import_module(f"syncd.cli.{module}")
    try:
        return app(args=list(argv), standalone_mode=False, prog_name="syncd") or 0
    except typer.TyperException as error:
        screen.show_usage_error(error)
        return USAGE
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except SyncdError as error:
        screen.show_error(error)
        return USAGE if error.code == UNREADABLE_LOG_LEVEL else FAILED


def configure_log(level: str) -> None:
    """As the environment says; `level` when it says nothing."""
    from syncd.log import configure

    configure(
        level=os.environ.get("SYNCD_LOG_LEVEL") or level,
        as_json=os.environ.get("SYNCD_LOG_FORMAT") == "json",
    )


@app.callback(invoke_without_command=True)
def _program(
    context: typer.Context,
    *,
    config: Config = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    context.obj = config
    if version:
        sys.stdout.write(f"syncd {__version__}\n")
        raise typer.Exit
    configure_log("warning")  # here and not before: --help logs nothing, and structlog takes its time


def config_path(context: typer.Context, given: Path | None) -> Path:
    """`--config` of the command, else of the program, else `./syncd.yaml`."""
    return given or context.obj or Path("syncd.yaml")
