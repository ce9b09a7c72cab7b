"""What each kind makes of a value: progress, pace, and the facts that only it has. One module per kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncd.okr.judging import change, composite, keep, milestones, observe, rate, reach
from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.kinds import Change, Composite, Keep, Milestones, Observe, Rate, Reach

# Any: each function takes the kind that its key is.
_JUDGES: dict[type, Callable[[Any, Facts], Judged]] = {
    Reach: reach.judge,
    Change: change.judge,
    Keep: keep.judge,
    Rate: rate.judge,
    Milestones: milestones.judge,
    Observe: observe.judge,
    Composite: composite.judge,
}


def judge(facts: Facts) -> Judged:
    kind = facts.key_result.kind
    return _JUDGES[type(kind)](kind, facts)
