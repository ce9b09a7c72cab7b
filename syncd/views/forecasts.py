"""A forecast as `explain --json` and `status --json` print it."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.okr.definition import Subject
from syncd.okr.forecast import Forecast, NoForecast
from syncd.okr.state import States
from syncd.views.rows import Row, rows


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
