"""Deliveries: one attempt for all that is due before a command exits, or on and on in `serve`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from syncd import __version__
from syncd.bootstrap import Installation
from syncd.egress.http import Poster
from syncd.engine.tasks import Drain
from syncd.errors import SettingsError
from syncd.store.store import Store
from syncd.webhooks.drain import Outgoing, attempt_due_once, drain, take_over
from syncd.webhooks.sign import Secret

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of the deliveries: settled by this command, and still in their rows."""

    delivered: int = 0
    waiting: int = 0
    dead: int = 0

    def row(self) -> dict[str, int]:
        return {"delivered": self.delivered, "waiting": self.waiting, "dead": self.dead}


async def deliver_due(installation: Installation, store: Store) -> Delivered:
    """Attempts every due delivery once, 20 s each and 60 s in all; the rest stays in its rows."""
    async with outgoing(installation, store) as out:
        report = await attempt_due_once(out)
    return Delivered(delivered=report.delivered, waiting=report.waiting, dead=report.dead)


@asynccontextmanager
async def deliveries_of(installation: Installation, store: Store) -> AsyncIterator[Drain]:
    """What `serve` drains an endpoint with."""
    async with outgoing(installation, store) as out:

        async def drain_one(endpoint: str) -> datetime | None:
            await drain(out, endpoint=endpoint)
            async with store.reading() as tx:
                return await tx.outbox.deliveries.next_due_at(endpoint)

        yield drain_one


@asynccontextmanager
async def outgoing(installation: Installation, store: Store) -> AsyncIterator[Outgoing]:
    poster = Poster(user_agent=f"syncd/{__version__}", networks=installation.settings.endpoint_networks)
    async with poster:
        out = Outgoing(
            store=store, sender=poster, secrets=signing_secrets(installation), clock=installation.clock
        )
        if store.dialect == "sqlite":  # whoever delivers from it holds its lock: nobody else is sending
            await take_over(out)
        yield out


def signing_secrets(installation: Installation) -> Mapping[str, Sequence[Secret]]:
    """Endpoint -> its secrets. One whose secret is missing is left out: its deliveries wait."""
    found: dict[str, Sequence[Secret]] = {}
    for name, endpoint in installation.settings.endpoints.items():
        try:
            found[name] = [Secret.parse(text) for text in endpoint.secrets(installation.environ)]
        except SettingsError as error:
            log.warning("endpoint.without_secret", endpoint=name, code=error.code, error=str(error))
    return found
