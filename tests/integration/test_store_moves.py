"""A subject that gets a new name keeps its history, its sequence, and the order of its deliveries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.delivery.delivery import Delivery, Lease
from syncd.okr.event import DEFINED, MOVED
from syncd.okr.state import KeyResultState, State, States
from syncd.store import CheckIn, Store
from tests.deliveries import NOW as SENT_AT
from tests.deliveries import an_event, enqueue, subscribe
from tests.states import NOW, a_state, a_subject, an_objective_state

OLD, NEW = a_subject("product/faster/old"), a_subject("product/sooner/new")


async def save(store: Store, *states: State) -> None:
    async with store.transaction() as tx:
        await tx.states.save(states, at=NOW, sync_id=None)


async def move(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.states.move({NEW: OLD}, at=NOW)


async def all_of(store: Store, *, removed: bool = False) -> States:
    async with store.reading() as tx:
        return await tx.states.get(removed=removed)


async def test_a_moved_subject_is_there_under_its_new_name_alone(store: Store) -> None:
    state = a_state(OLD.id, current=3.0, sequence=7, details={"latest": 2.0})
    await save(store, state)

    await move(store)

    assert await all_of(store) == {NEW: replace(state, subject=NEW)}


async def test_the_objective_of_it_moves_likewise(store: Store) -> None:
    await save(store, an_objective_state("product/faster", sequence=2, progress=0.5))

    async with store.transaction() as tx:
        await tx.states.move({a_subject("product/sooner"): a_subject("product/faster")}, at=NOW)

    assert [str(subject) for subject in await all_of(store)] == ["product/sooner@2026-Q4"]


async def test_history_goes_along(store: Store) -> None:
    await save(store, a_state(OLD.id))
    async with store.transaction() as tx:
        await tx.history.add([CheckIn(subject=OLD, at=NOW, current=1.0, progress=0.1)])

    await move(store)

    async with store.reading() as tx:
        assert [it.current for it in await tx.history.of(NEW, limit=5)] == [1.0]
        assert await tx.history.of(OLD, limit=5) == []


async def test_an_old_name_that_is_used_again_begins_blank_and_counts_on(store: Store) -> None:
    await save(store, a_state(OLD.id, current=3.0, sequence=7, details={"latest": 2.0}))
    await move(store)

    async with store.transaction() as tx:
        await tx.states.restore([OLD])

    again = (await all_of(store))[OLD]
    assert isinstance(again, KeyResultState)
    assert (again.sequence, again.current, again.details) == (7, None, None)


async def test_a_name_that_was_archived_keeps_its_history_apart_and_its_sequence_up(store: Store) -> None:
    await save(store, a_state(OLD.id, sequence=2), a_state(NEW.id, sequence=9))
    async with store.transaction() as tx:
        await tx.history.add([CheckIn(subject=NEW, at=NOW, current=99.0, progress=0.9)])
        await tx.states.archive([NEW], at=NOW)

    await move(store)

    assert (await all_of(store))[NEW].sequence == 9
    async with store.reading() as tx:
        assert await tx.history.of(NEW, limit=5) == []


async def test_an_old_name_counts_on_from_the_move_even_where_the_new_name_had_counted_further(
    store: Store,
) -> None:
    await save(store, a_state(OLD.id, sequence=2), a_state(NEW.id, sequence=9))
    async with store.transaction() as tx:
        await tx.states.archive([NEW], at=NOW)
    await move(store)

    async with store.transaction() as tx:
        await tx.states.restore([OLD])

    assert {state.sequence for state in (await all_of(store)).values()} == {9}


async def test_a_name_that_is_taken_back_is_free(store: Store) -> None:
    await save(store, a_state(OLD.id, current=3.0, sequence=7))
    await move(store)

    async with store.transaction() as tx:
        await tx.states.move({OLD: NEW}, at=NOW)

    assert await all_of(store) == {OLD: a_state(OLD.id, current=3.0, sequence=7)}


async def test_what_waits_under_the_old_name_is_sent_before_what_comes_under_the_new(store: Store) -> None:
    await subscribe(store)
    await save(store, a_state(OLD.id, sequence=1))
    await enqueue(store, an_event(OLD.id, 1))
    await move(store)
    await enqueue(store, an_event(NEW.id, 2, type_=MOVED), an_event(NEW.id, 3))

    claimed = await claim(store)

    assert [it.body.count(b"product/faster/old") for it in claimed] == [1]


async def test_a_new_owner_of_the_old_name_has_a_lane_of_its_own(store: Store) -> None:
    await subscribe(store)
    await save(store, a_state(OLD.id, sequence=1))
    await enqueue(store, an_event(OLD.id, 1))
    await move(store)
    async with store.transaction() as tx:
        await tx.states.restore([OLD])
    await enqueue(store, an_event(OLD.id, 2, type_=DEFINED))

    claimed = await claim(store)

    assert len(claimed) == 2


async def claim(store: Store) -> list[Delivery]:
    lease = Lease(token="mine", until=SENT_AT + timedelta(minutes=1))
    async with store.transaction() as tx:
        return list(await tx.outbox.deliveries.claim("okr-store", now=SENT_AT, lease=lease))


async def test_check_ins_are_counted_on_through_a_move_under_both_names(store: Store) -> None:
    await save(store, a_state(OLD.id), a_state(NEW.id))
    async with store.transaction() as tx:
        counted = [await tx.states.count_check_in(subject) for subject in (OLD, OLD, OLD, NEW)]
        await tx.states.archive([NEW], at=NOW)
    await move(store)
    await save(store, a_state(NEW.id, current=4.0))  # a sync leaves the count alone

    async with store.transaction() as tx:
        await tx.states.restore([OLD])
        again = [await tx.states.count_check_in(subject) for subject in (NEW, OLD)]

    assert (counted, again) == ([1, 2, 3, 1], [4, 4])
