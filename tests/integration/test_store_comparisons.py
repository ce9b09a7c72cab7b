"""Comparisons: what people said beside what was computed, for all key results in one statement."""

from __future__ import annotations

from datetime import timedelta

from syncd.okr.drift import Comparison
from syncd.store.history import CheckIn
from syncd.store.store import Store
from tests.deliveries import statements
from tests.states import NOW, a_state, many_states

STATE = a_state(current=12.0)


def a_word(said: float | None, computed: float | None, *, hours: int = 0) -> CheckIn:
    at = NOW + timedelta(hours=hours)
    return CheckIn(
        subject=STATE.subject, at=at, current=12.0, progress=0.5, author="anna", said=said, computed=computed
    )


async def saved(store: Store, *check_ins: CheckIn) -> None:
    async with store.transaction() as tx:
        await tx.states.save([STATE], at=NOW, sync_id=None)
        await tx.history.add(check_ins)


async def test_only_what_has_two_numbers_is_compared_oldest_first(store: Store) -> None:
    by_hand, comment = a_word(3.0, None), a_word(None, None)
    await saved(store, a_word(11.0, 12.0, hours=2), by_hand, comment, a_word(10.0, 12.0, hours=1))

    async with store.reading() as tx:
        found = await tx.comparisons.get()

    assert found == {
        STATE.subject: [
            Comparison(at=NOW + timedelta(hours=1), author="anna", said=10.0, computed=12.0),
            Comparison(at=NOW + timedelta(hours=2), author="anna", said=11.0, computed=12.0),
        ]
    }


async def test_what_is_off_the_books_is_not_compared(store: Store) -> None:
    await saved(store, a_word(11.0, 12.0))
    async with store.transaction() as tx:
        await tx.states.archive([STATE.subject], at=NOW)

    async with store.reading() as tx:
        assert await tx.comparisons.get() == {}


async def test_a_course_knows_when_somebody_last_compared(store: Store) -> None:
    await saved(store, a_word(10.0, 12.0), a_word(11.0, 12.0, hours=1), a_word(3.0, None, hours=2))

    async with store.reading() as tx:
        courses = await tx.courses.get()

    assert courses[STATE.subject].compared_at == NOW + timedelta(hours=1)


async def test_many_key_results_take_one_statement(store: Store) -> None:
    states = many_states(50)
    words = [
        CheckIn(
            subject=it.subject,
            at=NOW,
            current=it.current,
            progress=0.5,
            author="anna",
            said=1.0,
            computed=2.0,
        )
        for it in states
    ]
    async with store.transaction() as tx:
        await tx.states.save(states, at=NOW, sync_id=None)
        await tx.history.add(words)

    async with store.reading() as tx:
        with statements(tx) as seen:
            found = await tx.comparisons.get()

    assert len(found) == 50
    assert len(seen) == 1
