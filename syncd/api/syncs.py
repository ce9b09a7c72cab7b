"""Syncs: what each one did, and one now."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Response
from pydantic import BaseModel, ConfigDict, Field

from syncd.api.access import Admin, Caller, Reader
from syncd.api.facts import ErrorFact
from syncd.api.paging import LARGEST_ID, After, Limit, Page, newest, to_id
from syncd.api.problems import Problem, not_found
from syncd.api.routes import routes
from syncd.api.service import Serving
from syncd.api.writing import AdminWrite, Done
from syncd.mappings.findings import did_you_mean
from syncd.store.sync_requests import SyncRequest
from syncd.store.syncs import SyncRecord, Trigger
from syncd.store.transaction import Transaction
from syncd.sync.site import active
from syncd.views.rows import error_row, moment

router = routes(prefix="/api/v1", tag="syncs")

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class Sync(BaseModel):
    """One sync: what it asked, what it cost, how it went."""

    id: int
    trigger: Trigger = Field(description="Due, hinted at by a hook, asked for over the API, or a command")
    started_at: str
    finished_at: str | None
    outcome: Literal["ok", "partial", "failed"] | None
    # Any: JSON as the sync wrote it.
    record: dict[str, Any] = Field(
        description="Per connection: queries, requests, bytes, waits, failures. It counts over all teams: "
        "empty for a key of some"
    )


class NewSync(BaseModel):
    """Which connections to ask."""

    model_config = ConfigDict(extra="forbid", strict=True)

    connections: list[str] | None = Field(
        default=None, min_length=1, max_length=1_000, description="Their names; null, or left out: all"
    )


class RequestedSync(BaseModel):
    """A sync that somebody asked for."""

    id: int
    state: Literal["waiting", "running", "done"]
    connections: list[str] | None = Field(description="null: all")
    requested_at: str
    requested_by: str
    begun_at: str | None
    finished_at: str | None
    sync: Sync | None = Field(description="What it became, once it is done")
    error: ErrorFact | None = Field(description="Why it became none")


@router.get("/syncs")
async def list_syncs(
    service: Serving, caller: Reader, *, limit: Limit = 50, after: After = None
) -> Page[Sync]:
    """The syncs, the newest first."""
    async with service.store.reading() as tx:
        found = await tx.syncs.last(limit + 1, before=to_id(after))
    return newest(found, lambda row: _seen(row, caller), limit=limit)


@router.get("/syncs/{sync_id}")
async def get_sync(sync_id: Id, service: Serving, caller: Reader) -> Sync:
    """One sync."""
    async with service.store.reading() as tx:
        row = await tx.syncs.get(sync_id)
    if row is None:
        raise not_found("there is no such sync")
    return _seen(row, caller)


@router.post("/syncs", status_code=202, response_model=RequestedSync)
async def request_sync(new: NewSync, write: AdminWrite) -> Response:
    """Asks for a sync now, whatever is due; `Location` says how it is doing.

    A connection is asked no sooner than its `min_interval` after the last time, and not before the time
    that its source named. Where somebody waits for the same already, this is that one.
    """

    service, act = write.service, write.act()

    async def effect(tx: Transaction) -> Done:
        for name in new.connections or ():
            if name not in service.connections:
                raise Problem(
                    404,
                    "unknown_connection",
                    f"there is no connection {name!r}",
                    hint=did_you_mean(name, service.connections),
                )
        await active(tx, service.site)
        wanted = None if new.connections is None else set(new.connections)
        made = await tx.sync_requests.add(wanted, by=act.by, at=act.at)
        await tx.audit.add(
            at=act.at,
            actor=act.by,
            action="request_sync",
            details={"request": made.id, "connections": new.connections},
        )
        return Done(body=_requested(made, None), status=202, location=f"/api/v1/sync-requests/{made.id}")

    answer = await write(effect)
    async with service.store.reading() as tx:
        waiting = await tx.sync_requests.open()
    for each in waiting:
        service.wake("requested_sync", str(each.id))
    return answer


@router.get("/sync-requests/{request_id}")
async def get_sync_request(request_id: Id, service: Serving, caller: Admin) -> RequestedSync:
    """How a requested sync is doing; `done` with the sync that it became."""
    async with service.store.reading() as tx:
        found = await tx.sync_requests.get(request_id)
        if found is None:
            raise not_found("there is no such request")
        became = await tx.syncs.get(found.sync_id) if found.sync_id is not None else None
    return _requested(found, became)


def _seen(row: SyncRecord, caller: Caller) -> Sync:
    sync = _sync(row)
    return sync if caller.sees_all else sync.model_copy(update={"record": {}})


def _sync(row: SyncRecord) -> Sync:
    return Sync(
        id=row.id,
        trigger=row.trigger,
        started_at=str(moment(row.started_at)),
        finished_at=moment(row.finished_at),
        outcome=row.outcome,
        record=dict(row.record),
    )


def _requested(found: SyncRequest, became: SyncRecord | None) -> RequestedSync:
    error = error_row(found.error)
    return RequestedSync(
        id=found.id,
        state=found.state,
        connections=None if found.connections is None else list(found.connections),
        requested_at=str(moment(found.requested_at)),
        requested_by=found.requested_by,
        begun_at=moment(found.begun_at),
        finished_at=moment(found.finished_at),
        sync=_sync(became) if became else None,
        error=ErrorFact(**error) if error else None,
    )
