"""Claims what is due, sends it, settles it, until nothing is due. No network inside a transaction."""

from __future__ import annotations

import asyncio
import random
import secrets as tokens
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from syncd.delivery.circuit import OPENS_AFTER
from syncd.delivery.delivery import BATCH, Delivery, Lease, Result, Tried
from syncd.delivery.rate import Bucket, Limits
from syncd.delivery.settling import QUARANTINED, Verdict
from syncd.egress.answer import DEADLINE_S
from syncd.webhooks.attempt import Clock, Sender, attempt
from syncd.webhooks.sign import Secret

LEASE = timedelta(seconds=60)
"""How long a batch may take before others may claim what is in it."""

AT_THE_STORE = 4
"""Batches at a time that are claimed or settled."""

COMMAND_TIME = timedelta(seconds=60)
"""What a command spends on deliveries before it exits."""

_LONGEST_ATTEMPT = timedelta(seconds=DEADLINE_S)
_TO_START_S = (LEASE - _LONGEST_ATTEMPT - timedelta(seconds=10)).total_seconds()
_TRACEBACK_LIMIT = 4_000
_USUAL = Limits()


log = structlog.get_logger()


class Deliveries(Protocol):
    """What a drain needs of the store; see `syncd.store.claims.Deliveries`."""

    async def due_endpoints(self, now: datetime) -> list[str]: ...

    async def next_due_at(self, endpoint: str) -> datetime | None: ...

    async def count_open(self) -> int: ...

    async def claim(
        self, endpoint: str, *, now: datetime, lease: Lease, limit: int = ...
    ) -> list[Delivery]: ...

    async def settle(self, batch: Sequence[Tried], *, lease: Lease, now: datetime) -> Verdict | None: ...

    async def release_all(self, *, now: datetime) -> None: ...


class Outbox(Protocol):
    @property
    def deliveries(self) -> Deliveries: ...


class Transaction(Protocol):
    @property
    def outbox(self) -> Outbox: ...


