"""Events, deliveries and what sends them, for tests: a time that stands still and endpoints that obey."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import event as listening

from syncd.delivery.delivery import Delivery, Result, Tried
from syncd.delivery.outcome import Outcome
from syncd.egress.answer import Answer
from syncd.okr.definition import Subject
from syncd.okr.event import PROGRESSED, Event, Source
from syncd.store.endpoints import Endpoint
from syncd.store.store import Store
from syncd.store.transaction import Transaction
from syncd.webhooks.drain import Outgoing
from syncd.webhooks.sign import Secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SOURCE = Source(instance="acme", epoch=1_790_000_000)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def an_event(
    subject: str = "product/faster/cycle-time",
    sequence: int = 1,
    *,
    type_: str = PROGRESSED,
    tier: Any = "team",  # Any: a Tier, or None
    current: float = 0.5,
) -> Event:
    return Event(
        subject=Subject("2026-Q4", subject),
        kind="key_result",
        type=type_,
        sequence=sequence,
        at=NOW,
        tier=tier,
        team="product",
        objective=subject.rpartition("/")[0],
        data={
            "key_result": {"id": subject, "cycle": "2026-Q4", "current": current},
            "sequence": sequence,
        },
    )


def an_endpoint(name: str = "okr-store", url: str = "https://okr.example/hooks", **fields: Any) -> Endpoint:
    return Endpoint(name=name, url=url, **fields)  # Any: fields of Endpoint


def a_delivery(**fields: Any) -> Delivery:  # Any: fields of Delivery
    return Delivery(
        **{
            "id": 1,
            "endpoint_id": 1,
            "endpoint": "okr-store",
            "url": "https://okr.example/hooks",
            "webhook_id": "msg_1",
            "body": b'{"type":"key_result.progressed"}',
            "coalesced_from": None,
            "attempts": 0,
            "refusals": 0,
            "due_at": NOW,
            "first_failed_at": None,
            "waits_for": None,
            **fields,
        }
    )


def an_answer(status: int = 204, *, body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=httpx.Headers(named), body=body, seconds=0.01)


def a_result(outcome: Outcome, *, at: datetime = NOW, retry_after: timedelta | None = None) -> Result:
    return Result(
        outcome=outcome,
        started_at=at - timedelta(seconds=0.5),
        ended_at=at,
        status={"delivered": 204, "refused": 422, "gone": 410, "busy": 503}.get(outcome),
        retry_after=retry_after,
        message=None if outcome == "delivered" else f"the endpoint is {outcome}",
    )


def tried(delivery: Delivery, result: Result | Outcome | None, *, chance: float = 0.0) -> Tried:
    """`result`: None where there was no time for an attempt."""
    came_to = a_result(result) if isinstance(result, str) else result
    return Tried(delivery=delivery, result=came_to, chance=chance)


@dataclass(slots=True)
class Time:
    """A clock that moves when told."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_by(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    url: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def webhook_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass(slots=True)
class Obeying:
    """A sender that keeps what it is given and answers as `reply` says, without a network."""

    reply: Callable[[Sent], Answer] = lambda _: an_answer()
    sent: list[Sent] = field(default_factory=list)

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.sent.append(Sent(url=url, body=body, headers=dict(headers)))
        return self.reply(self.sent[-1])


def outgoing(
    store: Store, sender: Any, *, time: Time, endpoints: tuple[str, ...] = ("okr-store",)
) -> Outgoing:
    """`sender`: anything that posts."""
    return Outgoing(
        store=store,
        sender=sender,
        secrets={name: [Secret.parse(SECRET)] for name in endpoints},
        clock=time,
        random=lambda: 0.0,
        monotonic=time.seconds,
    )


async def subscribe(store: Store, *endpoints: Endpoint) -> None:
    async with store.transaction() as tx:
        await tx.outbox.sync_endpoints(endpoints or [an_endpoint()], at=NOW)


async def enqueue(store: Store, *events: Event, at: datetime = NOW) -> int:
    async with store.transaction() as tx:
        return await tx.outbox.enqueue(events, source=SOURCE, at=at)


@contextmanager
def statements(tx: Transaction) -> Iterator[list[tuple[str, Any]]]:
    """What goes to the database meanwhile, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, text: str, parameters: Any, *___: Any) -> None:  # Any: SQLAlchemy's own
        seen.append((text, parameters))

    listening.listen(tx.connection.sync_connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        listening.remove(tx.connection.sync_connection, "before_cursor_execute", note)
