"""check: are the files right, and (on request) do the connections answer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from syncd import bootstrap
from syncd.bootstrap import Connections, Installation
from syncd.errors import StoreError, SyncdError
from syncd.mappings.findings import Finding, Findings
from syncd.mappings.lint import Matter, lint, needs_record
from syncd.mappings.load import Loaded, load_mappings, read_mapping_files
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


def check(
    path: Path,
    *,
    with_secrets: bool = True,
    environ: Mapping[str, str] | None = None,
    clock: Callable[[], datetime] = bootstrap.now,
) -> Checked:
    """Everything that can be said without asking a source.

    Args:
        with_secrets: Also look whether the secrets are there, and at the store, if there is one.
    """
    environ = os.environ if environ is None else environ
    plugins = bootstrap.plugins()
    loaded = load_settings(path, plugins, environ=environ, resolve_secrets=with_secrets)
    if loaded.settings is None:
        return Checked(installation=None, findings=bootstrap.with_way_out(loaded.findings, path))
    settings = loaded.settings
    files = read_mapping_files(settings.mappings)
    mapped = load_mappings(files, context=settings.context(environ), plugins=plugins)
    installation = Installation(settings=settings, plugins=plugins, environ=environ)
    judged = _judge(installation, mapped, with_store=with_secrets, now=clock())
    return Checked(
        installation=installation,
        findings=(*loaded.findings, *mapped.findings, *judged),
        objectives=len(mapped.mappings.objectives) if mapped.mappings else 0,
        key_results=len(mapped.mappings.key_results) if mapped.mappings else 0,
    )


def _judge(
    installation: Installation, mapped: Loaded, *, with_store: bool, now: datetime
) -> tuple[Finding, ...]:
    """What is legal, and a person should look at."""
    if mapped.mappings is None:
        return ()
    rulebook, findings = installation.settings.findings, Findings()
    matter = Matter(mappings=mapped.mappings, shared=mapped.shared, rulebook=rulebook, now=now)
    if with_store and needs_record(rulebook):
        try:
            matter = asyncio.run(_with_record(matter, installation))
        except StoreError as error:
            message = f"nothing can be said about what was recorded: {error}"
            findings.warn(installation.settings.store.place, "store_unread", message, hint=error.hint)
    return (*findings.all(), *lint(matter))


async def _with_record(matter: Matter, installation: Installation) -> Matter:
    store = await bootstrap.find_store(installation)
    if store is None:
        return matter
    async with store, store.reading() as tx:
        return replace(
            matter,
            mappings=replace(matter.mappings, closed=frozenset(await tx.cycles.closed())),
            states=await tx.states.get(),
            courses=await tx.courses.get(),
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
