"""status: every key result as last recorded, with where it seems to be going."""

from __future__ import annotations

from collections.abc import Mapping

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.okr.definition import Subject
from syncd.okr.forecast import KINDS, Forecast, NoForecast, forecast
from syncd.okr.state import KeyResultState, States
from syncd.okr.trail import last_days
from syncd.store.transaction import Transaction
from syncd.views.forecasts import status_rows
from syncd.views.rows import Row


async def status(installation: Installation) -> Row:
    """Rows of every subject.

    Raises:
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        states = await tx.states.get(via="anybody")
        return status_rows(states, await forecasts(installation, tx, states))


async def forecasts(
    installation: Installation, tx: Transaction, states: States, *, subject: Subject | None = None
) -> Mapping[Subject, Forecast | NoForecast]:
    """Of every key result among the states; one statement for all of them.

    Args:
        subject: Of this one alone.
    """
    settings, now = installation.settings, installation.clock()
    days = last_days(settings.forecast.over_days, now=now, zone=settings.calendar.zone)
    trails = await tx.trails.get(days, kinds=KINDS, subject=subject)
    closed = await tx.cycles.closed()
    cycles = {name: cycle for name, cycle in settings.cycles.items() if name not in closed}
    return {
        key: forecast(
            state,
            trails.get(key, ()),
            cycle=cycles.get(key.cycle),
            rule=settings.forecast,
            now=now,
        )
        for key, state in states.items()
        if isinstance(state, KeyResultState) and subject in (None, key)
    }
