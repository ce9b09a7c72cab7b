"""What machines ask of a process: is it there, can it work, how is it going."""

from __future__ import annotations

from pydantic import BaseModel, Field

from syncd import __version__
from syncd.api.access import Anybody
from syncd.api.problems import Problem
from syncd.api.routes import routes
from syncd.api.service import Serving
from syncd.errors import StoreError
from syncd.views.rows import moment

router = routes(prefix="", tag="health")


class LastSync(BaseModel):
    finished_at: str | None
    outcome: str | None


class Health(BaseModel):
    status: str
    version: str
    last_sync: LastSync | None
    open_deliveries: int = Field(description="Neither delivered nor given up")


class Ready(BaseModel):
    status: str


@router.get("/healthz")
async def healthz(service: Serving, caller: Anybody) -> Health:
    """That the process answers, with the last sync and what waits to be delivered."""
    async with service.store.reading() as tx:
        last = await tx.syncs.last(1)
        waiting = await tx.outbox.deliveries.count_open()
    found = None
    if last:
        found = LastSync(finished_at=moment(last[0].finished_at), outcome=last[0].outcome)
    return Health(status="ok", version=__version__, last_sync=found, open_deliveries=waiting)


@router.get("/readyz")
async def readyz(service: Serving, caller: Anybody) -> Ready:
    """That it can do its work: the store answers, and mappings are active; 503 else."""
    try:
        async with service.store.reading() as tx:
            digest = await tx.versions.active_digest()
    except StoreError:
        raise Problem(503, "store_unavailable", "the store does not answer") from None
    if digest is None:
        raise Problem(503, "no_active_version", "no mappings are active yet", hint="run `syncd apply`")
    return Ready(status="ready")
