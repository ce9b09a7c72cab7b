"""Reach: from a start to a target, up or down."""

from __future__ import annotations

from syncd.errors import EvaluationError
from syncd.okr.judging.ends import details_of, start_of, target_of
from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.kinds import Reach
from syncd.okr.pace import reach_pace
from syncd.okr.phases import on_the_way, to_details
from syncd.okr.progress import clamp, progress
from syncd.okr.value import error_fact


def judge(kind: Reach, facts: Facts) -> Judged:
    start, target = start_of(kind, facts), target_of(kind, facts)
    judged = way(start.value, target.value, facts)
    return judged._replace(
        error=start.error or target.error or judged.error,
        details={**details_of(start=start, target=target), **to_details(facts.key_result.phases)},
    )


def way(start: float | None, target: float | None, facts: Facts) -> Judged:
    """The judgement of the value on its way from `start` to `target`, as far as both are known."""
    current = facts.value.current
    if current is None or start is None or target is None:
        return Judged(start=start, target=target)
    try:
        share = progress(start=start, target=target, current=current)
    except EvaluationError as error:
        return Judged(start=start, target=target, error=error_fact(error))
    expected = on_the_way(
        facts.expected, facts.key_result, start=start, target=target, calendar=facts.calendar
    )
    return Judged(
        start=start,
        target=target,
        progress=clamp(share),
        unclamped=share,
        pace=reach_pace(share, expected=expected, calendar=facts.calendar),
    )
