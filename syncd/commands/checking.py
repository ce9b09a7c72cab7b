"""check: are the files right, and (on request) do the connections answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from syncd import bootstrap
from syncd.bootstrap import Connections, Installation
from syncd.errors import SyncdError
from syncd.mappings.findings import Finding
from syncd.mappings.load import load_mappings, read_mapping_files
from syncd.settings import load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`installation` is None when syncd.yaml cannot be read; then the mappings were not looked at."""

    installation: Installation | None
    findings: tuple[Finding, ...]
    objectives: int = 0
    key_results: int = 0

    @property
    def is_good(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """`who`: who we are to the source; None when `error` says why nobody answered."""

    connection: str
    who: str | None = None
    error: SyncdError | None = None


def check(path: Path, *, with_secrets: bool = True, environ: Mapping[str, str] | None = None) -> Checked:
    """Everything that can be said without asking a source."""
    environ = os.environ if environ is None else environ
    plugins = bootstrap.plugins()
    loaded = load_settings(path, plugins, environ=environ, resolve_secrets=with_secrets)
    if loaded.settings is None:
        return Checked(installation=None, findings=bootstrap.with_way_out(loaded.findings, path))
    settings = loaded.settings
    files = read_mapping_files(settings.mappings)
    mapped = load_mappings(files, context=settings.context(environ), plugins=plugins)
    return Checked(
        installation=Installation(settings=settings, plugins=plugins, environ=environ),
        findings=(*loaded.findings, *mapped.findings),
        objectives=len(mapped.mappings.objectives) if mapped.mappings else 0,
        key_results=len(mapped.mappings.key_results) if mapped.mappings else 0,
    )


def probe(installation: Installation) -> list[Probe]:
    """Asks every connection who we are to it: one request each, more only to log in."""
    connections = Connections(installation)
    return [probe_one(connections, name) for name in sorted(installation.settings.connections)]


def probe_one(connections: Connections, name: str) -> Probe:
    try:
        connector, wire = connections.open(name)
        with wire.batch():
            return Probe(connection=name, who=connector.check())
    except SyncdError as error:
        return Probe(connection=name, error=error)
