"""Trails: what stood at the end of each day, for all key results in one statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from syncd.okr.forecast import KINDS
from syncd.okr.state import KeyResultState
from syncd.okr.trail import Trail, last_days
from syncd.store.history import CheckIn
from syncd.store.store import Store
from tests.builders import BERLIN
from tests.deliveries import statements
from tests.states import NOW, a_state, an_objective_state

DAYS = last_days(4, now=NOW, zone=BERLIN)  # 30 October to 2 November
STATE = a_state(current=12.0)


def a_check_in(day: int, hour: int, current: float, *, state: KeyResultState = STATE) -> CheckIn:
    """`day`: counted from 30 October."""
    at = datetime(2026, 10, 30, hour, tzinfo=BERLIN) + timedelta(days=day)
    return CheckIn(subject=state.subject, at=at, current=current, progress=current / 20)


async def trails_of(
    store: Store, *check_ins: CheckIn, states: tuple[KeyResultState, ...] = (STATE,)
) -> Trail:
    async with store.transaction() as tx:
        await tx.states.save([*states, an_objective_state()], at=NOW, sync_id=None)
        await tx.history.add(check_ins)
    async with store.reading() as tx:
        found = await tx.trails.get(DAYS, kinds=KINDS)
    assert found.keys() <= {state.subject for state in states}
    return found.get(STATE.subject, ())


async def test_without_a_check_in_there_is_no_trail(store: Store) -> None:
    assert await trails_of(store) == ()


async def test_each_day_has_the_newest_before_its_end(store: Store) -> None:
    trail = await trails_of(
        store, a_check_in(0, 9, 1.0), a_check_in(0, 23, 2.0), a_check_in(2, 0, 3.0), a_check_in(3, 8, 4.0)
    )

    assert [(step.day.day, step.current) for step in trail] == [(30, 2.0), (31, 2.0), (1, 3.0), (2, 4.0)]
    assert [step.progress for step in trail] == [0.1, 0.1, 0.15, 0.2]


async def test_what_was_recorded_long_before_the_first_day_still_stands_on_it(store: Store) -> None:
    trail = await trails_of(store, a_check_in(-90, 9, 7.0))

    assert [step.day for step in trail] == [
        date(2026, 10, 30),
        date(2026, 10, 31),
        *(end.day for end in DAYS[2:]),
    ]
    assert {step.at for step in trail} == {a_check_in(-90, 9, 7.0).at}


async def test_days_before_the_first_check_in_have_none(store: Store) -> None:
    trail = await trails_of(store, a_check_in(3, 8, 4.0))

    assert [step.day for step in trail] == [date(2026, 11, 2)]


async def test_what_another_measure_made_is_no_step_and_another_file_is_no_other_measure(
    store: Store,
) -> None:
    state = replace(STATE, measure_digest="now")
    made = [("now", "file-1"), ("then", "file-1"), ("now", "file-1"), ("now", "file-2")]

    trail = await trails_of(
        store,
        *(
            replace(a_check_in(n, 9, float(n)), measure_digest=measure, digest=file)
            for n, (measure, file) in enumerate(made)
        ),
        states=(state,),
    )

    assert [(step.day.day, step.current) for step in trail] == [(30, 0.0), (1, 2.0), (2, 3.0)]


async def test_only_the_kinds_that_were_asked_for_are_told(store: Store) -> None:
    kept = a_state("product/faster/uptime", kind="keep")
    await trails_of(store, a_check_in(0, 9, 1.0), a_check_in(0, 9, 1.0, state=kept), states=(STATE, kept))

    async with store.reading() as tx:
        assert set(await tx.trails.get(DAYS, kinds=["keep"])) == {kept.subject}
        assert set(await tx.trails.get(DAYS, kinds=KINDS)) == {STATE.subject}
        assert set(await tx.trails.get(DAYS, kinds=["keep"], subject=STATE.subject)) == set()
        assert await tx.trails.get([], kinds=KINDS) == {}


async def test_many_key_results_take_one_statement(store: Store) -> None:
    states = tuple(a_state(f"product/faster/kr-{n}") for n in range(50))
    await trails_of(store, *(a_check_in(0, 9, 1.0, state=state) for state in states), states=states)

    async with store.reading() as tx:
        with statements(tx) as seen:
            found = await tx.trails.get(DAYS, kinds=KINDS)

    assert (len(found), len(seen)) == (50, 1)
