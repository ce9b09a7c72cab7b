"""Transactions: all or nothing, alone where they write, undisturbed where they read."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace

import pytest

from syncd.errors import StoreError
from syncd.okr.state import KeyResultState, State
from syncd.store import Store, Transaction
from tests.states import NOW, a_state, a_subject, an_objective_state


async def save(store: Store, *states: State) -> None:
    async with store.transaction() as tx:
        await tx.states.save(states, at=NOW, sync_id=None)


async def read(tx: Transaction, *, lock: bool = False) -> KeyResultState:
    state = (await tx.states.get([a_subject()], lock=lock))[a_subject()]
    assert isinstance(state, KeyResultState)
    return state


async def current(store: Store) -> float | None:
    async with store.reading() as tx:
        return (await read(tx)).current


async def test_what_a_transaction_wrote_is_there_after_it(store: Store) -> None:
    await save(store, a_state(current=1.0))

    assert await current(store) == 1.0


async def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    async def fail_halfway() -> None:
        async with store.transaction() as tx:
            await tx.states.save([a_state()], at=NOW, sync_id=None)
            await tx.audit.add(at=NOW, actor="anna", action="apply", details={})
            raise LookupError("halfway")

    with pytest.raises(LookupError):
        await fail_halfway()

    async with store.reading() as tx:
        assert await tx.states.get() == {}
        assert await tx.audit.last(10) == []


async def test_a_transaction_that_is_cancelled_leaves_nothing_and_blocks_nobody(store: Store) -> None:
    written = asyncio.Event()

    async def write_and_hang() -> None:
        async with store.transaction() as tx:
            await tx.states.save([a_state(current=1.0)], at=NOW, sync_id=None)
            written.set()
            await asyncio.Event().wait()

    writer = asyncio.create_task(write_and_hang())
    await written.wait()
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    await save(store, an_objective_state())

    async with store.reading() as tx:
        assert list(await tx.states.get()) == [a_subject("product/faster")]


async def test_a_process_that_dies_in_a_transaction_leaves_nothing(store: Store, store_url: str) -> None:
    program = f"""
import asyncio, os
from syncd.okr.state import KeyResultState, State
from syncd.store import Store, Transaction
from tests.states import NOW, a_state

async def die():
    store = await Store.open({store_url!r}, now=NOW)
    async with store.transaction() as tx:
        await tx.states.save([a_state()], at=NOW, sync_id=None)
        os._exit(9)

asyncio.run(die())
"""

    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], capture_output=True, check=False
    )

    assert died.returncode == 9
    async with store.transaction() as tx:
        assert await tx.states.get() == {}


async def test_writers_at_once_lose_no_update(store: Store) -> None:
    await save(store, a_state(current=0.0))

    async def count_up() -> None:
        async with store.transaction() as tx:
            state = await read(tx, lock=True)
            assert state.current is not None
            await asyncio.sleep(0)
            await tx.states.save([replace(state, current=state.current + 1)], at=NOW, sync_id=None)

    await asyncio.gather(*(count_up() for _ in range(12)))

    assert await current(store) == 12.0


async def test_writers_of_the_same_rows_in_other_orders_do_not_wait_in_a_circle(store: Store) -> None:
    states = [a_state(f"product/faster/key-result-{i}", current=0.0) for i in range(50)]
    await save(store, *states)

    async def touch(order: int) -> None:
        wanted = [state.subject for state in states[::order]]
        async with store.transaction() as tx:
            before = await tx.states.get(wanted, lock=True)
            await tx.states.save(list(before.values())[::order], at=NOW, sync_id=None)

    await asyncio.gather(*(touch(order) for order in (1, -1) * 5))


async def test_two_that_make_the_same_new_row_at_once_both_succeed(store: Store) -> None:
    await asyncio.gather(*(save(store, a_state(current=float(i))) for i in range(6)))

    assert await current(store) in {float(i) for i in range(6)}


async def test_a_reader_sees_one_moment_while_others_write(store: Store) -> None:
    await save(store, a_state(current=1.0))

    async with store.reading() as tx:
        first = await read(tx)
        await save(store, a_state(current=2.0))
        second = await read(tx)

    assert (first.current, second.current) == (1.0, 1.0)
    assert await current(store) == 2.0


async def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    await save(store, a_state(current=1.0))

    async with store.transaction() as tx:
        await tx.states.save([a_state(current=2.0)], at=NOW, sync_id=None)
        seen = await asyncio.wait_for(current(store), timeout=5)

    assert seen == 1.0


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match=r"readonly|read-only"):
        async with store.reading() as tx:
            await tx.states.save([a_state()], at=NOW, sync_id=None)


async def test_writing_works_on_the_connection_that_a_reader_gave_back(store: Store) -> None:
    for number in range(3):
        await save(store, a_state(current=float(number)))

        assert await current(store) == number


async def test_the_mark_differs_after_another_process_wrote(store: Store, store_url: str) -> None:
    before = await store.change_mark()
    unchanged = await store.change_mark()

    async with await Store.open(store_url, now=NOW) as other:
        await save(other, a_state())

    assert before == unchanged
    assert await store.change_mark() != before


async def test_the_mark_of_a_file_does_not_differ_after_an_own_write(store: Store) -> None:
    if store.dialect != "sqlite":
        pytest.skip("PostgreSQL tells only that somebody wrote")
    before = await store.change_mark()

    await save(store, a_state())

    assert await store.change_mark() == before


async def test_the_mark_waits_for_no_writer_of_another_process(store: Store, store_url: str) -> None:
    async with await Store.open(store_url, now=NOW) as other, other.transaction() as tx:
        await tx.states.save([a_state()], at=NOW, sync_id=None)

        await asyncio.wait_for(store.change_mark(), timeout=5)
