"""Commands about files: init, check, schema."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from syncd import screen
from syncd.cli.app import FAILED, Config, Json, app, config_path


@app.command(epilog="Example: `syncd init okrs && cd okrs && syncd check`")
def init(
    folder: Annotated[Path, typer.Argument(help="Where to write; made if missing.")] = Path(),
) -> None:
    """Write a commented syncd.yaml and a first mapping."""
    from syncd.cli.starter import write_starter

    written = write_starter(folder, today=date.today())  # noqa: DTZ011  # the person's own calendar day
    out = screen.console()
    for path in written:
        out.print(f"wrote {path}")
    out.print("next: put your own names in, then `syncd check`, `syncd plan`, `syncd apply`, `syncd sync`")


@app.command(
    epilog="Examples: `syncd check` · `syncd check --without-secrets --json` (in CI) · `syncd check --live`"
)
def check(
    context: typer.Context,
    *,
    config: Config = None,
    json: Json = False,
    live: Annotated[bool, typer.Option("--live", help="Also probe every connection once.")] = False,
    without_secrets: Annotated[
        bool, typer.Option("--without-secrets", help="Do not look whether secrets are there.")
    ] = False,
) -> None:
    """Check syncd.yaml and the mappings; exit 0 when they are right, 1 when not. Offline without --live."""
    from syncd.commands import checking
    from syncd.views.findings import finding_row

    checked = checking.check(config_path(context, config), with_secrets=not without_secrets)
    probes = checking.probe(checked.installation) if live and checked.installation and checked.is_good else []
    ok = checked.is_good and all(probe.error is None for probe in probes)
    if json:
        screen.print_json(
            {
                "findings": [finding_row(finding) for finding in checked.findings],
                "connections": [screen.probe_row(probe) for probe in probes],
                "key_results": checked.key_results,
                "objectives": checked.objectives,
            }
        )
    else:
        screen.show_findings(checked.findings)
        screen.show_probes(probes)
        if ok:
            screen.console().print(
                f"[green]good[/]: {screen.counted(checked.objectives, 'objective')}, "
                f"{screen.counted(checked.key_results, 'key result')}"
            )
    if not ok:
        raise typer.Exit(FAILED)


@app.command(epilog="Example: `syncd schema > mappings/schema.json`")
def schema() -> None:
    """Print the JSON Schema of mapping files, for editors."""
    from syncd.commands import sources

    screen.print_json(sources.schema())
