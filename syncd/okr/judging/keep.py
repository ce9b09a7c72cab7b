"""Keep: stay inside a band."""

from __future__ import annotations

from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.kinds import Keep
from syncd.okr.pace import keep_pace
from syncd.okr.progress import band_progress


def judge(kind: Keep, facts: Facts) -> Judged:
    current = facts.value.current
    if current is None:
        return Judged()
    held = band_progress(kind, current=current)
    return Judged(
        progress=held, unclamped=held, pace=keep_pace(kind, current=current, expected=facts.expected)
    )
