"""What the installation is made of, and how that is: connections, cycles, findings."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from syncd.api.access import Admin, Caller, Reader
from syncd.api.facts import ErrorFact
from syncd.api.problems import not_found
from syncd.api.routes import routes
from syncd.api.service import Connection as Source
from syncd.api.service import Serving
from syncd.mappings.lint import Matter, lint, needs_record
from syncd.store.syncs import ConnectionState
from syncd.views.cycles import CycleState, listed_all
from syncd.views.findings import finding_row
from syncd.views.rows import error_row, moment

router = routes(prefix="/api/v1", tag="installation")


class Connection(BaseModel):
    """A source, and how it is to syncd."""

    name: str
    connector: str
    refresh_s: float = Field(description="How often it is asked, in seconds")
    min_interval_s: float = Field(description="Least time between two times, in seconds")
    teams: list[str] | None = Field(description="Whose mappings may read it; null: everybody's")
    state: Literal["ok", "failing", "never_asked"]
    last_synced_at: str | None
    failing_since: str | None
    error: ErrorFact | None
    not_before: str | None = Field(description="The source asked to be left alone until then")


class Connections(BaseModel):
    items: list[Connection]


class Cycle(BaseModel):
    """A cycle, and where it is in its life."""

    name: str
    first_day: date
    last_day: date
    state: CycleState
    freezes_at: str = Field(description="When its numbers stay, if nobody closes it before")
    closed_at: str | None
    closed_by: str | None = Field(description="null: it froze by itself")


class Cycles(BaseModel):
    items: list[Cycle]


class Finding(BaseModel):
    """Something about the active mappings that a person should look at."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    path: str
    line: int
    column: int
    hint: str | None


class Findings(BaseModel):
    items: list[Finding]


@router.get("/connections")
async def list_connections(service: Serving, caller: Reader) -> Connections:
    """The sources by name, and whether they answer."""
    async with service.store.reading() as tx:
        states = await tx.syncs.connections()
    return Connections(
        items=[
            _connection(name, source, states.get(name))
            for name, source in sorted(service.connections.items())
            if _is_seen(source, caller)
        ]
    )


@router.get("/connections/{name}")
async def get_connection(name: str, service: Serving, caller: Reader) -> Connection:
    """One source."""
    source = service.connections.get(name)
    if source is None or not _is_seen(source, caller):
        raise not_found("there is no such connection")
    async with service.store.reading() as tx:
        states = await tx.syncs.connections()
    return _connection(name, source, states.get(name))


@router.get("/cycles")
async def list_cycles(service: Serving, caller: Reader) -> Cycles:
    """The cycles by their first day: not begun, running, ended, closed."""
    async with service.store.reading() as tx:
        closed = await tx.cycles.closed()
    rows = listed_all(service.outlook.cycles.values(), closed, now=service.clock())
    return Cycles(items=[Cycle.model_validate(one.row()) for one in rows])


@router.get("/findings")
async def list_findings(service: Serving, caller: Admin) -> Findings:
    """What `syncd check` says of the active mappings, in the order of their files."""
    async with service.store.reading() as tx:
        version = await tx.versions.active()
        loaded = service.read(version.files if version else {})
        found = list(loaded.findings)
        if loaded.mappings is not None:
            is_recorded = needs_record(service.rulebook)
            found += lint(
                Matter(
                    mappings=loaded.mappings,
                    shared=loaded.shared,
                    rulebook=service.rulebook,
                    now=service.clock(),
                    states=await tx.states.get() if is_recorded else {},
                    courses=await tx.courses.get() if is_recorded else {},
                )
            )
    return Findings(items=[Finding(**finding_row(one)) for one in found])


def _is_seen(source: Source, caller: Caller) -> bool:
    return source.teams is None or caller.teams is None or bool(source.teams & set(caller.teams))


def _connection(name: str, source: Source, state: ConnectionState | None) -> Connection:
    known = state or ConnectionState()
    error = error_row(known.error)
    is_asked = known.last_synced_at is not None or known.failing_since is not None
    return Connection(
        name=name,
        connector=source.connector,
        refresh_s=source.refresh.total_seconds(),
        min_interval_s=source.min_interval.total_seconds(),
        teams=None if source.teams is None else sorted(source.teams),
        state="failing" if known.failing_since else "ok" if is_asked else "never_asked",
        last_synced_at=moment(known.last_synced_at),
        failing_since=moment(known.failing_since),
        error=ErrorFact(**error) if error else None,
        not_before=moment(known.not_before),
    )
