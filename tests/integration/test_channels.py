"""The channels of a connection over days: opened once, renewed, stopped, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from syncd.errors import SourceUnavailable
from syncd.inbox.watcher import Watched, Watcher
from syncd.sdk.hooks import Opened
from syncd.store.channels import Channel
from syncd.store.store import Store
from tests.states import NOW

LASTS = timedelta(days=1)


@dataclass(slots=True)
class Drive:
    """A source: which channels are open there, with place, address and token."""

    open_ones: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    opened: int = 0
    is_down: bool = False
    dies_after_opening: bool = False

    def open(self, place: str, *, channel: str, address: str, token: str, until: datetime) -> Opened:
        if self.is_down:
            raise SourceUnavailable("Drive is down", hint="wait")
        if channel in self.open_ones:
            return Opened(resource="", expires_at=until)
        self.opened += 1
        self.open_ones[channel] = (place, address, token)
        if self.dies_after_opening:
            raise asyncio.CancelledError
        return Opened(resource=f"resource of {place}", expires_at=until)

    def stop(self, channel: str, resource: str) -> None:
        if self.is_down:
            raise SourceUnavailable("Drive is down")
        assert resource == f"resource of {self.open_ones.pop(channel)[0]}"


@dataclass(slots=True)
class World:
    store: Store
    drive: Drive = field(default_factory=Drive)
    now: datetime = NOW
    places: Collection[str] | None = ("1AbC",)
    address: str | None = "https://okr.acme.example/hooks/usage"
    secret: str = "secret"

    async def keep(self) -> None:
        """One look, by a process that knows nothing but the store."""

        async def places(_: str) -> Collection[str] | None:
            return self.places

        watched = Watched(
            connection="usage",
            address=self.address,
            lasts=LASTS,
            token_of=lambda channel: f"{channel} {self.secret}",
            opener=lambda: self.drive,
        )
        await Watcher(self.store, watched={"usage": watched}, places=places, clock=lambda: self.now).keep(
            "usage"
        )

    async def kept(self) -> list[Channel]:
        async with self.store.reading() as tx:
            return await tx.channels.of("usage")

    @property
    def open_places(self) -> list[str]:
        return sorted(place for place, _, _ in self.drive.open_ones.values())


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    async with await Store.open(sqlite_url, now=NOW) as store:
        yield World(store)


async def test_a_channel_is_opened_once_whatever_restarts(store: Store) -> None:
    world = World(store)
    for _ in range(3):
        await world.keep()
        world.now += timedelta(minutes=1)

    ((id_, channel),) = world.drive.open_ones.items()
    assert channel == ("1AbC", "https://okr.acme.example/hooks/usage", f"{id_} secret")
    assert world.drive.opened == 1


async def test_a_week_of_looks_keeps_one_channel_open_and_leaves_no_gap(world: World) -> None:
    for _ in range(7 * 24):
        await world.keep()
        assert 1 <= len(world.drive.open_ones) <= 2
        world.now += timedelta(hours=1)

    assert world.drive.opened == 14
    assert len(await world.kept()) == len(world.drive.open_ones)


async def test_a_process_that_dies_before_the_answer_opens_no_second_one(world: World) -> None:
    world.drive.dies_after_opening = True
    with pytest.raises(asyncio.CancelledError):
        await world.keep()
    world.drive.dies_after_opening = False

    await world.keep()

    (kept,) = await world.kept()
    assert (world.drive.opened, kept.is_open, [kept.id]) == (1, True, [*world.drive.open_ones])


async def test_a_file_that_is_no_longer_mapped_has_its_channel_stopped(world: World) -> None:
    world.places = ("1AbC", "2DeF")
    await world.keep()
    world.places = ("2DeF",)

    await world.keep()

    assert world.open_places == ["2DeF"]
    assert [channel.place for channel in await world.kept()] == ["2DeF"]


async def test_nothing_is_stopped_while_nobody_can_tell_what_is_wanted(world: World) -> None:
    await world.keep()
    world.places = None

    await world.keep()

    assert world.open_places == ["1AbC"]


async def test_without_push_what_is_open_is_stopped(world: World) -> None:
    await world.keep()
    world.address = None

    await world.keep()

    assert (world.drive.open_ones, await world.kept()) == ({}, [])


@pytest.mark.parametrize("change", [{"address": "https://new.example"}, {"secret": "another"}])
async def test_another_address_or_secret_means_another_channel(world: World, change: dict[str, str]) -> None:
    await world.keep()
    for name, value in change.items():
        setattr(world, name, value)
    await world.keep()
    await world.keep()

    ((id_, (_, address, token)),) = world.drive.open_ones.items()
    assert (address, token) == (world.address, f"{id_} {world.secret}")


async def test_a_refusal_is_kept_waited_on_and_forgotten_when_it_goes_well(world: World) -> None:
    world.drive.is_down = True
    for _ in range(3):
        await world.keep()
    (refused,) = await world.kept()
    world.drive.is_down = False
    await world.keep()
    too_early = world.drive.opened
    world.now += timedelta(minutes=1)
    await world.keep()

    assert (refused.failures, refused.error and refused.error.code) == (1, "source_unavailable")
    assert refused.error
    assert refused.error.message == "Drive is down; wait"
    assert too_early == 0
    (kept,) = await world.kept()
    assert (kept.id, kept.is_open, kept.failures, kept.error) == (refused.id, True, 0, None)


async def test_a_channel_that_ended_while_nobody_served_is_made_anew(world: World) -> None:
    await world.keep()
    world.drive.open_ones.clear()
    world.now += timedelta(days=30)

    await world.keep()

    assert world.open_places == ["1AbC"]
    assert len(await world.kept()) == 1
