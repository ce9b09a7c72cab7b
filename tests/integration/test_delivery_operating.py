"""What people do about deliveries: enable, disable, pause, send again, look."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.delivery.delivery import Lease, State
from syncd.errors import ConfigError
from syncd.store.endpoints import KeptEndpoint
from syncd.store.listing import Backlog, KeptDelivery
from syncd.store.store import Store
from syncd.webhooks.drain import DrainReport, attempt_due_once
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

MOVED = "key_result.moved"


async def test_an_enabled_endpoint_gets_what_waited_at_once_with_the_whole_schedule(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event("product/a/x"), an_event("product/a/y"))
    answers = {"now": 503}
    time = Time()
    out = outgoing(store, Obeying(lambda _: an_answer(answers["now"])), time=time)
    for _ in range(3):
        await attempt_due_once(out)
        time.pass_by(minutes=6)
    async with store.transaction() as tx:
        await tx.outbox.operating.disable("okr-store", at=time.now)
    await enqueue(store, an_event("product/a/z"), at=time.now)

    while_disabled = await attempt_due_once(out)
    async with store.transaction() as tx:
        waiting = await tx.outbox.operating.enable("okr-store", at=time.now)
    shown = await listed(store)
    answers["now"] = 204
    report = await attempt_due_once(out)

    assert (while_disabled, waiting) == (DrainReport(waiting=3), 3)
    assert {(it.state, it.attempts, it.due_at) for it in shown} == {("pending", 0, time.now)}
    assert report == DrainReport(delivered=3)


async def test_a_paused_endpoint_keeps_its_place_in_the_schedule(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    out = outgoing(store, Obeying(lambda _: an_answer(503)), time=Time())
    await attempt_due_once(out)
    before = await listed(store)

    async with store.transaction() as tx:
        await tx.outbox.operating.pause("okr-store", at=NOW)
    async with store.reading() as tx:
        due_while_paused = await tx.outbox.deliveries.next_due_at("okr-store")
    async with store.transaction() as tx:
        await tx.outbox.operating.resume("okr-store")

    assert due_while_paused is None
    assert await listed(store) == before
    async with store.reading() as tx:
        assert await tx.outbox.deliveries.next_due_at("okr-store") == NOW + timedelta(seconds=5)


async def test_a_new_url_does_not_start_what_a_person_stopped(store: Store) -> None:
    await subscribe(store)
    async with store.transaction() as tx:
        await tx.outbox.operating.disable("okr-store", at=NOW)

    await subscribe(store, an_endpoint(url="https://okr.example/hooks/v2"))

    assert (await endpoint(store)).reach.disabled == "by_hand"
    assert (await endpoint(store)).endpoint.url == "https://okr.example/hooks/v2"


async def test_a_settled_delivery_is_sent_once_more_under_its_id(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    sender = Obeying()
    out = outgoing(store, sender, time=Time())
    await attempt_due_once(out)
    (delivered,) = await listed(store)

    async with store.transaction() as tx:
        reopened = await tx.outbox.operating.redeliver([delivered.id], at=NOW)
    await attempt_due_once(out)

    assert reopened == 1
    first, second = sender.sent
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    assert [it.outcome for it in (await listed(store))[0].tried] == ["delivered", "delivered"]


async def test_one_that_is_sent_once_more_waits_for_what_is_in_flight(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1, type_=MOVED))
    out = outgoing(store, Obeying(), time=Time())
    await attempt_due_once(out)
    await enqueue(store, an_event(sequence=2, type_=MOVED), an_event(sequence=3, type_=MOVED))
    first = (await listed(store))[-1]

    async with store.transaction() as tx:
        await tx.outbox.operating.redeliver([first.id], at=NOW)
    sender = Obeying()
    await attempt_due_once(outgoing(store, sender, time=Time()))

    assert [sequence_of(sent) for sent in sender.sent] == [2, 1, 3]


async def test_what_breaks_its_consumer_each_time_is_given_up_and_its_subject_goes_on(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1, type_=MOVED), an_event(sequence=2, type_=MOVED))
    time = Time()
    sender = Obeying(lambda sent: an_answer(500 if sequence_of(sent) == 1 else 204))
    out = outgoing(store, sender, time=time)
    await attempt_due_once(out)
    poison = (await listed(store, "waiting"))[0]

    async with store.transaction() as tx:
        given_up = await tx.outbox.operating.give_up([poison.id], reason="breaks their parser", at=time.now)
    report = await attempt_due_once(out)

    assert (given_up, report) == (1, DrainReport(delivered=1))
    (dead,) = await listed(store, "dead")
    assert (dead.id, dead.reason, dead.settled_at) == (poison.id, "breaks their parser", time.now)


async def test_what_was_given_up_is_taken_up_again_by_hand(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())
    (waiting,) = await listed(store)
    async with store.transaction() as tx:
        await tx.outbox.operating.give_up([waiting.id], reason="a mistake", at=NOW)
        again = await tx.outbox.operating.give_up([waiting.id], reason="twice", at=NOW)

        reopened = await tx.outbox.operating.redeliver([waiting.id], at=NOW)

    assert (again, reopened) == (0, 1)
    assert await attempt_due_once(outgoing(store, Obeying(), time=Time())) == DrainReport(delivered=1)


async def test_what_is_being_attempted_is_not_given_up(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event("product/a/x"), an_event("product/a/y"))
    first, second = await listed(store)
    lease = Lease(token="theirs", until=NOW + timedelta(minutes=1))
    async with store.transaction() as tx:
        await tx.outbox.deliveries.claim("okr-store", now=NOW, lease=lease, limit=1)

    async with store.transaction() as tx:
        with pytest.raises(ConfigError) as refused:
            await tx.outbox.operating.give_up([first.id, second.id], reason="both", at=NOW)

    assert refused.value.code == "delivery_in_flight"
    assert not await listed(store, "dead")


async def test_giving_up_says_why(store: Store) -> None:
    async with store.transaction() as tx:
        with pytest.raises(ConfigError) as refused:
            await tx.outbox.operating.give_up([1], reason=" ", at=NOW)

    assert refused.value.code == "missing_reason"


async def test_a_replay_sends_what_is_stored_since_in_the_order_of_each_subject(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event(sequence=1), at=NOW - timedelta(days=1))
    for number in (2, 3):
        await enqueue(store, an_event(sequence=number))
    await attempt_due_once(outgoing(store, Obeying(), time=Time()))
    second = (await listed(store))[1]

    async with store.transaction() as tx:
        replayed = await tx.outbox.operating.replay("okr-store", from_event=second.event_id, at=NOW)
    sender = Obeying()
    await attempt_due_once(outgoing(store, sender, time=Time()))

    assert replayed == 2
    assert [sequence_of(sent) for sent in sender.sent] == [2, 3]


async def test_a_replay_brings_a_new_endpoint_what_was_before_it(store: Store) -> None:
    await subscribe(store, an_endpoint("old"))
    await enqueue(store, an_event("product/a/x"), an_event("anna/a/y", tier="individual"))
    await subscribe(store, an_endpoint("old"), an_endpoint("okr-store"))

    async with store.transaction() as tx:
        replayed = await tx.outbox.operating.replay("okr-store", since=NOW, at=NOW)

    (shown,) = await listed(store, endpoint="okr-store")
    (original,) = await listed(store, endpoint="old")
    assert (replayed, shown.subject, shown.due_at) == (1, "product/a/x", NOW)
    assert shown.webhook_id != original.webhook_id


async def test_what_is_open_is_not_opened_again(store: Store) -> None:
    await subscribe(store)
    await enqueue(store, an_event())

    async with store.transaction() as tx:
        assert await tx.outbox.operating.replay("okr-store", since=NOW, at=NOW) == 0


async def test_deliveries_are_listed_newest_first_by_state_endpoint_and_subject(store: Store) -> None:
    await subscribe(store, an_endpoint("okr-store"), an_endpoint("warehouse"))
    await enqueue(store, an_event("product/a/x"), an_event("product/a/y"))
    await attempt_due_once(outgoing(store, Obeying(), time=Time()))

    delivered = await listed(store, "delivered")
    pages = [await listed(store, limit=1), await listed(store, limit=1, before=delivered[0].id)]
    waiting = await listed(store, "pending", endpoint="warehouse", subject="product/a/y")

    assert [(it.endpoint, it.subject) for it in delivered] == [
        ("okr-store", "product/a/y"),
        ("okr-store", "product/a/x"),
    ]
    assert pages[1][0].id == delivered[1].id
    assert [(it.endpoint, it.subject, it.tried) for it in waiting] == [("warehouse", "product/a/y", ())]


async def test_each_endpoint_has_its_backlog(store: Store) -> None:
    await subscribe(store, an_endpoint("okr-store"), an_endpoint("warehouse"))
    await enqueue(store, an_event("product/a/x"), at=NOW - timedelta(hours=1))
    await enqueue(store, an_event("product/a/y"))
    await attempt_due_once(outgoing(store, Obeying(), time=Time()))

    async with store.reading() as tx:
        backlogs = await tx.outbox.listing.backlogs()

    assert backlogs == {
        "okr-store": Backlog(),
        "warehouse": Backlog(open=2, oldest_at=NOW - timedelta(hours=1)),
    }


async def test_what_is_not_there_is_said_by_name(store: Store) -> None:
    async with store.transaction() as tx:
        with pytest.raises(ConfigError, match="no endpoint 'warehous'") as unknown:
            await tx.outbox.operating.pause("warehous", at=NOW)
        with pytest.raises(ConfigError, match="number 4711"):
            await tx.outbox.operating.redeliver([4711], at=NOW)

    assert unknown.value.code == "unknown_endpoint"


async def listed(
    store: Store,
    *states: State,
    endpoint: str | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[KeptDelivery]:
    async with store.reading() as tx:
        return await tx.outbox.listing.deliveries(
            states=states, endpoint=endpoint, subject=subject, before=before, limit=limit
        )


async def endpoint(store: Store) -> KeptEndpoint:
    async with store.reading() as tx:
        kept = await tx.outbox.endpoints.get("okr-store")
    assert kept is not None
    return kept


def sequence_of(sent: Sent) -> int:
    return int(sent.body.partition(b'"sequence":')[2].partition(b"}")[0])
