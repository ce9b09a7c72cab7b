"""Keeps the channels of one connection: opens, renews, stops. No network inside a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from syncd.errors import SyncdError
from syncd.inbox.watching import digest_of, retry_at, steps
from syncd.sdk.hooks import ChannelOpener
from syncd.store.channels import Channel
from syncd.store.store import Store
from syncd.sync.fold import to_fact

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A connection whose source sends over channels.

    Attributes:
        address: Where the source reaches us; None: no channel is wanted, and those that there are end.
        token_of: A channel's id -> what proves its hooks today.
        opener: Made when it is needed; raises a `SyncdError` where a secret is missing.
    """

    connection: str
    address: str | None
    lasts: timedelta
    token_of: Callable[[str], str] = field(repr=False)
    opener: Callable[[], ChannelOpener]


class Watcher:
    """Channels of all connections that have any.

    Args:
        places: Connection -> where hooks are wanted now; None: nobody can tell, so nothing is changed.
        new_id: Of a channel.
    """

    def __init__(
        self,
        store: Store,
        *,
        watched: Mapping[str, Watched],
        places: Callable[[str], Awaitable[Collection[str] | None]],
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self.watched = watched
        self._store, self._places, self._clock, self._new_id = store, places, clock, new_id

    async def keep(self, name: str) -> None:
        """Brings the channels of a connection to what is wanted, as far as its source lets us."""
        watched = self.watched[name]
        places = () if watched.address is None else await self._places(name)
        if places is None:
            return
        async with self._store.reading() as tx:
            kept = await tx.channels.of(name)
        found = steps(
            kept,
            places=places,
            is_current=lambda one: one.digest == self._digest(watched, one.id),
            now=self._clock(),
        )
        for channel in found.forget:
            await self._forget(channel)
        for channel in [*(self._new(watched, place) for place in found.open), *found.ask_again]:
            await self._open(watched, channel)
        for channel in found.stop:
            await self._stop(watched, channel)

    def _new(self, watched: Watched, place: str) -> Channel:
        id_ = self._new_id()
        return Channel(
            id=id_,
            connection=watched.connection,
            place=place,
            digest=self._digest(watched, id_),
            expires_at=self._clock() + watched.lasts,
        )

    async def _open(self, watched: Watched, channel: Channel) -> None:
        address = watched.address
        if address is None:
            return
        until = self._clock() + watched.lasts
        # Before the source is asked: a process that is killed now finds it, and asks for the same one.
        channel = replace(channel, expires_at=until)
        await self._save(channel)
        try:
            opened = await asyncio.to_thread(
                lambda: watched.opener().open(
                    channel.place,
                    channel=channel.id,
                    address=address,
                    token=watched.token_of(channel.id),
                    until=until,
                )
            )
        except SyncdError as error:
            await self._fail(channel, error)
            return
        await self._save(
            replace(
                channel,
                resource=opened.resource,
                opened_at=self._clock(),
                expires_at=opened.expires_at,
                failures=0,
                retry_at=None,
                error=None,
            )
        )
        log.info("channel.opened", connection=channel.connection, place=channel.place, channel=channel.id)

    async def _stop(self, watched: Watched, channel: Channel) -> None:
        if channel.resource:  # else it ends by itself
            try:
                await asyncio.to_thread(lambda: watched.opener().stop(channel.id, channel.resource))
            except SyncdError as error:
                await self._fail(channel, error)
                return
        await self._forget(channel)
        log.info("channel.stopped", connection=channel.connection, place=channel.place, channel=channel.id)

    async def _fail(self, channel: Channel, error: SyncdError) -> None:
        failures = channel.failures + 1
        fact = to_fact(error)
        at = retry_at(failures, now=self._clock())
        await self._save(replace(channel, failures=failures, retry_at=at, error=fact))
        if channel.error is None or channel.error.code != fact.code:
            log.warning(
                "channel.failed",
                connection=channel.connection,
                place=channel.place,
                code=error.code,
                error=str(error),
                hint=error.hint,
            )

    async def _save(self, channel: Channel) -> None:
        async with self._store.transaction() as tx:
            await tx.channels.save(channel)

    async def _forget(self, channel: Channel) -> None:
        async with self._store.transaction() as tx:
            await tx.channels.forget(channel.id)

    @staticmethod
    def _digest(watched: Watched, channel: str) -> str:
        return digest_of(watched.address or "", watched.token_of(channel))
