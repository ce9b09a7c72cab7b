"""Power fails at any write or sync: what was acknowledged is there, and nothing comes twice but a batch."""

from __future__ import annotations

import asyncio
import random
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from syncd.errors import StoreError
from tests.histories import History, verdict
from tests.killing import acknowledged, published, settled, subscribe
from tests.power import Disk, powered, restore
from tests.workers import Journal, Taking, publish_and_deliver

LIVES = 8
CUTS = 4
MOST_STEPS = 400
"""Writes and syncs: of a few dozen transactions, and of opening the store after a cut."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store that nothing happened in."""
    folder = tmp_path_factory.mktemp("empty")
    asyncio.run(subscribe(f"sqlite:///{folder / 'syncd.db'}", "https://okr.example"))
    return folder


@pytest.mark.parametrize("seed", range(LIVES))
async def test_what_was_acknowledged_survives_power_cuts(empty: Path, tmp_path: Path, seed: int) -> None:
    history, damage = await live(empty, tmp_path, seed=seed)

    assert damage == []
    assert verdict(history) == []


async def test_without_a_sync_per_commit_a_power_cut_loses_what_was_acknowledged(
    empty: Path, tmp_path: Path
) -> None:
    for seed in range(20):
        history, _ = await live(empty, tmp_path / str(seed), seed=seed, synchronous="NORMAL")
        if any("is not in the store" in line for line in verdict(history)):
            return
    pytest.fail("20 lives without a loss: these power cuts prove nothing")


async def live(
    empty: Path, folder: Path, *, seed: int, synchronous: str = "FULL"
) -> tuple[History, list[str]]:
    """A store that publishes and delivers through some power cuts, and what SQLite says of its file."""
    chance, consumer = random.Random(seed), Taking()
    said, told = Journal(folder / "published"), Journal(folder / "settled")
    found, damage = folder / "disk-0", []
    shutil.copytree(empty, found)
    for cut in range(1, CUTS + 1):
        disk = Disk(chance, fails_after=chance.randint(1, MOST_STEPS))
        with powered(found, disk, name=f"{folder}-{cut}") as open_store, suppress(StoreError):
            async with await open_store(synchronous=synchronous) as store:
                while True:
                    await publish_and_deliver(store, consumer, said=said, told=told, chance=chance)
        assert disk.survivors is not None
        found = folder / f"disk-{cut}"
        restore(disk.survivors, into=found)
    with powered(found, Disk(chance, fails_after=None), name=f"{folder}-last") as open_store:
        async with await open_store() as store:
            await publish_and_deliver(store, consumer, said=said, told=told, chance=chance)
            async with store.reading() as tx:
                checked = await tx.connection.exec_driver_sql("PRAGMA integrity_check")
                damage = [row[0] for row in checked if row[0] != "ok"]
            history = History(
                published=await published(store, said),
                received=consumer.received,
                acknowledged=acknowledged(told),
                settled=await settled(store),
                interruptions=CUTS,
            )
    return history, damage
