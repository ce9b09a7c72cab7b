"""PostgreSQL restarts at once, ends connections, and a sender freezes: the others go on, nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.okr.event import PROGRESSED
from syncd.store.store import Store
from tests.histories import verdict
from tests.killing import Killing, end, judgeable, killing, wait_for
from tests.servers import PostgresServer, postgres_server
from tests.workers import ENDPOINTS, SUBJECTS, an_event, publish

SPEED = 10.0
"""A lease ends after six seconds."""

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One's own: others use the shared one meanwhile."""
    with postgres_server() as started:
        yield started


@pytest.fixture
def begun(server: PostgresServer, tmp_path: Path) -> Iterator[Killing]:
    with killing(server.new_database(), tmp_path, seed=3) as started:
        yield started


def test_one_sender_goes_on_over_restarts_and_ended_connections(
    server: PostgresServer, begun: Killing
) -> None:
    publisher, sender = begun.publisher(), begun.sender(speed=SPEED)
    consumers, ended = begun.consumers, 0
    try:
        for number in range(8):
            goal = len(consumers.received) + begun.chance.randint(1, 20)
            wait_for(lambda goal=goal: len(consumers.received) >= goal)
            if number in (3, 6):
                server.crash_and_restart()
            else:
                ended += server.terminate_backends()
            begun.interruptions += 1
        goal = len(consumers.received) + 20
        wait_for(lambda: len(consumers.received) >= goal)
        still_there = publisher.is_alive() and sender.is_alive()
    finally:
        end(publisher)
        end(sender)
    consumers.ahead_s += 6 * 3600.0
    asyncio.run(begun.heal())
    life = asyncio.run(judgeable(begun))

    assert still_there
    assert ended > 0
    assert verdict(life.history) == []
    assert life.duplicated_effects == 0


def test_a_sender_that_froze_for_longer_than_its_lease_settles_nothing_when_it_wakes(begun: Killing) -> None:
    consumers = begun.consumers
    heads = asyncio.run(publish_of_every_subject(begun)) * len(ENDPOINTS)
    consumers.lets_go.clear()
    frozen = begun.sender()
    try:
        wait_for(lambda: consumers.arrived == heads)
        os.kill(frozen.pid or 0, signal.SIGSTOP)
        consumers.lets_go.set()
        begun.move_on()
        begun.interruptions += 1
        asyncio.run(begun.heal())
        by_then = asyncio.run(judgeable(begun)).history.settled
        os.kill(frozen.pid or 0, signal.SIGCONT)
        wait_for(lambda: sum("fenced" in entry for entry in begun.settled.read()) == len(ENDPOINTS))
    finally:
        end(frozen)
    life = asyncio.run(judgeable(begun))

    assert life.history.settled == by_then
    assert verdict(life.history) == []
    assert (life.duplicates > 0, life.duplicated_effects) == (True, 0)


async def publish_of_every_subject(begun: Killing) -> int:
    """One change that every subject is in; how many there are."""
    batch = [an_event(subject, PROGRESSED, 1, 0) for subject in SUBJECTS]
    async with await Store.open(begun.url, now=datetime.now(UTC)) as store:
        await publish(store, begun.published, batch)
    return len(batch)
