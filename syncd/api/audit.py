"""Who did what."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from syncd.api.access import Admin
from syncd.api.paging import After, Limit, Page, newest, to_id
from syncd.api.routes import routes
from syncd.api.service import Serving
from syncd.store.audit import AuditEntry
from syncd.views.rows import moment

router = routes(prefix="/api/v1/audit", tag="audit")


class Entry(BaseModel):
    """Something that somebody did."""

    id: int
    at: str
    actor: str = Field(description="A person as the machine knows them, or `key:NAME`")
    action: str
    details: dict[str, Any]  # Any: JSON whose shape belongs to the action


@router.get("")
async def list_audit(
    service: Serving, caller: Admin, *, limit: Limit = 50, after: After = None
) -> Page[Entry]:
    """What was done, the newest first: applied, said, confirmed, keys, endpoints."""
    async with service.store.reading() as tx:
        return newest(await tx.audit.last(limit + 1, before=to_id(after)), _entry, limit=limit)


def _entry(row: AuditEntry) -> Entry:
    return Entry(
        id=row.id, at=str(moment(row.at)), actor=row.actor, action=row.action, details=dict(row.details)
    )
