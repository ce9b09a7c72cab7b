"""Milestones: named steps with weights; how much of the weight is done, of what is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from syncd.okr.freshness import freshness
from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.judging.steps import Outcome, Steps
from syncd.okr.kinds import Milestone, Milestones
from syncd.okr.names import Input
from syncd.okr.pace import reach_pace
from syncd.okr.reading import GoodRead, Reading
from syncd.okr.rollup import Part, roll_up
from syncd.okr.state import Evidence
from syncd.okr.value import Value

MAX_TITLE = 60
"""Characters of a step's title in the details, which travel in every event."""


def judge(kind: Milestones, facts: Facts) -> Judged:
    steps = Steps(facts)
    outcomes = [(step, steps.outcome(step)) for step in kind.steps]
    rolled_up = roll_up([Part(_share(outcome), step.weight) for step, outcome in outcomes])
    expected = roll_up([Part(_due(step, outcome, facts), step.weight) for step, outcome in outcomes])
    pace = None
    if rolled_up.progress is not None:
        pace = reach_pace(rolled_up.progress, expected=expected.progress, calendar=facts.calendar)
    done = sum(outcome.done is True for _step, outcome in outcomes)
    looked_at = _looked_at(outcomes, facts)
    read = [facts.readings.get(used.query) for used in looked_at]
    return Judged(
        value=_value(facts, float(done) if rolled_up.known else None, outcomes, read),
        freshness=freshness(read, rule=facts.key_result.freshness, now=facts.now),
        progress=rolled_up.progress,
        unclamped=rolled_up.progress,
        pace=pace,
        details={
            "milestones": {step.key: _to_details(step, outcome) for step, outcome in outcomes},
            "known": rolled_up.known,
            "of": rolled_up.of,
        },
    )


def _share(outcome: Outcome) -> float | None:
    return None if outcome.done is None else float(outcome.done)


def _due(step: Milestone, outcome: Outcome, facts: Facts) -> float | None:
    """How much of the step the plan expects by now: all of it after its day, without one bit by bit."""
    if outcome.done is None or facts.expected is None:
        return None
    if step.due is None or facts.expected >= 1:
        return facts.expected
    end_of_day = datetime.combine(step.due + timedelta(days=1), time(), facts.key_result.cycle.zone)
    return 1.0 if facts.now >= end_of_day else 0.0


def _looked_at(outcomes: Iterable[tuple[Milestone, Outcome]], facts: Facts) -> list[Input]:
    """Inputs that still say something: what only a latched step looked at does not."""
    names = {name for step, outcome in outcomes if not outcome.is_latched for name in step.names}
    return [used for used in facts.key_result.inputs if used.name in names]


def _value(
    facts: Facts,
    done: float | None,
    outcomes: Iterable[tuple[Milestone, Outcome]],
    read: Sequence[Reading | None],
) -> Value:
    goods = [reading.good for reading in read if reading and reading.good]
    errors = [outcome.error for _step, outcome in outcomes if outcome.error]
    return Value(
        current=done,
        error=errors[0] if errors else None,
        as_of=min((good.observed_at or good.read_at for good in goods), default=None),
        last_good_at=min((good.read_at for good in goods), default=None),
        evidence=tuple(_evidence(facts)),
        read_at=max((good.read_at for good in goods), default=None),
    )


def _evidence(facts: Facts) -> Iterable[Evidence]:
    for used in facts.key_result.inputs:
        reading = facts.readings.get(used.query)
        if reading is not None and reading.good is not None:
            yield _one_evidence(used, reading.good)


def _one_evidence(used: Input, good: GoodRead) -> Evidence:
    return Evidence(
        measurement=used.name,
        value=good.value,
        unit=good.unit,
        connection=used.query.connection,
        url=good.evidence_url,
        approximate=good.approximate,
    )


def _to_details(step: Milestone, outcome: Outcome) -> dict[str, Any]:  # Any: JSON
    title = step.title if len(step.title) <= MAX_TITLE else f"{step.title[: MAX_TITLE - 1]}…"
    return {
        "title": title,
        "weight": step.weight,
        "due": step.due.isoformat() if step.due else None,
        "done": outcome.done,
        "done_on": outcome.done_on.isoformat() if outcome.done_on else None,
        "by": outcome.by,
    }
