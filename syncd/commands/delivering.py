"""Deliveries: one attempt for all that is due before a command exits, or on and on in `serve`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from syncd import __version__
from syncd.bootstrap import Installation
from syncd.commands.recipients import Recipients
from syncd.okr.event import Source
from syncd.webhooks.drain import Outgoing, attempt_due_once, drain, take_over
from syncd.webhooks.notices import tell_disabled

if TYPE_CHECKING:
    from syncd.egress.answer import Answer
    from syncd.egress.http import Poster
    from syncd.engine.tasks import Drain
    from syncd.store.store import Store


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
        async with store.transaction() as tx:
            source = Source(instance=installation.settings.instance, epoch=store.epoch)
            await tell_disabled(tx, source=source, now=installation.clock())
        report = await attempt_due_once(out)
    return Delivered(delivered=report.delivered, waiting=report.waiting, dead=report.dead)


@asynccontextmanager
async def deliveries_of(installation: Installation, store: Store) -> AsyncIterator[Drain]:
    """What `serve` drains an endpoint with."""
    async with outgoing(installation, store) as out:

        async def drain_one(endpoint: str) -> datetime | None:
            return (await drain(out, endpoint=endpoint)).next_at

        yield drain_one


@asynccontextmanager
async def outgoing(installation: Installation, store: Store) -> AsyncIterator[Outgoing]:
    async with PostsWhenDue(installation) as sender:
        recipients = Recipients(installation, store)
        out = Outgoing(
            store=store,
            sender=sender,
            secrets=recipients.secrets,
            limits=recipients.limits,
            refresh=recipients.refresh,
            clock=installation.clock,
        )
        if store.dialect == "sqlite":  # whoever delivers from it holds its lock: nobody else is sending
            await take_over(out)
        yield out


class PostsWhenDue:
    """The client that posts, imported and opened by the first post: most commands have none to make."""

    def __init__(self, installation: Installation) -> None:
        self._networks = installation.settings.endpoint_networks
        self._opened = AsyncExitStack()
        self._poster: Poster | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """See `Poster.post`."""
        if self._poster is None:
            self._poster = self._new_poster()
            await self._opened.enter_async_context(self._poster)
        return await self._poster.post(url, body=body, headers=headers)

    def _new_poster(self) -> Poster:
        from syncd.egress.http import Poster  # noqa: PLC0415  # half a second, as the class says

        return Poster(user_agent=f"syncd/{__version__}", networks=self._networks)
