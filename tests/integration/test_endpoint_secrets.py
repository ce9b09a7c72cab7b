"""Endpoints made by people, in the store: sealed secrets, owners, names; on both databases."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from syncd.delivery.rate import Limits
from syncd.errors import ConfigError, SettingsError
from syncd.people.acting import Act
from syncd.people.endpoints import add, enable, existing, remove, replay, reseal_all, rotate
from syncd.store.endpoints import Endpoint
from syncd.store.sealing import Keyring, new_key
from syncd.store.store import Store
from tests.deliveries import NOW, an_endpoint, an_event, enqueue, subscribe

KEY, OTHER = new_key(), new_key()
_seed = count(1)


def random(number: int) -> bytes:
    return next(_seed).to_bytes(number, "big")


def act(**later: float) -> Act:
    return Act(by="anna", at=NOW + timedelta(**later))


async def added(store: Store, endpoint: Endpoint | None = None, **fields: Any) -> str:
    wanted = endpoint or an_endpoint("warehouse", **fields)
    async with store.transaction() as tx:
        return (await add(tx, wanted, keyring=Keyring([KEY]), act=act(), random=random)).text


async def rotated(store: Store, at: Act, *, overlap: timedelta = timedelta(hours=24)) -> str:
    async with store.transaction() as tx:
        made = await rotate(tx, "warehouse", overlap=overlap, keyring=Keyring([KEY]), act=at, random=random)
        return made.text


async def signing(store: Store, at: Act, keyring: Keyring | None = None) -> list[str]:
    async with store.reading() as tx:
        found = await tx.secrets.of("warehouse")
    return [(keyring or Keyring([KEY])).open(one.sealed) for one in found if one.signs(at.at)]


async def test_what_is_added_is_kept_as_it_was_described(store: Store) -> None:
    wanted = Endpoint(
        name="warehouse",
        url="https://dwh.example/hook",
        events=("key_result.*",),
        include=("individual",),
        teams=("product",),
        tiers=("team", "individual"),
        objectives=("product/*",),
        limits=Limits(concurrency=3, rate=0.5),
    )

    await added(store, wanted)

    async with store.reading() as tx:
        kept = await existing(tx, "warehouse")
    assert (kept.endpoint, kept.owner) == (wanted, "store")


async def test_the_secret_lies_sealed_and_opens_with_its_key_alone(store: Store) -> None:
    text = await added(store)

    assert await signing(store, act()) == [text]
    with pytest.raises(SettingsError, match="no key") as wrong:
        await signing(store, act(), Keyring([OTHER]))
    with pytest.raises(SettingsError) as missing:
        await signing(store, act(), Keyring([]))
    assert (wrong.value.code, missing.value.code) == ("wrong_encryption_key", "missing_encryption_key")
    async with store.reading() as tx:
        (row,) = await tx.secrets.all()
    assert text.removeprefix("whsec_") not in row.sealed
    assert row.sealed not in repr(row)


async def test_old_secrets_sign_until_their_overlap_ends_and_a_rotation_never_makes_it_longer(
    store: Store,
) -> None:
    first = await added(store)
    second = await rotated(store, act(), overlap=timedelta(hours=1))
    third = await rotated(store, act(minutes=30), overlap=timedelta(hours=24))

    assert await signing(store, act(minutes=59)) == [third, second, first]
    assert await signing(store, act(minutes=60)) == [third, second]
    assert await signing(store, act(minutes=30, hours=24)) == [third]


async def test_what_has_ended_is_erased_by_the_next_rotation(store: Store) -> None:
    await added(store)
    await rotated(store, act(), overlap=timedelta(hours=1))
    await rotated(store, act(hours=2), overlap=timedelta())

    async with store.reading() as tx:
        assert len(await tx.secrets.all()) == 1


async def test_more_secrets_than_fit_into_a_header_are_refused(store: Store) -> None:
    await added(store)
    for _ in range(3):
        await rotated(store, act())

    with pytest.raises(ConfigError, match="sign already") as error:
        await rotated(store, act())
    await rotated(store, act(), overlap=timedelta())

    assert error.value.code == "too_many_secrets"
    assert len(await signing(store, act())) == 1


async def test_secrets_are_sealed_anew_all_or_none(store: Store) -> None:
    text = await added(store)
    with pytest.raises(SettingsError):
        async with store.transaction() as tx:
            await reseal_all(tx, keyring=Keyring([OTHER]), act=act())
    async with store.transaction() as tx:
        resealed = await reseal_all(tx, keyring=Keyring([OTHER, KEY]), act=act())

    assert resealed == 1
    assert await signing(store, act(), Keyring([OTHER])) == [text]
    with pytest.raises(SettingsError):
        await signing(store, act(), Keyring([KEY]))


async def test_syncd_yaml_neither_removes_nor_takes_over_what_a_person_added(store: Store) -> None:
    await added(store)

    await subscribe(store, an_endpoint("okr-store"))
    with pytest.raises(ConfigError) as taken:
        await subscribe(store, an_endpoint("warehouse"))
    with pytest.raises(ConfigError) as both:
        await added(store, an_endpoint("okr-store"))

    async with store.reading() as tx:
        assert not (await existing(tx, "warehouse")).is_removed
    assert taken.value.code == both.value.code == "endpoint_taken"


async def test_one_that_takes_a_removed_ones_name_gets_nothing_that_was_meant_for_it(store: Store) -> None:
    await added(store)
    await enqueue(store, an_event())
    async with store.transaction() as tx:
        given_up = await remove(tx, "warehouse", act=act())
    await added(store, url="https://elsewhere.example/hook")

    async with store.transaction() as tx:
        opened = await enable(tx, "warehouse", act=act())
        (dead,) = await tx.outbox.listing.deliveries(states=["dead"])
    assert (given_up, opened) == (1, 0)
    assert dead.reason == "endpoint_removed"


async def test_one_of_syncd_yaml_that_a_person_takes_up_again_leaves_its_backlog_behind(store: Store) -> None:
    await subscribe(store, an_endpoint("warehouse"))
    await enqueue(store, an_event())
    await subscribe(store, an_endpoint("other"))

    await added(store)

    async with store.reading() as tx:
        backlog = (await tx.outbox.listing.backlogs())["warehouse"]
    assert (backlog.open, backlog.dead) == (0, 1)


async def test_a_replay_is_of_what_the_endpoint_subscribes_to(store: Store) -> None:
    await subscribe(store, an_endpoint("other"))
    await enqueue(store, an_event("product/faster/one"), an_event("product/better/two"))
    await added(store, objectives=("product/faster",))

    async with store.transaction() as tx:
        replayed = await replay(tx, "warehouse", after=0, act=act())
        found = await tx.outbox.listing.deliveries(endpoint="warehouse")

    assert replayed == 1
    assert [one.subject for one in found] == ["product/faster/one"]


def test_a_key_that_is_none_is_said_without_repeating_it() -> None:
    with pytest.raises(SettingsError) as error:
        Keyring(["a-secret-that-is-no-key"])

    assert error.value.code == "invalid_encryption_key"
    assert "a-secret" not in f"{error.value} {error.value.hint} {error.value.__cause__}"
    assert KEY not in repr(Keyring([KEY]))
