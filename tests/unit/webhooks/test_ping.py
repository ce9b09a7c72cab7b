"""A ping is a log event like any other: its id and its sequence are its own, and its body is as told."""

from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from syncd.okr.event_schema import SCHEMAS
from syncd.webhooks.ping import ping
from syncd.webhooks.sign import Secret
from tests.deliveries import SECRET, SOURCE, Obeying, Time, an_endpoint


async def test_each_ping_has_an_id_of_its_own_and_a_greater_sequence() -> None:
    time, sender = Time(), Obeying()

    for _ in range(2):
        await ping(an_endpoint(), sender, secrets=[Secret.parse(SECRET)], source=SOURCE, clock=time)
        time.pass_by(microseconds=1)

    first, second = [json.loads(sent.body) for sent in sender.sent]
    assert len({sent.webhook_id for sent in sender.sent}) == 2
    assert first["data"]["sequence"] < second["data"]["sequence"] < 2**53
    Draft202012Validator(SCHEMAS["ping"]).validate(first)
    assert first["data"]["endpoint"] == "okr-store"
