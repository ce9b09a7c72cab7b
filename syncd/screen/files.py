"""What `syncd check` found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from syncd.screen.terminal import console

if TYPE_CHECKING:
    from syncd.commands.checking import Probe
    from syncd.mappings.findings import Finding

Row = dict[str, Any]  # Any: JSON


def show_findings(findings: Iterable[Finding]) -> None:
    """`file:line:column: message [code]`, and the hint below it; a terminal can jump there."""
    from rich.text import Text

    out = console()
    for finding in findings:
        style = "red" if finding.severity == "error" else "yellow"
        out.print(Text.assemble(str(finding), (f"  [{finding.code}]", style)))
        if finding.hint:
            out.print(Text.assemble(("    hint: ", "bold"), finding.hint))


def show_probes(probes: Iterable[Probe]) -> None:
    from rich.text import Text

    out = console()
    for probe in probes:
        if probe.error is None:
            out.print(Text.assemble(("✓ ", "green"), f"{probe.connection}: {probe.who}"))
        else:
            out.print(
                Text.assemble(("✗ ", "red"), f"{probe.connection}: {probe.error}  [{probe.error.code}]")
            )
            if probe.error.hint:
                out.print(f"    hint: {probe.error.hint}", markup=False)


def probe_row(probe: Probe) -> Row:
    error = probe.error
    return {
        "connection": probe.connection,
        "who": probe.who,
        "error": {"code": error.code, "message": str(error), "actor": error.actor} if error else None,
    }
