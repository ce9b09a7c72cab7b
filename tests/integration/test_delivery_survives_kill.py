"""kill -9 between sending and settling: sent again under the same id, and nothing lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from syncd.demo.consumer import Consumer
from syncd.egress.addresses import to_networks
from syncd.egress.http import Poster
from syncd.sdk.testing.server import serve
from syncd.store.store import Store
from syncd.webhooks.drain import LEASE, drain
from tests.deliveries import SECRET, Time, an_endpoint, an_event, enqueue, outgoing, subscribe

ROOT = Path(__file__).parents[2]


async def test_a_killed_sender_loses_nothing_and_repeats_under_the_same_id(
    store: Store, store_url: str
) -> None:
    consumer = Consumer(SECRET)
    with serve(consumer.asgi) as base:
        await subscribe(store, an_endpoint(url=f"{base}/hooks/syncd"))
        await enqueue(store, *(an_event(f"product/a/kr-{number}") for number in range(5)))
        with sending(store_url) as process:
            sent = {process.stdout.readline().strip() for _ in range(5)} if process.stdout else set()
        after_kill = consumer.counts.accepted

        time = Time(datetime.now(UTC))
        async with Poster(user_agent="syncd/0", networks=to_networks(["127.0.0.0/8"])) as poster:
            out = outgoing(store, poster, time=time)
            while_leased = await drain(out, endpoint="okr-store")
            time.pass_by(seconds=LEASE.total_seconds())
            report = await drain(out, endpoint="okr-store")

    assert (len(sent), after_kill, while_leased.delivered) == (5, 5, 0)
    assert report.delivered == 5
    assert (consumer.counts.duplicates, consumer.counts.applied, len(consumer.state)) == (5, 5, 5)


@contextmanager
def sending(store_url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.killed_sender", store_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
