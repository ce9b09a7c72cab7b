"""From the outbox to a consumer that verifies with the public library, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from syncd.demo.consumer import Consumer
from syncd.egress.addresses import to_networks
from syncd.egress.answer import Answer
from syncd.egress.http import Poster
from syncd.sdk.testing import rough
from syncd.sdk.testing.faults import endless_redirect, faulty
from syncd.sdk.testing.server import serve
from syncd.store.deliveries import deliveries
from syncd.store.endpoints import endpoints
from syncd.store.store import Store
from syncd.webhooks.drain import DrainReport, attempt_due_once, drain_all
from tests.deliveries import SECRET, Time, an_endpoint, an_event, enqueue, outgoing, subscribe


@pytest.fixture
def consumer() -> Consumer:
    return Consumer(SECRET)


@pytest.fixture
def hooks(consumer: Consumer) -> Iterator[str]:
    with serve(consumer.asgi) as base:
        yield f"{base}/hooks/syncd"


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    networks = to_networks(["127.0.0.0/8"])
    async with Poster(user_agent="syncd/0", networks=networks, deadline_s=2.0) as client:
        yield client


@pytest.fixture
def time() -> Time:
    """The time it is, since the consumer's library looks at the clock itself."""
    return Time(datetime.now(UTC))


async def test_what_is_enqueued_arrives_verified(
    store: Store, consumer: Consumer, hooks: str, poster: Poster, time: Time
) -> None:
    await subscribe(store, an_endpoint(url=hooks))
    await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(150)))

    report = await attempt_due_once(outgoing(store, poster, time=time))

    assert report == DrainReport(delivered=150)
    assert (consumer.counts.accepted, consumer.counts.applied, consumer.counts.rejected) == (150, 150, 0)


class Flipping:
    """A road on which one byte flips."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        flipped = body.replace(b"0.5", b"0.6")
        return await self._poster.post(url, body=flipped, headers=headers)


async def test_a_flipped_byte_is_rejected_and_tried_again(
    store: Store, consumer: Consumer, hooks: str, poster: Poster, time: Time
) -> None:
    await subscribe(store, an_endpoint(url=hooks))
    await enqueue(store, an_event(current=0.5))

    flipped = await attempt_due_once(outgoing(store, Flipping(poster), time=time))
    time.pass_by(seconds=5)
    whole = await attempt_due_once(outgoing(store, poster, time=time))

    assert (flipped, whole) == (DrainReport(waiting=1), DrainReport(delivered=1))
    assert (consumer.counts.rejected, consumer.counts.accepted) == (1, 1)


async def test_an_old_timestamp_is_rejected(
    store: Store, consumer: Consumer, hooks: str, poster: Poster, time: Time
) -> None:
    await subscribe(store, an_endpoint(url=hooks))
    time.pass_by(minutes=-6)
    await enqueue(store, an_event(), at=time())

    await attempt_due_once(outgoing(store, poster, time=time))

    assert (consumer.counts.rejected, consumer.counts.accepted) == (1, 0)


async def test_a_hanging_endpoint_does_not_hold_up_another(
    store: Store, consumer: Consumer, hooks: str, poster: Poster, time: Time
) -> None:
    with faulty(rough.hang) as hanging:
        await subscribe(store, an_endpoint("healthy", hooks), an_endpoint("hanging", hanging.url))
        await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(120)))
        out = outgoing(store, poster, time=time, endpoints=("healthy", "hanging"))

        draining = asyncio.create_task(drain_all(out))
        while await count(store, "healthy", "delivered") < 120:
            assert not draining.done()
            await asyncio.sleep(0.02)
        meanwhile = await count(store, "hanging", "in_flight")
        draining.cancel()

    assert meanwhile > 0
    assert consumer.counts.applied == 120


async def test_a_redirect_is_a_refusal(store: Store, poster: Poster, time: Time) -> None:
    with faulty(endless_redirect()) as server:
        await subscribe(store, an_endpoint(url=server.url))
        await enqueue(store, an_event())
        report = await attempt_due_once(outgoing(store, poster, time=time))

    assert (report, server.connections) == (DrainReport(waiting=1), 1)


async def test_an_endpoint_at_an_address_that_is_not_listed_is_never_dialled(
    store: Store, consumer: Consumer, hooks: str, time: Time
) -> None:
    await subscribe(store, an_endpoint(url=hooks))
    await enqueue(store, an_event())
    async with Poster(user_agent="syncd/0") as strict:
        report = await attempt_due_once(outgoing(store, strict, time=time))

    assert report == DrainReport(waiting=1)
    assert consumer.counts.accepted == consumer.counts.rejected == 0


async def count(store: Store, endpoint: str, state: str) -> int:
    async with store.reading() as tx:
        found = await tx.connection.execute(
            select(deliveries.c.id)
            .join(endpoints)
            .where(endpoints.c.name == endpoint, deliveries.c.state == state)
        )
        return len(found.all())
