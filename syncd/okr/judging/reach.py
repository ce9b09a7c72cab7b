"""Reach: from a start to a target, up or down."""

from __future__ import annotations

from syncd.errors import EvaluationError
from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.kinds import Reach
from syncd.okr.pace import reach_pace
from syncd.okr.progress import clamp, progress
from syncd.okr.value import error_fact


def judge(kind: Reach, facts: Facts) -> Judged:
    start, target, current = kind.start, kind.target, facts.value.current
    if current is None or start is None or target is None:
        return Judged(start=start, target=target)
    return way(start, target, current, facts)


def way(start: float, target: float, current: float, facts: Facts) -> Judged:
    """The judgement of a number on its way from `start` to `target`."""
    try:
        share = progress(start=start, target=target, current=current)
    except EvaluationError as error:
        return Judged(start=start, target=target, error=error_fact(error))
    return Judged(
        start=start,
        target=target,
        progress=clamp(share),
        unclamped=share,
        pace=reach_pace(share, expected=facts.expected, calendar=facts.calendar),
    )
