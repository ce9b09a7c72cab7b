"""Where key results seem to be going, and how `explain --json` and `status --json` print it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.okr.definition import Cycle, Subject
from syncd.okr.forecast import KINDS, Forecast, ForecastRule, NoForecast, forecast
from syncd.okr.state import KeyResultState, States
from syncd.okr.trail import last_days
from syncd.store.transaction import Transaction
from syncd.views.rows import Row, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What an installation says of the future: its cycles, and how forecasts are made."""

    rule: ForecastRule = field(default_factory=ForecastRule)
    cycles: Mapping[str, Cycle] = field(default_factory=dict)


async def forecasts(
    tx: Transaction,
    states: States,
    *,
    outlook: Outlook,
    zone: ZoneInfo,
    now: datetime,
    subject: Subject | None = None,
) -> Mapping[Subject, Forecast | NoForecast]:
    """Of every key result among the states; one statement for all of them.

    Args:
        subject: Of this one alone.
    """
    days = last_days(outlook.rule.over_days, now=now, zone=zone)
    trails = await tx.trails.get(days, kinds=KINDS, subject=subject)
    closed = await tx.cycles.closed()
    cycles = {name: cycle for name, cycle in outlook.cycles.items() if name not in closed}
    return {
        key: forecast(
            state,
            trails.get(key, ()),
            cycle=cycles.get(key.cycle),
            rule=outlook.rule,
            now=now,
        )
        for key, state in states.items()
        if isinstance(state, KeyResultState) and subject in (None, key)
    }


def status_rows(states: States, forecasts: Mapping[Subject, Forecast | NoForecast]) -> Row:
    """Every subject, and of each key result what `forecast_row` says."""
    found: Row = dict(rows(states))
    found["key_results"] = [
        {**row, **forecast_row(forecasts[Subject(row["cycle"], row["id"])])} for row in found["key_results"]
    ]
    return found


def forecast_row(found: Forecast | NoForecast | None) -> Row:
    """`forecast` and `no_forecast`; one of them is null, and both where there is no state yet."""
    if found is None:
        return {"forecast": None, "no_forecast": None}
    if isinstance(found, NoForecast):
        return {"forecast": None, "no_forecast": {"reason": found.reason, "message": found.message}}
    return {
        "forecast": {
            "of": found.of,
            "at_end": found.at_end,
            "low": found.low,
            "high": found.high,
            "progress": found.progress,
            "would_meet": found.would_meet,
            "points": found.points,
            "since": found.since.isoformat(),
            "until": found.until.isoformat(),
        },
        "no_forecast": None,
    }
