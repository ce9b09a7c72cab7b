"""What the vectors do not say: settings, errors of the caller's own, and silence."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from syncd.client import BadSecret, Consumer, Duplicate, Effect, Key, MemoryMarks, MemoryStore, NotTaken
from tests.vectors import NOW, OTHER, SECRET, alive, delivery, entry, event


def a_consumer(**settings: object) -> Consumer[MemoryMarks]:
    given = {"secrets": [SECRET], "store": MemoryStore(), "clock": lambda: float(NOW), **settings}
    return Consumer(**given)  # type: ignore[arg-type]  # settings of a Consumer


def take(consumer: Consumer[MemoryMarks], body: str, webhook_id: str = "msg_1") -> object:
    sent = delivery(body, webhook_id=webhook_id)
    return consumer.receive(sent["headers"], body.encode())


@pytest.mark.parametrize(
    "secret",
    [
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_",
        "whsec_not base64!",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
    ],
)
def test_a_secret_that_is_none_is_a_mistake_that_is_not_repeated(secret: str) -> None:
    with pytest.raises(BadSecret) as refused:
        a_consumer(secrets=[secret])

    assert secret not in f"{refused.value}" or secret == "whsec_"
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize("secrets", [[], SECRET])
def test_secrets_are_a_list_of_at_least_one(secrets: object) -> None:
    with pytest.raises(ValueError, match="list of at least one"):
        a_consumer(secrets=secrets)


def test_a_key_does_not_show_itself() -> None:
    assert "MfKQ" not in repr(Key.read(SECRET))
    assert repr(Key.read(SECRET).material) not in repr(Key.read(SECRET))


def test_a_body_that_was_decoded_already_is_a_mistake_of_the_caller() -> None:
    sent = delivery(event("key_result.progressed", 1))

    with pytest.raises(TypeError, match="raw bytes"):
        a_consumer().receive(sent["headers"], sent["body"])


def test_every_refusal_says_what_to_answer() -> None:
    sent = delivery(event("key_result.progressed", 1), OTHER)

    with pytest.raises(NotTaken) as refused:
        a_consumer().receive(sent["headers"], sent["body"].encode())

    assert (refused.value.code, refused.value.status) == ("bad_signature", 400)


def test_an_effect_that_fails_is_not_marked_and_comes_again() -> None:
    broken = [True]

    def apply(_: Effect, __: MemoryMarks) -> None:
        if broken.pop():
            broken.append(False)
            raise OSError("the database is away")

    consumer = a_consumer(apply=apply)
    body = entry("cycle.closed", cycle="2026-Q4", sequence=1)

    with pytest.raises(OSError, match="away"):
        take(consumer, body)

    assert isinstance(take(consumer, body), Effect)
    assert isinstance(take(a_consumer_of(consumer), body), Effect)


def a_consumer_of(_: object) -> Consumer[MemoryMarks]:
    """A consumer whose store died with it."""
    return a_consumer()


def test_the_oldest_ids_make_room_for_new_ones() -> None:
    consumer = a_consumer(store=MemoryStore(keep_ids=2))
    body = entry("sync.failed", connection="tracker", sequence=1)
    for name in ("msg_1", "msg_2", "msg_3"):
        take(consumer, body, name)

    assert isinstance(take(consumer, body, "msg_2"), Duplicate)
    assert isinstance(take(consumer, body, "msg_1"), Effect)


def test_a_syncd_is_silent_once_its_last_sign_of_life_has_run_out() -> None:
    now = [float(NOW)]
    until = datetime.fromtimestamp(NOW + 120, UTC)
    consumer = a_consumer(clock=lambda: now[0])
    take(consumer, alive(until.isoformat()))
    take(consumer, event("key_result.progressed", 1, instance="globex"))

    assert (consumer.silent(), consumer.alive_until("acme")) == ([], until)
    now[0] += 121
    assert consumer.silent() == ["acme"]
    assert consumer.alive_until("globex") is None
