"""endpoints: who is told, and what people do about it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.delivering import Delivered
from syncd.commands.pinging import ping_endpoint
from syncd.commands.recipients import problem
from syncd.commands.speaking import deliver_beside
from syncd.delivery.delivery import Result
from syncd.egress.targets import vet_target
from syncd.people import endpoints as people
from syncd.people.acting import Act
from syncd.people.endpoints import NewSecret
from syncd.store.endpoints import Endpoint, KeptEndpoint
from syncd.store.listing import Backlog
from syncd.store.transaction import Transaction
from syncd.views.endpoints import ListedEndpoint, listed

Row = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What an act set going.

    Attributes:
        count: Deliveries that it concerns: open, given up, or sent once more.
        deliveries: What became of those due; None: another process delivers, or nothing was to be.
    """

    endpoint: str
    count: int
    deliveries: Delivered | None = None

    def row(self) -> Row:
        return {
            "endpoint": self.endpoint,
            "count": self.count,
            "deliveries": self.deliveries.row() if self.deliveries else None,
        }


async def add_endpoint(installation: Installation, endpoint: Endpoint) -> NewSecret:
    """Vets the URL, records the endpoint, and makes its secret.

    Raises:
        UnsafeTarget: the URL, or an address behind it, is one that syncd must not dial.
        ConfigError: see `people.endpoints.add`; `missing_encryption_key`.
    """
    people.check(endpoint)
    await vet_target(endpoint.url or "", networks=installation.settings.endpoint_networks)
    keyring = bootstrap.keyring(installation)
    async with await bootstrap.open_store(installation) as store, store.transaction() as tx:
        return await people.add(
            tx, endpoint, keyring=keyring, act=_act(installation), random=secrets.token_bytes
        )


async def change_endpoint(
    installation: Installation, name: str, anew: Callable[[Endpoint], Endpoint], *, url: str | None
) -> ListedEndpoint:
    """Describes one anew, with the secret that it has.

    Args:
        url: The new one, which is vetted; None: it stays.

    Raises:
        UnsafeTarget: the URL, or an address behind it, is one that syncd must not dial.
        ConfigError: see `people.endpoints.change`.
    """
    if url is not None:
        await vet_target(url, networks=installation.settings.endpoint_networks)
    async with await bootstrap.open_store(installation) as store, store.transaction() as tx:
        await people.change(tx, name, anew, act=_act(installation))
    return await show_endpoint(installation, name)


async def rotate_secret(installation: Installation, name: str, *, overlap: timedelta) -> NewSecret:
    """
    Raises:
        ConfigError: see `people.endpoints.rotate`.
    """
    keyring = bootstrap.keyring(installation)
    async with await bootstrap.open_store(installation) as store, store.transaction() as tx:
        return await people.rotate(
            tx,
            name,
            overlap=overlap,
            keyring=keyring,
            act=_act(installation),
            random=secrets.token_bytes,
        )


async def list_endpoints(installation: Installation) -> list[ListedEndpoint]:
    """By name; removed ones not.

    Raises:
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation) as store, store.reading() as tx:
        there = [kept for kept in await tx.outbox.endpoints.all() if not kept.is_removed]
        return await _listed(installation, tx, there)


async def show_endpoint(installation: Installation, name: str) -> ListedEndpoint:
    """
    Raises:
        ConfigError: `unknown_endpoint`.
    """
    async with await bootstrap.open_store(installation) as store, store.reading() as tx:
        return (await _listed(installation, tx, [await people.existing(tx, name)]))[0]


async def _listed(
    installation: Installation, tx: Transaction, there: list[KeptEndpoint]
) -> list[ListedEndpoint]:
    return await listed(tx, there, problem=partial(problem, installation), now=installation.clock())


async def pause_endpoint(installation: Installation, name: str) -> None:
    """
    Raises:
        ConfigError: `unknown_endpoint`.
    """
    async with await bootstrap.open_store(installation) as store, store.transaction() as tx:
        await people.pause(tx, name, act=_act(installation))


async def remove_endpoint(installation: Installation, name: str) -> Acted:
    """Opens the store as it is: a name that syncd.yaml has too is no reason to keep it.

    Raises:
        ConfigError: `unknown_endpoint`, `endpoint_of_file`.
    """
    opened = await bootstrap.open_store(installation, create=False)
    async with opened as store, store.transaction() as tx:
        return Acted(endpoint=name, count=await people.remove(tx, name, act=_act(installation)))


async def resume_endpoint(installation: Installation, name: str) -> Acted:
    """Goes on where it was paused, and attempts what is due.

    Raises:
        ConfigError: `unknown_endpoint`.
    """
    async with await bootstrap.open_store(installation) as store:
        async with store.transaction() as tx:
            await people.resume(tx, name, act=_act(installation))
            backlog = (await tx.outbox.listing.backlogs()).get(name, Backlog())
        delivered = await deliver_beside(installation, store)
    return Acted(endpoint=name, count=backlog.open, deliveries=delivered)


async def enable_endpoint(installation: Installation, name: str) -> Acted:
    """Starts it again, and attempts what is due.

    Raises:
        ConfigError: `unknown_endpoint`.
    """
    async with await bootstrap.open_store(installation) as store:
        async with store.transaction() as tx:
            opened = await people.enable(tx, name, act=_act(installation))
        delivered = await deliver_beside(installation, store)
    return Acted(endpoint=name, count=opened, deliveries=delivered)


async def replay_endpoint(
    installation: Installation, name: str, *, since: datetime | None, after: int | None
) -> Acted:
    """Sends once more what is stored since then, and attempts what is due.

    Raises:
        ConfigError: `unknown_endpoint`, `invalid_replay`.
    """
    async with await bootstrap.open_store(installation) as store:
        async with store.transaction() as tx:
            replayed = await people.replay(tx, name, since=since, after=after, act=_act(installation))
        delivered = await deliver_beside(installation, store)
    return Acted(endpoint=name, count=replayed, deliveries=delivered)


async def test_endpoint(installation: Installation, name: str) -> Result:
    """Sends one signed `ping` past the queue, paused or disabled as it may be.

    Raises:
        ConfigError: `unknown_endpoint`; the secret cannot be had.
    """
    async with await bootstrap.open_store(installation) as store:
        async with store.reading() as tx:
            kept, sealed = await people.existing(tx, name), await tx.secrets.of(name)
            epoch = await tx.epochs.current()
        result = await ping_endpoint(installation, kept, sealed, epoch=epoch)
        async with store.transaction() as tx:
            await people.note_test(tx, name, status=result.status, act=_act(installation))
    return result


def _act(installation: Installation) -> Act:
    return Act(by=person(), at=installation.clock())
