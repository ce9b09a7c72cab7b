"""Every subject as last recorded, with where it seems to be going, as `syncd status --json` prints it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.okr.state import State
from syncd.store.transaction import Transaction
from syncd.views.forecasts import Outlook, forecasts, status_rows
from syncd.views.rows import Row


def _everything(_: State) -> bool:
    return True


async def status(
    tx: Transaction,
    *,
    outlook: Outlook,
    zone: ZoneInfo,
    now: datetime,
    is_seen: Callable[[State], bool] = _everything,
) -> Row:
    """`{"key_results": [...], "objectives": [...]}`, each by cycle and id; those of other syncds too."""
    states = {
        subject: state for subject, state in (await tx.states.get(via="anybody")).items() if is_seen(state)
    }
    foretold = await forecasts(tx, states, outlook=outlook, zone=zone, now=now)
    return status_rows(states, foretold)
