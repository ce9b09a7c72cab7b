"""What is promised beside speed, counted: retries, addresses inside, hints, signs of life.

In this process, by a clock that is set. The network is used only to see that nobody comes.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address
from itertools import pairwise

from syncd.egress.addresses import FORBIDDEN_V4, is_public
from syncd.egress.answer import Answer
from syncd.egress.http import Poster
from syncd.errors import EndpointUnavailable, UnsafeTarget
from syncd.inbox.inbox import Inbox
from syncd.inbox.judge import Taken
from syncd.sdk.hooks import Hint
from syncd.store.store import Store
from syncd.webhooks.drain import Outgoing, drain
from syncd.webhooks.notices import tell_alive
from syncd.webhooks.sign import Secret
from tests.deliveries import NOW, SECRET, SOURCE, an_answer, an_event, enqueue, subscribe
from tests.integration.test_forbidden_targets import ADDRESSES, NAMES, a_trap
from tests.integration.test_hinted_sync import a_world
from tests.unit.test_egress_addresses import V6_SPELLINGS

RETRIED = 200
HINTS = 10_000
WATCHED = timedelta(days=2)


def counted() -> list[tuple[str, str]]:
    """(promise, what was found)."""
    return asyncio.run(_counted())


async def _counted() -> list[tuple[str, str]]:
    return [
        ("3: retries", await retries()),
        ("5: addresses inside", await addresses()),
        ("7: hints", await flood()),
        ("8: signs of life", await life()),
    ]


@dataclass(slots=True)
class Refusing:
    """Refuses everything, and keeps how it was told: webhook-id -> (when, body, signature)."""

    clock: Clock
    told: defaultdict[str, list[tuple[datetime, bytes, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        signature = headers["webhook-signature"]
        self.told[headers["webhook-id"]].append((self.clock.now, body, signature))
        return an_answer(422)


@dataclass(slots=True)
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


async def retries() -> str:
    """Deliveries that are refused until they are dead."""
    clock = Clock()
    sender = Refusing(clock)
    async with a_store() as store:
        await subscribe(store)
        await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(RETRIED)))
        out = Outgoing(
            store=store,
            sender=sender,
            secrets={"okr-store": [Secret.parse(SECRET)]},
            clock=clock,
            random=random.Random(1).random,
            monotonic=clock.seconds,
        )
        while (next_at := (await drain(out, endpoint="okr-store")).next_at) is not None:
            clock.now = max(clock.now, next_at)
    told = list(sender.told.values())
    attempts = {len(one) for one in told}
    hours = [(one[-1][0] - one[0][0]).total_seconds() / 3600 for one in told]
    bodies = {len({body for _, body, _ in one}) for one in told}
    signatures = {len({signature for _, _, signature in one}) for one in told}
    return (
        f"{len(told)} deliveries, refused until dead: {_range(attempts)} attempts each over {min(hours):.1f} "
        f"to {max(hours):.1f} hours, {_range(bodies)} body and {_range(signatures)} signatures under one id"
    )


async def addresses() -> str:
    """Spellings of this machine, over both schemes, and v6 spellings of forbidden v4 networks."""
    refused = reached = 0
    with a_trap() as trap:
        async with Poster(user_agent="syncd/0", deadline_s=2.0) as poster:
            for host in (*ADDRESSES, *NAMES):
                for scheme in ("http", "https"):
                    try:
                        await poster.post(f"{scheme}://{host}:{trap.port}/", body=b"{}", headers={})
                    except (UnsafeTarget, EndpointUnavailable):
                        refused += 1
                    else:
                        reached += 1
        connections = trap.connections()
    spelled = [
        IPv6Address(spelling(int(address)))  # type: ignore[no-untyped-call]  # a test's lambda
        for spelling in V6_SPELLINGS.values()
        for network in FORBIDDEN_V4
        for address in (network.network_address, network.broadcast_address)
    ]
    passed = sum(map(is_public, spelled))
    return (
        f"{refused} of {refused + reached} spellings of this machine refused, {connections} connections "
        f"made; of {len(spelled)} IPv6 spellings of the borders of {len(FORBIDDEN_V4)} forbidden networks "
        f"{passed} passed"
    )


async def flood() -> str:
    """Hints about one connection, a minute of them."""
    async with a_store() as store:
        world = await a_world(store)
        keeper = world.keeper()
        inbox = Inbox(store, doors={}, rouse=lambda _: None, clock=lambda: world.now)
        for second in range(60):
            numbers = range(second * HINTS // 60, (second + 1) * HINTS // 60)
            await inbox.record(
                [
                    Taken(
                        connection="tracker",
                        hint=Hint(id=str(number), kind="issues", keys=frozenset({"bugs", f"i {number}"})),
                        digest="",
                    )
                    for number in numbers
                ]
            )
            await keeper.sync_connection("tracker")
            world.now += timedelta(seconds=1)
    every = world.min_interval.total_seconds()
    return f"{HINTS:,} hints in a minute: {len(world.tracker.pulls)} pulls, with {every:.0f} s between them"


async def life() -> str:
    """Signs of life of days, looked for about once a minute, as `serve` does."""
    chance, clock, sent = random.Random(1), Clock(), list[datetime]()
    async with a_store() as store:
        while clock.now < NOW + WATCHED:
            async with store.transaction() as tx:
                if await tell_alive(tx, source=SOURCE, now=clock.now):
                    sent.append(clock.now)
            clock.now += timedelta(seconds=60 + chance.uniform(0, 5))
    gaps = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(sent)]
    return (
        f"{len(sent)} signs in {WATCHED.days} days, {min(gaps):.0f} to {max(gaps):.0f} minutes apart, each "
        f"good for 120: a death is known after 120 at most"
    )


@asynccontextmanager
async def a_store() -> AsyncIterator[Store]:
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
        async with await Store.open(f"sqlite:///{folder}/syncd.db", now=NOW) as store:
            yield store


def _range(found: set[int]) -> str:
    return str(min(found)) if len(found) == 1 else f"{min(found)} to {max(found)}"
