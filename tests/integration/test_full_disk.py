"""A disk that is full, or fails: who writes is told, nothing accepted is lost, and deliveries go on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.errors import StoreError
from syncd.store.store import Store
from tests.guides import ROOT
from tests.histories import History, verdict
from tests.killing import acknowledged, published, settled, subscribe
from tests.power import Disk, powered
from tests.workers import Journal, Taking, publish_and_deliver, publish_once

MOST = 2_000
"""Changes: far more than fit."""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path / 'syncd.db'}"
    await subscribe(url, "https://okr.example")
    async with await Store.open(url, now=datetime.now(UTC)) as opened:
        yield opened


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("this machine mounts nothing")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def make_room(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)


def publishing_alone(url: str, folder: Path, *, limit: int) -> str:
    """What a process says whose files may not grow beyond `limit` bytes."""
    command = [sys.executable, "-m", "tests.limited", url, str(folder), str(limit)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


async def until_it_is_refused(store: Store, folder: Path) -> StoreError:
    chance = random.Random(1)
    try:
        for _ in range(MOST):
            await publish_once(store, Journal(folder / "published"), chance)
    except StoreError as error:
        return error
    pytest.fail("everything fits: nothing is full")


async def afterwards(store: Store, folder: Path, *, seed: int = 2, interruptions: int = 0) -> list[str]:
    """What the judge says once there is room again: what was accepted is delivered, and what comes now."""
    consumer, chance = Taking(), random.Random(seed)
    said, told = Journal(folder / "published"), Journal(folder / "settled")
    await publish_and_deliver(store, consumer, said=said, told=told, chance=chance)
    history = History(
        published=await published(store, said),
        received=consumer.received,
        acknowledged=acknowledged(told),
        settled=await settled(store),
        interruptions=interruptions,
    )
    return verdict(history)


async def test_a_store_with_no_page_left_refuses_and_goes_on_when_there_are_more(
    store: Store, tmp_path: Path
) -> None:
    async with store.transaction() as tx:
        pages = (await tx.connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}")

    error = await until_it_is_refused(store, tmp_path)
    async with store.transaction() as tx:
        await tx.connection.exec_driver_sql("PRAGMA max_page_count=1000000")

    assert error.code == "store_full"
    assert await afterwards(store, tmp_path) == []


async def test_a_full_disk_refuses_what_is_new_and_keeps_what_was_accepted(
    small_disk: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{small_disk / 'syncd.db'}"
    await subscribe(url, "https://okr.example")
    async with await Store.open(url, now=datetime.now(UTC)) as store:
        error = await until_it_is_refused(store, tmp_path)

        make_room(small_disk)

        assert error.code == "store_full"
        assert await afterwards(store, tmp_path) == []


async def test_files_that_may_not_grow_refuse_what_is_new_and_keep_what_was_accepted(
    store: Store, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'syncd.db'}"
    size = (tmp_path / "syncd.db").stat().st_size + 200_000
    said = publishing_alone(url, tmp_path, limit=size)

    assert said.startswith(("store_io ", "store_full "))
    assert await afterwards(store, tmp_path) == []


@pytest.mark.parametrize("seed", range(3))
async def test_a_disk_that_fails_for_a_while_loses_nothing(store: Store, tmp_path: Path, seed: int) -> None:
    await store.close()
    chance, consumer = random.Random(seed), Taking()
    said, told = Journal(tmp_path / "published"), Journal(tmp_path / "settled")
    disk = Disk(chance, fails_after=None)
    codes = set()
    with powered(tmp_path, disk, name=f"{tmp_path}") as open_store:
        async with await open_store() as failing:
            for _ in range(6):
                disk.fails_after, disk.survivors = chance.randint(1, 150), None
                try:
                    while True:
                        await publish_and_deliver(failing, consumer, said=said, told=told, chance=chance)
                except StoreError as error:
                    codes.add(error.code)
                disk.fails_after, disk.survivors = None, None
            await publish_and_deliver(failing, consumer, said=said, told=told, chance=chance)
            history = History(
                published=await published(failing, said),
                received=consumer.received,
                acknowledged=acknowledged(told),
                settled=await settled(failing),
                interruptions=6,
            )

    assert codes == {"store_io"}
    assert verdict(history) == []
