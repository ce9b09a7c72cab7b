"""Events of other syncds, for the one that is the central OKR store."""

from __future__ import annotations

from typing import Literal

from fastapi import Request
from pydantic import BaseModel

from syncd.api.access import Anybody
from syncd.api.problems import Mistake, Problem
from syncd.api.routes import Route, routes
from syncd.api.service import Serving
from syncd.inbox.ingest import genuine, ingest
from syncd.inbox.published import EventRefused

LARGEST = 65_536
"""Of a body: events are under 20 kB, and details of kinds to come may be more."""


class IngestRoute(Route):
    body_bytes = LARGEST
    takes_json = True


router = routes(prefix="/api/v1/ingest", tag="ingest", route_class=IngestRoute)

_REFUSED = {
    "event_not_genuine": 401,
    "event_not_understood": 422,
    "id_taken": 409,
    "key_result_unknown": 409,
}


class Taken(BaseModel):
    """What became of the event."""

    outcome: Literal["applied", "duplicate", "stale", "ours", "ignored"]


@router.post(
    "/{instance}",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}},
)
async def take_event(instance: str, request: Request, service: Serving, caller: Anybody) -> Taken:
    """Takes a signed event of a syncd that `ingest` of syncd.yaml names; its signature is the key.

    It is applied when it is newer than what is known, kept with its history and evidence, shown with
    `via`, and passed on with a sequence of our own.
    """
    body = await request.body()
    try:
        # An unknown sender and a bad signature are the same answer.
        event = genuine(
            request.headers,
            body,
            instance=instance,
            keys=service.senders.get(instance, ()),
            now=service.clock(),
        )
        async with service.store.transaction() as tx:
            done = await ingest(tx, site=service.site, event=event)
    except EventRefused as error:
        detail = str(error)
        if error.code == "event_not_genuine":
            detail = "no sender of this name has signed this"
        mistakes = [Mistake(where=error.where, message=detail)] if error.where else []
        raise Problem(_REFUSED[error.code], error.code, detail, hint=error.hint, errors=mistakes) from None
    for endpoint in done.endpoints:
        service.wake("drain_endpoint", endpoint)
    return Taken.model_validate({"outcome": done.outcome})