class Store(Protocol):
    """What opens transactions; see `syncd.store.Store`."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...


async def _as_it_is(endpoint: str) -> None:
    """Secrets and limits of this endpoint do not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What deliveries are made with; wired once per process.

    Attributes:
        secrets: Endpoint -> its secrets; an endpoint that is not here gets nothing.
        limits: Endpoint -> how much of it may be used.
        refresh: Looks up secrets and limits of an endpoint anew; asked before every claim.
        buckets: Endpoint -> what its rate still allows, in this process.
        random: 0 to 1.
        monotonic: Seconds that nobody sets: how long ago we claimed, whatever the clock says.
        turns: Whose batch may be claimed or settled.
    """

    store: Store
    sender: Sender
    secrets: Mapping[str, Sequence[Secret]]
    limits: Mapping[str, Limits] = field(default_factory=dict)
    refresh: Callable[[str], Awaitable[None]] = _as_it_is
    buckets: dict[str, Bucket] = field(default_factory=dict)
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic
    # A hundred endpoints that want the store at once are no store that is busy: they queue here,
    # for as long as it takes, and not inside it, where patience ends.
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_THE_STORE))

    def limits_of(self, endpoint: str) -> Limits:
        return self.limits.get(endpoint, _USUAL)

    def bucket_of(self, endpoint: str) -> Bucket | None:
        """As of now; None: it has no rate."""
        rate, now = self.limits_of(endpoint).rate, self.clock()
        if rate is None:
            return None
        kept = self.buckets.get(endpoint)
        return kept.filled(now) if kept and kept.rate == rate else Bucket.full(rate, at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainReport:
    """Deliveries by what became of them; `waiting` ones are tried again, by whoever drains then.

    Attributes:
        next_at: When to drain this endpoint next; None: nothing waits, or nothing can be sent to it.
    """

    delivered: int = 0
    waiting: int = 0
    dead: int = 0
    next_at: datetime | None = field(default=None, compare=False)

    def __add__(self, other: DrainReport) -> DrainReport:
        return DrainReport(
            delivered=self.delivered + other.delivered,
            waiting=self.waiting + other.waiting,
            dead=self.dead + other.dead,
        )


async def drain(outgoing: Outgoing, *, endpoint: str, until: datetime | None = None) -> DrainReport:
    """Attempts once what is due for one endpoint now, in order per subject.

    What its rate keeps back is not claimed: with `until` it is waited for, else it is left to
    the next drain; see `DrainReport.next_at`.

    Args:
        until: No attempt begins later; what is left stays in its rows.
    """
    due_at = outgoing.clock()
    report = DrainReport(next_at=due_at)
    while _is_due(report, due_at) and (until is None or outgoing.clock() < until):
        async with outgoing.turns:
            await outgoing.refresh(endpoint)
        if endpoint not in outgoing.secrets:
            return replace(report, next_at=None)
        bucket = outgoing.bucket_of(endpoint)
        if bucket is not None and not bucket.whole:
            if until is None or bucket.full_at >= until:
                break
            await outgoing.sleep((bucket.full_at - outgoing.clock()).total_seconds())
            continue
        limit = BATCH if bucket is None else min(BATCH, bucket.whole)
        async with outgoing.turns:
            # From now on: what the wait for a turn took is not the lease's.
            claimed_at = outgoing.monotonic()
            lease = Lease(token=tokens.token_hex(16), until=outgoing.clock() + LEASE)
            async with outgoing.store.transaction() as tx:
                claimed = await tx.outbox.deliveries.claim(endpoint, now=due_at, lease=lease, limit=limit)
                next_at = None if claimed else await tx.outbox.deliveries.next_due_at(endpoint)
        if not claimed:
            return replace(report, next_at=next_at)
        batch = await send(outgoing, claimed, last_start=claimed_at + _TO_START_S, until=until)
        if bucket is not None:
            attempted = sum(tried.result is not None for tried in batch)
            outgoing.buckets[endpoint] = bucket.without(attempted)
        async with outgoing.turns, outgoing.store.transaction() as tx:
            verdict = await tx.outbox.deliveries.settle(batch, lease=lease, now=outgoing.clock())
            next_at = await tx.outbox.deliveries.next_due_at(endpoint)
        if verdict is not None:
            tell(endpoint, verdict)
            report += count(verdict)
        report = replace(report, next_at=next_at)
    return replace(report, next_at=_not_sooner(report.next_at, outgoing.bucket_of(endpoint)))


async def drain_all(outgoing: Outgoing, *, until: datetime | None = None) -> DrainReport:
    """`drain` of every endpoint that has something due, side by side: none waits for another."""
    async with outgoing.store.transaction() as tx:
        due = await tx.outbox.deliveries.due_endpoints(outgoing.clock())
    reports = await asyncio.gather(*(drain(outgoing, endpoint=name, until=until) for name in due))
    return sum(reports, DrainReport())


async def attempt_due_once(outgoing: Outgoing) -> DrainReport:
    """What a command does before it exits: everything that is due, once, for a minute at most.

    Returns:
        `waiting` counts all that is left for the next process, due or not.
    """
    report = await drain_all(outgoing, until=outgoing.clock() + COMMAND_TIME - _LONGEST_ATTEMPT)
    async with outgoing.store.transaction() as tx:
        return replace(report, waiting=await tx.outbox.deliveries.count_open())


async def take_over(outgoing: Outgoing) -> None:
    """Gives back at once what a killed process had in flight.

    Only for who knows that nobody else is sending: on SQLite, the holder of the store's lock.
    Elsewhere the end of their leases does it.
    """
    async with outgoing.store.transaction() as tx:
        await tx.outbox.deliveries.release_all(now=outgoing.clock())


def _is_due(report: DrainReport, at: datetime) -> bool:
    return report.next_at is not None and report.next_at <= at


def _not_sooner(due_at: datetime | None, bucket: Bucket | None) -> datetime | None:
    if due_at is None or bucket is None or bucket.whole:
        return due_at
    return max(due_at, bucket.full_at)


async def send(
    outgoing: Outgoing, claimed: Sequence[Delivery], *, last_start: float, until: datetime | None
) -> list[Tried]:
    """What came of each, of one endpoint; those whose turn comes too late go back unattempted.

    So do the rest when nobody answers so often in a row that the circuit will open.

    Args:
        last_start: By `Outgoing.monotonic`: later than that, the lease might end before the attempt.
        until: No attempt begins later.
    """
    places = asyncio.Semaphore(outgoing.limits_of(claimed[0].endpoint).concurrency)
    unanswered = 0

    async def in_turn(delivery: Delivery) -> Tried:
        nonlocal unanswered
        async with places:
            is_late = outgoing.monotonic() > last_start or (until is not None and outgoing.clock() > until)
            if is_late or unanswered >= OPENS_AFTER:
                return Tried(delivery=delivery, result=None, chance=0.0)
            result = await send_one(outgoing, delivery)
            unanswered = unanswered + 1 if result.outcome == "unreachable" else 0
            return Tried(delivery=delivery, result=result, chance=outgoing.random())

    return await asyncio.gather(*map(in_turn, claimed))


async def send_one(outgoing: Outgoing, delivery: Delivery) -> Result:
    started_at = outgoing.clock()
    try:
        return await attempt(
            delivery, outgoing.sender, secrets=outgoing.secrets[delivery.endpoint], clock=outgoing.clock
        )
    except Exception:
        # Ours to mend, and no reason to keep the others waiting: it is set aside with its traceback.
        log.exception("delivery.quarantined", endpoint=delivery.endpoint, webhook_id=delivery.webhook_id)
        return Result(
            outcome="quarantined",
            started_at=started_at,
            ended_at=outgoing.clock(),
            code=QUARANTINED,
            message=traceback.format_exc()[-_TRACEBACK_LIMIT:],
        )


def count(verdict: Verdict) -> DrainReport:
    states = Counter(settlement.state for settlement in verdict.settlements)
    return DrainReport(
        delivered=states["delivered"], waiting=states["waiting"] + states["pending"], dead=states["dead"]
    )


def tell(endpoint: str, verdict: Verdict) -> None:
    """The log hears of a change at the endpoint, not of every attempt."""
    if verdict.disables is not None:
        log.warning("endpoint.disabled", endpoint=endpoint, reason=verdict.disables)
    elif verdict.turn == "opened":
        log.warning("circuit.opened", endpoint=endpoint, probe_at=str(verdict.reach.circuit.probe_at))
    elif verdict.turn == "closed":
        log.warning("circuit.closed", endpoint=endpoint)
