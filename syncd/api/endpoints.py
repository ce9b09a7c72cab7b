"""Endpoints: who is told, how each is doing, and what people do about it.

Of an address no more than its host is shown: people put tokens into paths.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Header, Path, Response

from syncd.api.access import Admin
from syncd.api.endpoint_facts import (
    ChangedEndpoint,
    Endpoint,
    Endpoints,
    MadeEndpoint,
    MadeSecret,
    NewEndpoint,
    Replay,
    Replayed,
    Rotation,
    Tested,
)
from syncd.api.events import position_behind
from syncd.api.problems import Problem
from syncd.api.routes import routes
from syncd.api.service import Service, Serving
from syncd.api.writing import AdminWrite, Done, Effect, Write
from syncd.delivery.rate import Limits, parse_rate
from syncd.people import endpoints as people
from syncd.store import endpoints as stored
from syncd.store.endpoints import KeptEndpoint
from syncd.store.transaction import Transaction
from syncd.views.endpoints import ListedEndpoint, listed, tested_row

router = routes(prefix="/api/v1/endpoints", tag="endpoints")

Name = Annotated[str, Path(max_length=63)]
Revision = Annotated[
    str | None, Header(pattern=r'^"[0-9]{1,9}"$', description="The `revision` that you saw, in quotes")
]


@router.get("")
async def list_endpoints(service: Serving, caller: Admin) -> Endpoints:
    """All endpoints by name; removed ones not."""
    async with service.store.reading() as tx:
        there = [kept for kept in await tx.outbox.endpoints.all() if not kept.is_removed]
        return Endpoints(items=await _shown(tx, there, service=service))


@router.post("", status_code=201, response_model=MadeEndpoint)
async def create_endpoint(new: NewEndpoint, write: AdminWrite) -> Response:
    """A new endpoint, which gets what happens from now on; its secret is in this answer alone.

    A repeated `Idempotency-Key` answers without the secret: it is not kept.
    """
    wanted = _wanted(new)
    people.check(wanted)
    # Before the transaction: it asks the network whom the name belongs to.
    await write.service.vet(new.url)

    async def effect(tx: Transaction) -> Done:
        made = await people.add(
            tx, wanted, keyring=write.service.keyring(), act=write.act(), random=write.service.random
        )
        facts = dict(await _one(tx, new.name, service=write.service))
        return Done(
            body=MadeEndpoint(**facts, secret=made.text),
            kept=MadeEndpoint(**facts, secret=None),
            status=201,
            location=f"{router.prefix}/{new.name}",
        )

    return await write(effect)


@router.get("/{endpoint}")
async def get_endpoint(endpoint: Name, service: Serving, caller: Admin) -> Endpoint:
    """One endpoint."""
    async with service.store.reading() as tx:
        return await _one(tx, endpoint, service=service)


@router.patch("/{endpoint}", response_model=Endpoint)
async def change_endpoint(
    endpoint: Name, new: ChangedEndpoint, write: AdminWrite, *, if_match: Revision = None
) -> Response:
    """Describes an added endpoint anew; what is left out stays, and so does its secret."""
    said = new.model_dump(exclude_none=True)
    rate = _rate(new.rate)
    if new.url is not None:
        await write.service.vet(new.url)

    def anew(now: stored.Endpoint) -> stored.Endpoint:
        lists: dict[str, Any] = {  # Any: fields of one Endpoint
            name: tuple(said[name])
            for name in ("events", "include", "teams", "tiers", "objectives")
            if name in said
        }
        limits = Limits(
            concurrency=said.get("concurrency", now.limits.concurrency),
            rate=rate if "rate" in new.model_fields_set else now.limits.rate,
        )
        return replace(now, url=said.get("url", now.url), limits=limits, **lists)

    async def effect(tx: Transaction) -> Done:
        revision = None if if_match is None else int(if_match.strip('"'))
        await people.change(tx, endpoint, anew, revision=revision, act=write.act())
        return Done(body=await _one(tx, endpoint, service=write.service))

    return await _roused(endpoint, write, effect)


@router.delete("/{endpoint}", status_code=204)
async def remove_endpoint(endpoint: Name, write: AdminWrite) -> Response:
    """Takes an endpoint away, with its secrets. What it has open is given up, and stays listed."""

    async def effect(tx: Transaction) -> Done:
        await people.remove(tx, endpoint, act=write.act())
        return Done(status=204)

    return await write(effect)


@router.post("/{endpoint}/rotate", response_model=MadeSecret)
async def rotate_secret(endpoint: Name, new: Rotation, write: AdminWrite) -> Response:
    """Another secret, in this answer alone; the ones before it sign too until the overlap ends."""

    async def effect(tx: Transaction) -> Done:
        made = await people.rotate(
            tx,
            endpoint,
            overlap=timedelta(seconds=new.overlap_s),
            keyring=write.service.keyring(),
            act=write.act(),
            random=write.service.random,
        )
        told = MadeSecret(endpoint=endpoint, secret=made.text, others_until=made.others_until)
        return Done(body=told, kept=told.model_copy(update={"secret": None}))

    # One whose secret could not be had may be sent to now.
    return await _roused(endpoint, write, effect)


@router.post("/{endpoint}/pause", response_model=Endpoint)
async def pause_endpoint(endpoint: Name, write: AdminWrite) -> Response:
    """Keeps everything back from it until it is resumed. Events wait; nobody is told."""
    return await _do(people.pause, endpoint, write)


@router.post("/{endpoint}/resume", response_model=Endpoint)
async def resume_endpoint(endpoint: Name, write: AdminWrite) -> Response:
    """Goes on after a pause, where the schedule of each delivery stands."""
    return await _do(people.resume, endpoint, write)


@router.post("/{endpoint}/enable", response_model=Endpoint)
async def enable_endpoint(endpoint: Name, write: AdminWrite) -> Response:
    """Starts one that was disabled: what it has open is due at once."""
    return await _do(people.enable, endpoint, write)


@router.post("/{endpoint}/replay", response_model=Replayed)
async def replay_endpoint(endpoint: Name, new: Replay, write: AdminWrite) -> Response:
    """Sends once more what is stored since a time, or behind an event, and what it subscribes to now.

    `after` is the number of an event, or the `next` of an answer of `GET /api/v1/events`.
    """

    async def effect(tx: Transaction) -> Done:
        number = new.after if isinstance(new.after, int) else None
        position = await position_behind(tx, new.after) if isinstance(new.after, str) else None
        made = await people.replay(
            tx, endpoint, since=new.since, after=number, position=position, act=write.act()
        )
        return Done(body=Replayed(deliveries=made))

    return await _roused(endpoint, write, effect)


@router.post("/{endpoint}/test", response_model=Tested)
async def test_endpoint(endpoint: Name, write: AdminWrite) -> Response:
    """Sends one signed `ping` past the queue, paused or disabled as it may be, and waits for the answer."""
    service = write.service

    async def ping() -> Effect:
        async with service.store.reading() as tx:
            kept, sealed = await people.existing(tx, endpoint), await tx.secrets.of(endpoint)
            epoch = await tx.epochs.current()
        # Between two transactions: it takes as long as the endpoint does, up to the deadline.
        result = await service.ping(kept, sealed, epoch=epoch)

        async def effect(tx: Transaction) -> Done:
            await people.note_test(tx, endpoint, status=result.status, act=write.act())
            return Done(body=Tested(**tested_row(endpoint, result)))

        return effect

    return await write.after(ping)


async def _do(what: Callable[..., Awaitable[object]], name: str, write: Write) -> Response:
    """One of `people.endpoints`, then the endpoint as it is now."""

    async def effect(tx: Transaction) -> Done:
        await what(tx, name, act=write.act())
        return Done(body=await _one(tx, name, service=write.service))

    return await _roused(name, write, effect)


async def _roused(name: str, write: Write, effect: Effect) -> Response:
    """A write after which something may be due at the endpoint."""
    answer = await write(effect)
    write.service.wake("drain_endpoint", name)
    return answer


async def _one(tx: Transaction, name: str, *, service: Service) -> Endpoint:
    return (await _shown(tx, [await people.existing(tx, name)], service=service))[0]


async def _shown(tx: Transaction, there: list[KeptEndpoint], *, service: Service) -> list[Endpoint]:
    found = await listed(tx, there, problem=service.problem, now=service.clock())
    return [_facts(one) for one in found]


def _facts(listed: ListedEndpoint) -> Endpoint:
    row: dict[str, Any] = listed.row()  # Any: JSON
    url = row.pop("url")
    host = people.described(listed.kept.endpoint)["host"] if url else None
    return Endpoint(**row, host=host)


def _rate(text: str | None) -> float | None:
    rate = None if text is None else parse_rate(text)
    if text is not None and rate is None:
        raise Problem(422, "invalid_endpoint", "that is no rate", hint="5/s, 30/m, 100/h")
    return rate


def _wanted(new: NewEndpoint) -> stored.Endpoint:
    return stored.Endpoint(
        name=new.name,
        url=new.url,
        events=tuple(new.events),
        include=tuple(new.include),
        teams=tuple(new.teams),
        tiers=tuple(new.tiers),
        objectives=tuple(new.objectives),
        limits=Limits(concurrency=new.concurrency, rate=_rate(new.rate)),
    )
