"""deliveries: what was sent, what waits, what is dead, and sending it once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.delivering import Delivered
from syncd.commands.speaking import deliver_beside
from syncd.delivery.delivery import State
from syncd.errors import ConfigError
from syncd.people import deliveries as people
from syncd.people.acting import Act
from syncd.people.endpoints import existing
from syncd.store.listing import KeptDelivery

Row = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """How many were opened again or given up; what became of what is due, None: another process delivers."""

    count: int
    deliveries: Delivered | None

    def row(self) -> Row:
        return {"count": self.count, "deliveries": self.deliveries.row() if self.deliveries else None}


async def list_deliveries(
    installation: Installation,
    *,
    states: Sequence[State] = (),
    endpoint: str | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[KeptDelivery]:
    """The newest first, of those that fit every filter.

    Raises:
        ConfigError: `unknown_endpoint`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        # One that was removed has deliveries still.
        if endpoint is not None and await tx.outbox.endpoints.get(endpoint) is None:
            await existing(tx, endpoint)
        return await tx.outbox.listing.deliveries(
            states=states, endpoint=endpoint, subject=subject, before=before, limit=limit
        )


async def show_delivery(installation: Installation, number: int) -> KeptDelivery:
    """
    Raises:
        ConfigError: `unknown_delivery`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        found = await tx.outbox.listing.delivery(number)
    if found is None:
        raise ConfigError(
            f"no delivery has the number {number}",
            code="unknown_delivery",
            hint="`syncd deliveries` lists them",
        )
    return found


async def redeliver(
    installation: Installation, *, number: int | None = None, dead_of: str | None = None
) -> Acted:
    """Sends one delivery, or all dead ones of an endpoint, once more.

    Raises:
        ConfigError: `unknown_delivery`, `unknown_endpoint`.
        StoreError: there is no store yet.
    """
    act = Act(by=person(), at=installation.clock())
    async with await bootstrap.open_store(installation) as store:
        async with store.transaction() as tx:
            ids = [] if number is None else [number]
            if dead_of is not None:
                await existing(tx, dead_of)
                ids += await tx.outbox.listing.dead(dead_of)
            count = await people.redeliver(tx, ids, act=act)
        return Acted(count=count, deliveries=await deliver_beside(installation, store))


async def give_up(installation: Installation, numbers: Sequence[int], *, reason: str) -> Acted:
    """Makes open deliveries dead, all of them or none, and attempts what waited behind them.

    Raises:
        ConfigError: `unknown_delivery`, `delivery_in_flight`, `missing_reason`.
        StoreError: there is no store yet.
    """
    act = Act(by=person(), at=installation.clock())
    async with await bootstrap.open_store(installation) as store:
        async with store.transaction() as tx:
            count = await people.give_up(tx, numbers, reason=reason, act=act)
        return Acted(count=count, deliveries=await deliver_beside(installation, store))
