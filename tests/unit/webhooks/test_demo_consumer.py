"""The demo's consumer: what it applies of what it gets."""

from __future__ import annotations

from datetime import UTC, datetime

from syncd.demo.consumer import Consumer
from syncd.okr.event import Event, Source, sync_failed
from syncd.okr.reading import ErrorFact
from syncd.webhooks.sign import Secret, signed_headers
from tests.deliveries import NOW, SECRET, SOURCE, an_event


def deliver(
    consumer: Consumer, event: Event, *, source: Source = SOURCE, webhook_id: str | None = None
) -> bool:
    body = event.body(source)
    name = webhook_id or f"{source.epoch}/{event.subject}/{event.sequence}"
    signed = signed_headers([Secret.parse(SECRET)], webhook_id=name, at=datetime.now(UTC), body=body)
    return consumer.take(body, signed)


def test_the_newest_stays_in_whatever_order_they_come() -> None:
    consumer = Consumer(SECRET)

    for sequence in (2, 3, 1):
        deliver(consumer, an_event(sequence=sequence))

    (known,) = consumer.state.values()
    assert known["data"]["sequence"] == 3
    assert (consumer.counts.applied, consumer.counts.out_of_order) == (2, 1)


def test_the_same_id_again_changes_nothing() -> None:
    consumer = Consumer(SECRET)

    assert deliver(consumer, an_event())
    assert deliver(consumer, an_event())

    assert (consumer.counts.accepted, consumer.counts.duplicates, consumer.counts.applied) == (2, 1, 1)


def test_a_store_that_began_anew_is_newer_though_its_sequences_restart() -> None:
    consumer = Consumer(SECRET)
    deliver(consumer, an_event(sequence=9))

    deliver(consumer, an_event(sequence=1), source=Source(instance="acme", epoch=SOURCE.epoch + 1))

    (known,) = consumer.state.values()
    assert known["data"]["sequence"] == 1


def test_instances_do_not_mix() -> None:
    consumer = Consumer(SECRET)
    deliver(consumer, an_event(sequence=9))

    deliver(consumer, an_event(sequence=1), source=Source(instance="globex", epoch=1))

    assert len(consumer.state) == 2


def test_log_events_are_of_their_connection() -> None:
    consumer = Consumer(SECRET)
    error = ErrorFact(code="unauthorized", message="the token expired", actor="operator")

    deliver(consumer, sync_failed("tracker", error=error, since=NOW, sequence=1, now=NOW))

    assert list(consumer.state) == [("acme", "connection/tracker")]


def test_what_is_not_signed_is_rejected() -> None:
    consumer = Consumer(SECRET)
    garbled = {"webhook-id": "msg_1", "webhook-timestamp": "soon", "webhook-signature": "nonsense"}

    assert not consumer.take(b"{}", {})
    assert not consumer.take(b"{}", garbled)
    assert not consumer.take(
        b"\xff", {**garbled, "webhook-timestamp": str(int(datetime.now(UTC).timestamp()))}
    )

    assert consumer.counts.rejected == 3
