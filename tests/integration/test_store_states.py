"""States and their history: nothing is lost on the way, and ten thousand travel like ten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from syncd.okr.reading import ErrorFact
from syncd.okr.state import KeyResultState, State
from syncd.store import CheckIn, Store
from tests.states import (
    NOW,
    a_state,
    a_subject,
    an_evidence,
    an_objective_state,
    many_readings,
    many_states,
)

FULL = a_state(
    title="Wartezeit halbieren: „schneller“ 🚀\n\tzweite Zeile, 'quotes', 100 %",
    current=0.1 + 0.2,
    progress=1 / 3,
    progress_unclamped=-1e-300,
    pace="behind",
    freshness="failing",
    error=ErrorFact(code="unauthorized", message="the token is wrong", actor="operator"),
    sequence=2**40,
    as_of=NOW,
    last_good_at=NOW - timedelta(microseconds=1),
    origin="person",
    measure_digest="d" * 64,
    evidence=(an_evidence(value=1e22), an_evidence(measurement="über", url=None, approximate=True)),
    path="mappings/product.yaml",
    line=14,
    digest="e" * 64,
)


async def save(store: Store, *states: State) -> None:
    async with store.transaction() as tx:
        await tx.states.save(states, at=NOW, sync_id=None)


@pytest.mark.parametrize(
    "state",
    [
        a_state(),
        FULL,
        a_state(kind="keep", start=None, target=None, team=None, owner=None, tier="organisation"),
        an_objective_state(),
        an_objective_state(
            supports=("company/care", "company/trust@2026-Q3"), progress=0.7, known=2, of=3, sequence=5
        ),
    ],
)
async def test_a_state_comes_back_as_it_was_saved(store: Store, state: State) -> None:
    await save(store, state)

    async with store.reading() as tx:
        assert await tx.states.get() == {state.subject: state}


async def test_a_state_that_is_saved_again_replaces_the_older_one(store: Store) -> None:
    await save(store, FULL)
    await save(store, a_state(title="New"))

    async with store.reading() as tx:
        assert list((await tx.states.get()).values()) == [a_state(title="New")]


async def test_one_id_in_two_cycles_is_two_subjects(store: Store) -> None:
    older = a_state(subject=a_subject(cycle="2026-Q3"), current=1.0)
    await save(store, older, a_state(current=2.0))

    async with store.reading() as tx:
        found = await tx.states.get([older.subject])

    assert found == {older.subject: older}


async def test_asking_for_no_subject_finds_none(store: Store) -> None:
    await save(store, a_state())

    async with store.reading() as tx:
        assert await tx.states.get([]) == {}


async def test_an_archived_subject_is_found_only_when_asked_for(store: Store) -> None:
    await save(store, a_state(sequence=7), an_objective_state())
    async with store.transaction() as tx:
        await tx.states.archive([a_subject()], at=NOW)

    async with store.reading() as tx:
        found = await tx.states.get()
        with_removed = await tx.states.get([a_subject()], removed=True)

    assert list(found) == [an_objective_state().subject]
    assert with_removed[a_subject()].sequence == 7


async def test_a_restored_subject_goes_on_with_its_sequence_and_history(store: Store) -> None:
    await save(store, a_state(sequence=7))
    async with store.transaction() as tx:
        await tx.history.add([CheckIn(subject=a_subject(), at=NOW, current=1.0, progress=None)])
        await tx.states.archive([a_subject()], at=NOW)

    async with store.transaction() as tx:
        await tx.states.restore([a_subject(), a_subject("product/faster/never-seen")])

    async with store.reading() as tx:
        assert (await tx.states.get())[a_subject()].sequence == 7
        assert len(await tx.history.of(a_subject(), limit=5)) == 1


async def test_an_archived_subject_that_is_saved_is_back(store: Store) -> None:
    await save(store, a_state())
    async with store.transaction() as tx:
        await tx.states.archive([a_subject()], at=NOW)

    await save(store, a_state(current=3.0))

    async with store.reading() as tx:
        assert await tx.states.get() == {a_subject(): a_state(current=3.0)}


async def test_history_is_paged_newest_first(store: Store) -> None:
    await save(store, a_state(), an_objective_state())
    # Two at one moment: what came later is newer.
    hours = [0, 1, 1, 2, 3]
    async with store.transaction() as tx:
        await tx.history.add(
            CheckIn(subject=a_subject(), at=NOW + timedelta(hours=hour), current=float(number), progress=None)
            for number, hour in enumerate(hours)
        )

    async with store.reading() as tx:
        first = await tx.history.of(a_subject(), limit=3)
        second = await tx.history.of(a_subject(), limit=3, before=first[-1])
        third = await tx.history.of(a_subject(), limit=3, before=second[-1])

    assert [check_in.current for check_in in first] == [4.0, 3.0, 2.0]
    assert [check_in.current for check_in in second] == [1.0, 0.0]
    assert third == []


async def test_a_check_in_comes_back_as_it_was_added(store: Store) -> None:
    await save(store, a_state())
    async with store.transaction() as tx:
        sync_id = await tx.syncs.start(at=NOW, trigger="timer")
        added = CheckIn(
            subject=a_subject(),
            at=NOW,
            current=0.1 + 0.2,
            progress=1 / 3,
            origin="import",
            author="jürgen",
            sync_id=sync_id,
            evidence=(an_evidence(),),
            digest="e" * 64,
        )
        await tx.history.add([added])

    async with store.reading() as tx:
        (found,) = await tx.history.of(a_subject(), limit=1)

    assert found.id > 0
    assert replace(found, id=0) == added


async def test_recording_two_thousand_takes_as_many_statements_as_recording_ten(store: Store) -> None:
    few = await count_statements(store, 10)
    many = await count_statements(store, 2_000)

    assert many == few
    assert many <= 6
    async with store.reading() as tx:
        assert await tx.states.get() == {state.subject: state for state in many_states(2_000)}


async def count_statements(store: Store, n: int) -> int:
    """Statements that one sync of `n` key results sends; many rows in one call count once."""
    states = many_states(n)
    async with store.transaction() as tx:
        with counted() as statements:
            before = await tx.states.get([state.subject for state in states], lock=True)
            await tx.readings.save(many_readings(n))
            await tx.states.save(states, at=NOW, sync_id=None)
            await tx.history.add(map(to_check_in, states))
            await tx.states.archive(before, at=NOW)
            await tx.states.restore(state.subject for state in states)
    return len(statements)


def to_check_in(state: KeyResultState) -> CheckIn:
    return CheckIn(subject=state.subject, at=NOW, current=state.current, progress=state.progress)


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    # SQLAlchemy calls it with its connection, cursor, parameters and context beside the statement.
    def note(_c: object, _k: object, statement: str, _p: object, _x: object, _m: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)
