"""What is known of one milestone: done or not, since when, and by what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from syncd.errors import EvaluationError
from syncd.okr.formula import Formula
from syncd.okr.judging.facts import Facts
from syncd.okr.kinds import Milestone
from syncd.okr.names import Input
from syncd.okr.reading import ErrorFact, GoodRead
from syncd.okr.value import check_floors, error_fact

By = Literal["done_on", "measure", "when"]


class Outcome(NamedTuple):
    """Attributes:
    done: None: not known.
    done_on: As written, or the day on which it was first seen done.
    by: What says so; None: nothing can, and so it is not done.
    is_latched: Done for good, whatever its measurements say from now on.
    error: Why it is not known now, or why what is known may be old.
    """

    done: bool | None
    done_on: date | None = None
    by: By | None = None
    is_latched: bool = False
    error: ErrorFact | None = None


class Steps:
    """Decides for each milestone of one key result; `details` of the last state are the memory."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._inputs = {used.name: used for used in facts.key_result.inputs}
        self._same = facts.memory("milestones").get("milestones", {})
        before = facts.before
        is_before = before is not None and before.kind == "milestones"
        self._last = (before.details or {}).get("milestones", {}) if before and is_before else {}

    def outcome(self, step: Milestone) -> Outcome:
        if step.done_on is not None:
            return self._fact(step, step.done_on)
        if step.measure is not None:
            return self._measured(step, step.measure)
        if step.when is not None:
            return self._latched(step) or self._condition(step, step.when)
        return Outcome(done=False)

    def _fact(self, step: Milestone, done_on: date) -> Outcome:
        if done_on <= self._day(self._facts.now):
            return Outcome(done=True, done_on=done_on, by="done_on")
        message = f"{step.key!r} is said to be done on {done_on}, which is in the future"
        error = ErrorFact(code="done_in_future", message=message, actor="author")
        return Outcome(done=False, done_on=done_on, by="done_on", error=error)

    def _measured(self, step: Milestone, used: Input) -> Outcome:
        values, goods, error = self._read({used.name})
        if used.name not in values:
            return self._as_last(step, "measure", error)
        if values[used.name] < 1:
            return Outcome(done=False, by="measure", error=error)
        since = self._remembered_day(step, "measure") or self._day(goods[0].read_at)
        return Outcome(done=True, done_on=since, by="measure", error=error)

    def _latched(self, step: Milestone) -> Outcome | None:
        day = self._remembered_day(step, "when")
        return None if day is None else Outcome(done=True, done_on=day, by="when", is_latched=True)

    def _condition(self, step: Milestone, when: Formula) -> Outcome:
        values, goods, error = self._read(when.names)
        try:
            holds = when.evaluate(values) != 0
        except EvaluationError as failed:
            was_read = values.keys() == when.names
            return self._as_last(step, "when", error or (error_fact(failed) if was_read else None))
        if not holds:
            return Outcome(done=False, by="when", error=error)
        seen_at = max((good.read_at for good in goods), default=self._facts.now)
        # For good: not by an approximate count, nor by what was there before the cycle began.
        if seen_at < self._facts.key_result.cycle.starts_at or any(good.approximate for good in goods):
            return Outcome(done=True, by="when", error=error)
        return Outcome(done=True, done_on=self._day(seen_at), by="when", is_latched=True)

    def _as_last(self, step: Milestone, by: By, error: ErrorFact | None) -> Outcome:
        """Nothing can be said now: what was said last stays, if the same measure said it."""
        last: Mapping[str, Any] = self._same.get(step.key, {})  # Any: JSON
        if last.get("by") != by:
            return Outcome(done=None, by=by, error=error)
        day = last["done_on"]
        return Outcome(
            done=last["done"], done_on=date.fromisoformat(day) if day else None, by=by, error=error
        )

    def _remembered_day(self, step: Milestone, by: By) -> date | None:
        last = self._last.get(step.key, {})
        if last.get("by") != by or not last["done"] or last["done_on"] is None:
            return None
        return date.fromisoformat(last["done_on"])

    def _read(self, names: Collection[str]) -> tuple[dict[str, float], list[GoodRead], ErrorFact | None]:
        """The values of these inputs as far as they are there, and the first thing that is wrong."""
        values: dict[str, float] = {}
        goods: list[GoodRead] = []
        errors: list[ErrorFact] = []
        for name, used in self._inputs.items():
            reading = self._facts.readings.get(used.query) if name in names else None
            if reading is None:
                continue
            if reading.bad is not None:
                errors.append(reading.bad.error)
            if reading.good is None:
                continue
            try:
                check_floors(used, reading.good)
            except EvaluationError as failed:
                errors.append(error_fact(failed))
                continue
            values[name] = reading.good.value
            goods.append(reading.good)
        return values, goods, errors[0] if errors else None

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._facts.key_result.cycle.zone).date()
