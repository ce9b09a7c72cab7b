"""Keep: stay inside a band, by the latest value, the mean over time, or the worst day."""

from __future__ import annotations

from typing import Any

from syncd.okr.judging.days import day_value
from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.judging.mean import Mean
from syncd.okr.judging.worst import Extremes
from syncd.okr.kinds import Keep
from syncd.okr.pace import keep_pace
from syncd.okr.progress import band_progress
from syncd.okr.state import BAND, Details


def judge(kind: Keep, facts: Facts) -> Judged:
    if kind.by == "mean":
        judged = _by_mean(kind, facts)
    elif kind.by == "worst":
        judged = _by_worst(kind, facts)
    else:
        judged = _held(kind, facts.value.current, facts)
    return judged._replace(details={BAND: to_details(kind), **(judged.details or {})})


def to_details(kind: Keep) -> dict[str, Any]:  # Any: JSON
    """The band as a mapping says it; `between` is `at_least` and `at_most`."""
    low, high = "above" if kind.strict_low else "at_least", "below" if kind.strict_high else "at_most"
    edges = {name: edge for name, edge in ((low, kind.low), (high, kind.high)) if edge is not None}
    return {**edges, "tolerance": kind.tolerance, "by": kind.by}


def _by_mean(kind: Keep, facts: Facts) -> Judged:
    value, rule = facts.value, facts.key_result.freshness
    known = facts.memory(kind.name).get("mean")
    mean = Mean.from_json(known) if known else None
    if value.current is not None and value.read_at is not None:
        mean = (
            mean.then(
                value.current,
                at=value.read_at,
                cycle=facts.key_result.cycle,
                believed=rule.error_after if rule else None,
            )
            if mean
            else Mean(last=value.current, at=value.read_at)
        )
    if mean is None:
        return _held(kind, value.current, facts)
    return _held(kind, mean.value, facts, details={"mean": mean.to_json()})


def _by_worst(kind: Keep, facts: Facts) -> Judged:
    cycle = facts.key_result.cycle
    known = facts.memory(kind.name).get("days")
    days = Extremes.from_json(known) if known else None
    new = day_value(facts.value, cycle)
    if new is not None and cycle.first_day <= new.day <= cycle.last_day:
        days = days.then(new) if days else Extremes(last=new)
    if days is None:
        return _held(kind, facts.value.current, facts)
    worst = days.worst(kind)
    return _held(kind, worst.value, facts, details={"worst": worst.to_json(), "days": days.to_json()})


def _held(kind: Keep, current: float | None, facts: Facts, *, details: Details | None = None) -> Judged:
    if current is None:
        return Judged(details=details)
    held = band_progress(kind, current=current)
    pace = keep_pace(kind, current=current, expected=facts.expected)
    return Judged(current=current, progress=held, unclamped=held, pace=pace, details=details)
