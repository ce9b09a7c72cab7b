"""What every kind remembers survives the store: nothing is lost, and evaluation goes on from it."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.okr.evaluate import evaluate
from syncd.okr.state import States
from syncd.store.store import Store
from tests.builders import CALENDAR, HALFWAY
from tests.worlds import histories, worlds


async def stored(url: str, states: States) -> States:
    async with await Store.open(url, now=HALFWAY) as store:
        async with store.transaction() as tx:
            await tx.states.save(states.values(), at=HALFWAY, sync_id=None)
        async with store.reading() as tx:
            return await tx.states.get(states)


# One place for all examples: they overwrite each other's states, as syncs do.
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_states_of_every_kind_come_back_as_they_were(store_url: str, data: st.DataObject) -> None:
    mappings = data.draw(worlds())
    states: States = {}
    for moment in data.draw(histories(mappings)):
        states = evaluate(mappings, moment.readings, states, now=moment.now, calendar=CALENDAR)

    back = asyncio.run(stored(store_url, states))

    assert back == states
    assert all(type(back[subject]) is type(state) for subject, state in states.items())
