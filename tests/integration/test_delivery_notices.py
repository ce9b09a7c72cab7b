"""What consumers hear of the instance itself."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from jsonschema import Draft202012Validator

from syncd.okr.event_schema import SCHEMAS
from syncd.store.store import Store
from syncd.webhooks.drain import attempt_due_once
from syncd.webhooks.notices import tell_alive, tell_disabled
from tests.deliveries import (
    NOW,
    SOURCE,
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

BOTH = ("okr-store", "warehouse")


async def test_the_others_are_told_once_that_an_endpoint_is_disabled(store: Store) -> None:
    await subscribe(store, *(an_endpoint(name, f"https://{name}.example/") for name in BOTH))
    await enqueue(store, an_event())
    sender = Obeying(lambda sent: an_answer(410 if "warehouse" in sent.url else 204))
    out = outgoing(store, sender, time=Time(), endpoints=BOTH)
    await attempt_due_once(out)

    told = [await disabled(store), await disabled(store)]
    await attempt_due_once(out)

    assert told == [["warehouse"], []]
    (heard,) = [it for it in sender.sent if said(it)["type"] == "endpoint.disabled"]
    assert heard.url == "https://okr-store.example/"
    assert said(heard)["data"] == {
        "endpoint": "warehouse",
        "reason": "gone",
        "since": "2026-11-20T12:00:00Z",
        "sequence": 1,
    }


async def test_an_endpoint_that_is_enabled_and_disabled_again_is_told_again(store: Store) -> None:
    await subscribe(store, *(an_endpoint(name) for name in BOTH))
    for _ in range(2):
        async with store.transaction() as tx:
            await tx.outbox.operating.disable("warehouse", at=NOW)
        await disabled(store)
        async with store.transaction() as tx:
            await tx.outbox.operating.enable("warehouse", at=NOW)
    sender = Obeying()
    await attempt_due_once(outgoing(store, sender, time=Time()))

    assert [said(it)["data"]["sequence"] for it in sender.sent] == [1, 2]


async def test_a_sign_of_life_goes_out_every_hour_and_holds_for_two(store: Store) -> None:
    await subscribe(store)
    minutes = [0, 1, 59, 60, 61, 121]

    sent = [await alive(store, NOW + timedelta(minutes=minute)) for minute in minutes]

    assert sent == [True, False, False, True, False, True]
    sender = Obeying()
    await attempt_due_once(outgoing(store, sender, time=Time(NOW + timedelta(minutes=121))))
    # Nobody needs the older ones.
    (heard,) = sender.sent
    assert said(heard)["data"] == {"alive_until": "2026-11-20T16:01:00Z", "sequence": 3}


async def test_a_clock_that_was_set_back_does_not_silence_it(store: Store) -> None:
    await subscribe(store)
    await alive(store, NOW)

    assert await alive(store, NOW - timedelta(days=1))


async def disabled(store: Store) -> list[str]:
    async with store.transaction() as tx:
        return await tell_disabled(tx, source=SOURCE, now=NOW)


async def alive(store: Store, now: datetime) -> bool:
    async with store.transaction() as tx:
        return await tell_alive(tx, source=SOURCE, now=now)


def said(sent: Sent) -> dict[str, Any]:
    """The body, which is as its schema says."""
    body: dict[str, Any] = json.loads(sent.body)
    if body["type"] in ("endpoint.disabled", "instance.alive"):
        Draft202012Validator(SCHEMAS[body["type"]]).validate(body)
    return body
