"""Deliveries: what was sent, what waits, what is dead, and one once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from syncd.api.access import Admin
from syncd.api.paging import LARGEST_ID, After, Limit, Page, newest, to_id
from syncd.api.problems import not_found
from syncd.api.routes import routes
from syncd.api.service import Serving
from syncd.api.writing import AdminWrite, Done
from syncd.delivery.delivery import State
from syncd.people import deliveries as people
from syncd.people.endpoints import existing
from syncd.store.transaction import Transaction
from syncd.views.deliveries import delivery_row

router = routes(prefix="/api/v1/deliveries", tag="deliveries")

Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class Delivery(BaseModel):
    """One event on its way to one endpoint."""

    id: int
    event: int = Field(description="The number of its event, which a replay may begin behind")
    endpoint: str
    webhook_id: str
    type: str
    cycle: str | None
    subject: str
    sequence: int
    coalesced_from: int | None = Field(description="The first sequence that this one stands for")
    state: State
    reason: str | None = Field(description="Why it is dead")
    attempts: int
    refusals: int
    due_at: str | None
    queued_at: str
    first_failed_at: str | None
    settled_at: str | None


class Attempt(BaseModel):
    """One attempt to deliver."""

    number: int
    at: str
    seconds: float
    outcome: str
    status: int | None
    code: str | None
    message: str | None


class TriedDelivery(Delivery):
    """A delivery with its attempts, in order."""

    tried: list[Attempt]


class Redelivered(BaseModel):
    """What became of it."""

    count: int = Field(description="1: it was settled, and is sent once more; 0: it is on its way still")


class GivingUp(BaseModel):
    """Why a delivery is given up."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: str = Field(min_length=1, max_length=500, description="Stands beside it from then on")


class GivenUp(BaseModel):
    """What became of it."""

    count: int = Field(description="1: it was open, and is dead; 0: it was settled already")


@router.get("")
async def list_deliveries(
    service: Serving,
    caller: Admin,
    *,
    state: Annotated[list[State] | None, Query(max_length=10, description="Any of these")] = None,
    endpoint: Annotated[str | None, Query(max_length=63)] = None,
    subject: Annotated[
        str | None, Query(max_length=500, description="The id of a key result or objective, as it was then")
    ] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[Delivery]:
    """The deliveries, the newest first. What is settled is kept for a while."""
    before = to_id(after)
    async with service.store.reading() as tx:
        # One that was removed has deliveries still.
        if endpoint is not None and await tx.outbox.endpoints.get(endpoint) is None:
            await existing(tx, endpoint)
        found = await tx.outbox.listing.deliveries(
            states=state or (), endpoint=endpoint, subject=subject, before=before, limit=limit + 1
        )
    return newest(found, lambda one: Delivery(**delivery_row(one)), limit=limit)


@router.get("/{delivery_id}")
async def get_delivery(delivery_id: Id, service: Serving, caller: Admin) -> TriedDelivery:
    """One delivery, with its attempts."""
    async with service.store.reading() as tx:
        found = await tx.outbox.listing.delivery(delivery_id)
    if found is None:
        raise not_found("there is no such delivery", code="unknown_delivery")
    return TriedDelivery(**delivery_row(found))


@router.post("/{delivery_id}/redeliver", response_model=Redelivered)
async def redeliver(delivery_id: Id, write: AdminWrite) -> Response:
    """Sends a settled delivery once more: the same id, the same bytes, its place in its subject's order."""

    async def effect(tx: Transaction) -> Done:
        return Done(body=Redelivered(count=await people.redeliver(tx, [delivery_id], act=write.act())))

    answer = await write(effect)
    await write.service.deliver()
    return answer


@router.post("/{delivery_id}/give-up", response_model=GivenUp)
async def give_up(delivery_id: Id, new: GivingUp, write: AdminWrite) -> Response:
    """Makes an open delivery dead, so that what waits behind it goes on: for what breaks its consumer."""

    async def effect(tx: Transaction) -> Done:
        return Done(
            body=GivenUp(count=await people.give_up(tx, [delivery_id], reason=new.reason, act=write.act()))
        )

    answer = await write(effect)
    await write.service.deliver()
    return answer
