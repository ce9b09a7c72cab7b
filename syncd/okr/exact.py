"""Which approximate counts decide something, and so deserve an exact one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from syncd.okr.definition import Calendar, Keep, KeyResult, Mappings, QueryKey
from syncd.okr.kinds import Milestones, Rate
from syncd.okr.pace import expected_progress
from syncd.okr.periodic import begun, key_of, keys_to_ask
from syncd.okr.phases import on_the_way
from syncd.okr.reading import Reading
from syncd.okr.state import Details, KeyResultState, States

NEAR = 0.02
"""Of the border's value, or of the whole way, whichever is more."""

EVERY = timedelta(hours=1)
"""A query is confirmed at most this often."""


def needs_exact(
    mappings: Mappings,
    readings: Mapping[QueryKey, Reading],
    states: States,
    *,
    now: datetime,
    calendar: Calendar,
) -> set[QueryKey]:
    """Approximate queries of key results whose value is near the target or near a border of pace."""
    approximate = {key for key, reading in readings.items() if _is_open(reading, now=now)}
    wanted: set[QueryKey] = set()
    for subject, key_result in mappings.key_results.items():
        mine = set(keys_to_ask(key_result, readings, now=now)) & approximate
        state = states.get(subject)
        if not mine or not isinstance(state, KeyResultState) or state.current is None:
            continue
        if isinstance(key_result.kind, Rate):
            wanted |= mine & _near_a_need(key_result, key_result.kind, state, now=now)
            continue
        if isinstance(key_result.kind, Milestones):
            wanted |= mine & _about_to_latch(key_result, key_result.kind, state)
            continue
        current = state.current
        if any(
            abs(current - at) <= near for at, near in _borders(key_result, state, now=now, calendar=calendar)
        ):
            wanted |= mine
    return wanted


def _near_a_need(key_result: KeyResult, rate: Rate, state: KeyResultState, *, now: datetime) -> set[QueryKey]:
    """What is asked for the periods whose amount is near what they need."""
    amounts = (state.details or {}).get("rate", {}).get("amounts", {})
    near: set[QueryKey] = set()
    for period in begun(key_result, now=now):
        amount, need = amounts.get(period.first_day.isoformat()), float(period.need(rate.need))
        if amount is not None and abs(amount - need) <= NEAR * need:
            near |= {key_of(used, period) for used in key_result.inputs}
    return near


def _about_to_latch(key_result: KeyResult, kind: Milestones, state: KeyResultState) -> set[QueryKey]:
    """What the conditions read that hold and are not latched: a milestone is done for good."""
    steps = (state.details or {}).get("milestones", {})
    holding = [step for step in kind.steps if step.when and _holds_for_now(steps.get(step.key, {}))]
    names = {name for step in holding for name in step.names}
    return {used.query for used in key_result.inputs if used.name in names}


def _holds_for_now(step: Details) -> bool:
    return step.get("done") is True and step.get("done_on") is None


def _is_open(reading: Reading, *, now: datetime) -> bool:
    good = reading.good
    if good is None or reading.bad is not None or not good.approximate:
        return False
    return good.exact_at is None or now - good.exact_at >= EVERY


def _borders(
    key_result: KeyResult, state: KeyResultState, *, now: datetime, calendar: Calendar
) -> Iterator[tuple[float, float]]:
    """Values at which progress is whole or pace changes, each with the distance that is near."""
    kind = key_result.kind
    if state.start is not None and state.target is not None:
        way = state.target - state.start
        for share in _shares(key_result, state.start, state.target, now=now, calendar=calendar):
            at = state.start + share * way
            yield at, NEAR * max(abs(at), abs(way))
    elif isinstance(kind, Keep):
        tolerance = kind.tolerance or 0.0
        for edge, outwards in ((kind.low, -tolerance), (kind.high, tolerance)):
            if edge is not None:
                for at in {edge, edge + outwards}:
                    yield at, NEAR * max(abs(at), tolerance)


def _shares(
    key_result: KeyResult, start: float, target: float, *, now: datetime, calendar: Calendar
) -> Iterator[float]:
    yield 1.0
    by_now = expected_progress(key_result.cycle, now=now, calendar=calendar)
    expected = (
        by_now
        if start == target
        else on_the_way(by_now, key_result, start=start, target=target, calendar=calendar)
    )
    if expected is not None and expected >= calendar.too_early:
        for threshold in (calendar.ahead, calendar.on_track, calendar.behind):
            yield threshold * expected
