"""Every subject as last recorded, with where it seems to be going, as `syncd status --json` prints it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.okr.state import States
from syncd.store.transaction import Transaction
from syncd.views.forecasts import Outlook, forecasts, status_rows
from syncd.views.rows import Row


async def status(tx: Transaction, states: States, *, outlook: Outlook, zone: ZoneInfo, now: datetime) -> Row:
    """`{"key_results": [...], "objectives": [...]}` of these states, each by cycle and id."""
    foretold = await forecasts(tx, states, outlook=outlook, zone=zone, now=now)
    return status_rows(states, foretold)
