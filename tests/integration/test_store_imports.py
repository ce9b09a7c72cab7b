"""Imports: what of the past is recorded, and where the real values begin."""

from __future__ import annotations

from datetime import datetime, timedelta

from syncd.okr.state import Origin
from syncd.store.history import CheckIn
from syncd.store.imports import Recorded
from syncd.store.store import Store
from tests.deliveries import statements
from tests.states import NOW, a_state, an_objective_state

STATE = a_state(current=12.0)


def at(day: int) -> datetime:
    return NOW + timedelta(days=day)


def a_check_in(day: int, origin: Origin, *, current: float | None = 3.0) -> CheckIn:
    return CheckIn(subject=STATE.subject, at=at(day), current=current, progress=None, origin=origin)


async def recorded(store: Store, *check_ins: CheckIn) -> Recorded:
    async with store.transaction() as tx:
        await tx.states.save([STATE, an_objective_state()], at=NOW, sync_id=None)
        await tx.history.add(check_ins)
    async with store.reading() as tx:
        return (await tx.imports.get([STATE.subject]))[STATE.subject]


async def test_a_new_key_result_has_no_past(store: Store) -> None:
    assert await recorded(store) == Recorded()


async def test_the_real_values_begin_with_the_first_of_a_sync_or_a_person(store: Store) -> None:
    found = await recorded(
        store,
        a_check_in(-9, "import"),
        a_check_in(-5, "person"),
        a_check_in(-2, "sync"),
        a_check_in(-8, "import"),
    )

    assert found == Recorded(begins_at=at(-5), imported=frozenset({at(-9), at(-8)}))


async def test_a_check_in_without_a_value_is_no_beginning(store: Store) -> None:
    found = await recorded(store, a_check_in(-9, "sync", current=None), a_check_in(-2, "sync"))

    assert found.begins_at == at(-2)


async def test_before_anything_real_all_imports_count(store: Store) -> None:
    found = await recorded(store, a_check_in(-9, "import"))

    assert found == Recorded(imported=frozenset({at(-9)}))


async def test_what_is_not_on_the_books_is_not_told(store: Store) -> None:
    await recorded(store)

    async with store.reading() as tx:
        assert await tx.imports.get([a_state("product/faster/other", current=1.0).subject]) == {
            STATE.subject: Recorded()
        }
        assert await tx.imports.get([]) == {}


async def test_many_key_results_take_two_statements(store: Store) -> None:
    states = [a_state(f"product/faster/kr-{n}") for n in range(50)]
    async with store.transaction() as tx:
        await tx.states.save(states, at=NOW, sync_id=None)

    async with store.reading() as tx:
        with statements(tx) as seen:
            found = await tx.imports.get([state.subject for state in states])

    assert (len(found), len(seen)) == (50, 2)
