"""Claim, send, settle: what a drain attempts, in which order, and what it leaves behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from syncd.delivery.delivery import Lease
from syncd.delivery.rate import CONCURRENCY, Limits
from syncd.delivery.schedule import WAITS
from syncd.egress.answer import Answer
from syncd.okr.event import FRESHNESS_CHANGED
from syncd.store.deliveries import attempts, deliveries
from syncd.store.endpoints import endpoints
from syncd.store.store import Store
from syncd.store.transaction import Transaction
from syncd.webhooks.drain import (
    AT_THE_STORE,
    DrainReport,
    attempt_due_once,
    drain,
    drain_all,
    take_over,
)
from tests.deliveries import (
    NOW,
    Obeying,
    Sent,
    Time,
    an_answer,
    an_endpoint,
    an_event,
    enqueue,
    outgoing,
    subscribe,
)


async def test_nothing_to_send_sends_nothing(store: Store) -> None:
    await subscribe(store)
    sender = Obeying()

    report = await attempt_due_once(outgoing(store, sender, time=Time()))

    assert report == DrainReport()
    assert sender.sent == []


async def test_what_is_delivered_is_not_sent_again(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    sender = Obeying()
    out = outgoing(store, sender, time=Time())

    first, second = await attempt_due_once(out), await attempt_due_once(out)

    assert (first, second) == (DrainReport(delivered=1), DrainReport())
    assert len(sender.sent) == 1


async def test_a_subjects_events_arrive_in_order_within_one_drain(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1), an_event(sequence=2, type_=FRESHNESS_CHANGED))
    await enqueue(store, an_event(sequence=3, type_="key_result.moved"))
    sender = Obeying()

    await drain(outgoing(store, sender, time=Time()), endpoint="okr-store")

    assert [b'"sequence":%d' % n in sent.body for n, sent in enumerate(sender.sent, 1)] == [True] * 3


async def test_more_than_a_batch_is_drained_batch_by_batch(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(250)))
    sender = Obeying()

    report = await drain(outgoing(store, sender, time=Time()), endpoint="okr-store")

    assert report.delivered == len({sent.webhook_id for sent in sender.sent}) == 250


async def test_a_retry_keeps_id_and_bytes_and_signs_anew(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    sender, time = Obeying(lambda _: an_answer(503)), Time()
    out = outgoing(store, sender, time=time)

    await attempt_due_once(out)
    time.pass_by(seconds=5)
    await attempt_due_once(out)

    first, second = sender.sent
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 5
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


async def test_the_whole_schedule_of_a_refused_delivery(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    sender, time = Obeying(lambda _: an_answer(422, body=b"no such key result")), Time()
    out = outgoing(store, sender, time=time)

    sent_at = []
    while (due_at := await next_due(store)) is not None:
        time.now = due_at
        sent_at.append(due_at)
        report = await attempt_due_once(out)

    assert [later - earlier for earlier, later in pairwise(sent_at)] == list(WAITS)
    assert report == DrainReport(dead=1)
    (row,) = await rows(store)
    assert (row.state, row.reason, row.attempts) == ("dead", "HTTP 422: no such key result", 10)


async def test_retry_after_is_obeyed(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())

    sender = Obeying(lambda _: an_answer(429, retry_after="3600"))
    report = await attempt_due_once(outgoing(store, sender, time=Time()))

    assert report == DrainReport(waiting=1)
    assert await next_due(store) == NOW + timedelta(hours=1)


async def test_an_endpoint_that_is_gone_gets_nothing_more_and_loses_nothing(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event("product/a/x"))
    sender, time = Obeying(lambda _: an_answer(410)), Time()
    out = outgoing(store, sender, time=time)
    await attempt_due_once(out)

    await enqueue(store, an_event("product/a/y"))
    time.pass_by(days=2)
    report = await attempt_due_once(out)

    assert len(sender.sent) == 1
    assert report == DrainReport(waiting=2)
    assert await disabled(store) == {"okr-store": "gone"}


async def test_an_endpoint_out_of_reach_to_the_end_is_disabled(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    sender, time = Obeying(lambda _: an_answer(503)), Time()

    while (due_at := await next_due(store)) is not None:
        time.now = due_at
        await attempt_due_once(outgoing(store, sender, time=time))

    assert len(sender.sent) == 10
    assert await disabled(store) == {"okr-store": "unreachable"}
    assert [row.state for row in await rows(store)] == ["pending"]


async def test_a_failing_subject_does_not_hold_up_another(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event("product/a/bad"), an_event("product/a/good"))

    def picky(sent: Sent) -> Answer:
        return an_answer(500 if b"bad" in sent.body else 200)

    report = await attempt_due_once(outgoing(store, Obeying(picky), time=Time()))

    assert report == DrainReport(delivered=1, waiting=1)


async def test_a_newer_number_waits_in_the_place_of_the_older_and_tells_so(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1, current=0.1))
    answers = iter([an_answer(503), an_answer(204)])
    sender, time = Obeying(lambda _: next(answers)), Time()
    out = outgoing(store, sender, time=time)
    await attempt_due_once(out)

    await enqueue(store, an_event(sequence=2, current=0.2))
    too_early = await attempt_due_once(out)
    time.pass_by(seconds=5)
    report = await attempt_due_once(out)

    assert (too_early, report) == (DrainReport(waiting=1), DrainReport(delivered=1))
    assert b'"current":0.2' in sender.sent[-1].body
    assert sender.sent[-1].headers["syncd-coalesced-from"] == "1"


async def test_an_exception_of_our_own_sets_one_delivery_aside_and_goes_on(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event("product/a/bad"), an_event("product/a/good"))

    def broken(sent: Sent) -> Answer:
        if b"bad" in sent.body:
            raise KeyError("a mistake of ours")
        return an_answer()

    report = await attempt_due_once(outgoing(store, Obeying(broken), time=Time()))

    assert report == DrainReport(delivered=1, dead=1)
    assert Counter(row.reason for row in await rows(store)) == {None: 1, "quarantined": 1}
    async with store.reading() as tx:
        messages = list(await tx.connection.scalars(select(attempts.c.message)))
    assert any("KeyError: 'a mistake of ours'" in message for message in messages if message)


async def test_what_does_not_fit_the_time_stays_in_its_rows_as_it_was(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(30)))
    time = Time()

    def slow(_: Sent) -> Answer:
        time.pass_by(seconds=5)
        return an_answer()

    report = await attempt_due_once(outgoing(store, Obeying(slow), time=time))

    assert report.delivered < 30
    assert report.delivered + report.waiting == 30
    assert {(row.state, row.attempts) for row in await rows(store) if row.state != "delivered"} == {
        ("pending", 0)
    }


async def test_an_endpoint_without_its_secret_waits_and_the_others_do_not(store: Store) -> None:
    await subscribe(store, an_endpoint("okr-store"), an_endpoint("warehouse"))
    await enqueue(store, an_event())
    sender = Obeying()

    report = await drain_all(outgoing(store, sender, time=Time(), endpoints=("warehouse",)))

    assert report.delivered == len(sender.sent) == 1


async def test_nothing_is_claimed_for_an_endpoint_without_its_secret(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    out = outgoing(store, Obeying(), time=Time(), endpoints=())

    report = await drain(out, endpoint="okr-store")

    assert report == DrainReport()
    assert [row.state for row in await rows(store)] == ["pending"]
    assert report.next_at is None


async def test_no_transaction_is_open_while_the_network_is_asked(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())

    class Writing(Obeying):
        async def post(self, url: str, **request: Any) -> Answer:  # Any: body, headers
            # On SQLite a second writer would wait for the first, and give up.
            later = NOW + timedelta(seconds=1)
            await enqueue(store, an_event(sequence=2, type_="key_result.moved"), at=later)
            return await super().post(url, **request)

    report = await drain(outgoing(store, Writing(), time=Time()), endpoint="okr-store")

    assert report.delivered == 1


async def test_an_endpoint_is_sent_a_few_at_a_time(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(40)))

    class Counting(Obeying):
        now = most = 0

        async def post(self, url: str, **request: Any) -> Answer:  # Any: body, headers
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0)
            self.now -= 1
            return await super().post(url, **request)

    sender = Counting()
    await drain(outgoing(store, sender, time=Time()), endpoint="okr-store")

    assert (sender.most, len(sender.sent)) == (CONCURRENCY, 40)


async def test_concurrency_is_what_the_endpoint_says(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, *[an_event(f"product/a/{n}") for n in range(20)])
    now = most = 0

    class Counting(Obeying):
        async def post(self, url: str, **request: Any) -> Answer:  # Any: body, headers
            nonlocal now, most
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1
            return await super().post(url, **request)

    limited = replace(outgoing(store, Counting(), time=Time()), limits={"okr-store": Limits(concurrency=3)})
    await drain(limited, endpoint="okr-store")

    assert most == 3


async def test_a_server_comes_back_for_what_a_rate_keeps_back(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, *[an_event(f"product/a/{n}") for n in range(12)])
    sender, time = Obeying(), Time()
    limited = replace(outgoing(store, sender, time=time), limits={"okr-store": Limits(rate=5.0)})

    sent = []
    due_at: datetime | None = NOW
    while due_at is not None:
        time.now = max(time.now, due_at)
        due_at = (await drain(limited, endpoint="okr-store")).next_at
        sent.append((time.now - NOW, len(sender.sent)))

    assert sent == [(timedelta(0), 5), (timedelta(seconds=1), 10), (timedelta(seconds=2), 12)]


async def test_a_command_waits_for_what_a_rate_keeps_back_as_long_as_it_has_time(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, *[an_event(f"product/a/{n}") for n in range(12)])
    sender, time = Obeying(), Time()

    async def sleep(seconds: float) -> None:
        time.pass_by(seconds=seconds)

    limited = replace(outgoing(store, sender, time=time), limits={"okr-store": Limits(rate=5.0)}, sleep=sleep)
    report = await drain(limited, endpoint="okr-store", until=NOW + timedelta(seconds=1.5))

    assert report == DrainReport(delivered=10)
    assert time.now == NOW + timedelta(seconds=1)


async def test_secrets_are_looked_up_before_every_batch(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, *[an_event(f"product/a/{n}") for n in range(150)])
    out = outgoing(store, Obeying(), time=Time())
    looked_up = []

    async def taken_away(endpoint: str) -> None:
        looked_up.append(endpoint)
        if len(looked_up) == 2:
            dict.clear(out.secrets)  # type: ignore[arg-type]  # a Mapping to who reads it

    report = await drain(replace(out, refresh=taken_away), endpoint="okr-store")

    assert report == DrainReport(delivered=100)
    assert looked_up == ["okr-store", "okr-store"]


async def test_what_a_killed_process_had_in_flight_can_be_taken_over_at_once(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    async with store.transaction() as tx:
        lease = Lease(token="the killed one's", until=NOW + timedelta(seconds=60))
        await tx.outbox.deliveries.claim("okr-store", now=NOW, lease=lease)
    out = outgoing(store, Obeying(), time=Time())

    before = await attempt_due_once(out)
    await take_over(out)
    after = await attempt_due_once(out)

    assert (before, after) == (DrainReport(waiting=1), DrainReport(delivered=1))


@pytest.mark.parametrize("answers", [[503, 204], [422, 204]])
async def test_a_success_after_failures_settles_it(store: Store, answers: list[int]) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    replies = iter(answers)
    time = Time()
    out = outgoing(store, Obeying(lambda _: an_answer(next(replies))), time=time)

    await attempt_due_once(out)
    time.pass_by(seconds=5)

    assert await attempt_due_once(out) == DrainReport(delivered=1)


async def next_due(store: Store) -> Any:  # Any: a datetime, or None
    async with store.reading() as tx:
        return await tx.outbox.deliveries.next_due_at("okr-store")


async def rows(store: Store) -> list[Any]:  # Any: a row of `deliveries`
    async with store.reading() as tx:
        return list(await tx.connection.execute(select(deliveries).order_by(deliveries.c.id)))


async def disabled(store: Store) -> dict[str, str]:
    async with store.reading() as tx:
        found = await tx.connection.execute(select(endpoints.c.name, endpoints.c.disabled_reason))
        return {row.name: row.disabled_reason for row in found if row.disabled_reason}


async def test_many_endpoints_at_once_wait_for_their_turn_at_the_store(store: Store) -> None:
    names = tuple(f"endpoint-{number}" for number in range(30))
    await subscribe(store, *map(an_endpoint, names))
    await enqueue(store, an_event())
    watched = Watched(store)
    out = replace(outgoing(store, Obeying(), time=Time(), endpoints=names), store=watched)

    report = await drain_all(out)

    assert report.delivered == len(names)
    assert watched.most <= AT_THE_STORE


class Watched:
    """A store that counts who is at it at the same time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.now = self.most = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            async with self._store.transaction() as tx:
                yield tx
        finally:
            self.now -= 1
