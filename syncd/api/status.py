"""Everything at once, as last recorded."""

from __future__ import annotations

from pydantic import BaseModel

from syncd.api.access import Reader
from syncd.api.key_results import ForetoldKeyResult
from syncd.api.objectives import ObjectiveState
from syncd.api.routes import routes
from syncd.api.seen import seen_by
from syncd.api.service import Serving
from syncd.views.status import status

router = routes(prefix="/api/v1/status", tag="status")


class Status(BaseModel):
    """As `syncd status --json`: of one moment, by cycle and id."""

    key_results: list[ForetoldKeyResult]
    objectives: list[ObjectiveState]


@router.get("")
async def get_status(service: Serving, caller: Reader) -> Status:
    """Every key result with its forecast and every objective, of one moment and not in pages."""
    async with service.store.reading() as tx:
        seen = await seen_by(caller, tx)
        rows = await status(
            tx,
            seen.states,
            outlook=service.outlook,
            zone=service.site.calendar.zone,
            now=service.clock(),
        )
    return Status(**{name: [seen.narrowed(row) for row in found] for name, found in rows.items()})
