"""Where a key result lands at the end of its cycle if it goes on as in the last days. No promise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from syncd.errors import EvaluationError
from syncd.okr.definition import Cycle
from syncd.okr.pace import SLACK
from syncd.okr.progress import clamp, progress
from syncd.okr.state import KeyResultState
from syncd.okr.trail import Footprint, Trail, known_days
from syncd.okr.trend import Landing, Point, landing

VALUED: Final = frozenset({"reach", "change", "observe"})
"""Kinds whose value has a trend."""

PROGRESSING: Final = frozenset({"rate"})
"""Kinds whose value is a period's, so that the trend is their progress's."""

KINDS: Final = VALUED | PROGRESSING

WouldMeet = Literal["yes", "open", "no"]
Reason = Literal["kind", "not_begun", "cycle_over", "too_few_points", "not_finite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRule:
    """How far a forecast looks back, today included, and how many days must be known in it."""

    over_days: int = 28
    min_points: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Where the trend of the last days lands.

    Attributes:
        of: What lands: the value, in the key result's unit, or the progress, 0 to 1.
        at_end, low, high: On the cycle's last day, with its band.
        progress: What `at_end` is on the way from start to target, 0 to 1; None without a way.
        would_meet: The target is met all over the band, in a part of it or nowhere; None: there is none.
        points, since, until: How many days are known, the first and the last of them.
    """

    of: Literal["value", "progress"]
    at_end: float
    low: float
    high: float
    progress: float | None
    would_meet: WouldMeet | None
    points: int
    since: date
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoForecast:
    """Why nothing is foretold."""

    reason: Reason
    message: str


def forecast(
    state: KeyResultState, trail: Trail, *, cycle: Cycle | None, rule: ForecastRule, now: datetime
) -> Forecast | NoForecast:
    """The forecast of one key result.

    Args:
        trail: Of the last `rule.over_days` days; what was recorded before the cycle does not count.
        cycle: None: it was closed, or the installation has it no more.
    """
    if state.kind not in KINDS:
        return NoForecast(reason="kind", message=f"{state.kind} has no trend")
    if cycle is None or now >= cycle.ends_at:
        return NoForecast(reason="cycle_over", message="the cycle is over")
    if now < cycle.starts_at:
        return NoForecast(reason="not_begun", message="the cycle has not begun")
    of: Literal["value", "progress"] = "value" if state.kind in VALUED else "progress"
    # A number that is measured has evidence, also while a person's stands for it.
    steps = known_days(trail, by_hand=not state.evidence, read_until=state.last_good_at, zone=cycle.zone)
    points = [
        Point(step.day.toordinal(), value)
        for step in steps
        if step.day >= cycle.first_day and (value := _value(step, of)) is not None
    ]
    if len(points) < rule.min_points:
        message = f"{len(points)} of the last {rule.over_days} days are known; {rule.min_points} make a trend"
        return NoForecast(reason="too_few_points", message=message)
    found = landing(points, day=cycle.last_day.toordinal())
    if found is None:
        return NoForecast(reason="not_finite", message="the trend leads to no finite number")
    if of == "progress":
        found = Landing(*map(clamp, found))
    shares = _shares(state, found, of)
    return Forecast(
        of=of,
        at_end=found.value,
        low=found.low,
        high=found.high,
        progress=clamp(shares.value) if shares else None,
        would_meet=_would_meet(shares) if shares else None,
        points=len(points),
        since=date.fromordinal(points[0].day),
        until=date.fromordinal(points[-1].day),
    )


def _value(step: Footprint, of: Literal["value", "progress"]) -> float | None:
    return step.current if of == "value" else step.progress


def _shares(state: KeyResultState, found: Landing, of: Literal["value", "progress"]) -> Landing | None:
    """The landing as shares of the way, unclamped, the least one `low`; None where there is no way."""
    if of == "progress":
        return found
    if state.start is None or state.target is None:
        return None
    try:
        value, *edges = (progress(start=state.start, target=state.target, current=it) for it in found)
    except EvaluationError:
        return None
    return Landing(value, min(edges), max(edges))


def _would_meet(shares: Landing) -> WouldMeet:
    if shares.low + SLACK >= 1:
        return "yes"
    return "open" if shares.high + SLACK >= 1 else "no"
