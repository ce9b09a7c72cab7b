"""What the loader must know of the installation to check a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from syncd.mappings.findings import Findings
from syncd.mappings.nodes import Plain
from syncd.okr.definition import Cycle
from syncd.sdk.plugin import Plugin

DEFAULT_REFRESH = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connection as mappings see it.

    Attributes:
        connector: Name of its plugin.
        refresh: How often it is read.
        teams: Who may read it (teams, handles, `company`); None: everybody.
        defaults: What its configuration says outside of secrets; a query field of the same name
            that the mapping leaves out takes it (`spreadsheet`).
    """

    connector: str
    refresh: timedelta = DEFAULT_REFRESH
    teams: frozenset[str] | None = None
    defaults: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The installation: its cycles and connections, by name."""

    cycles: Mapping[str, Cycle] = field(default_factory=dict)
    connections: Mapping[str, Connection] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What stands around a query: whose file, which cycle.

    Attributes:
        plugins: Connector name -> plugin.
        readers: Names under which a connection may admit this file; empty: no question of that.
    """

    context: Context
    plugins: Mapping[str, Plugin]
    findings: Findings
    cycle: Cycle | None
    readers: frozenset[str] = frozenset()
