"""What a judge is given, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from syncd.okr.definition import Calendar, KeyResult
from syncd.okr.names import QueryKey, Subject
from syncd.okr.reading import ErrorFact, Reading
from syncd.okr.state import Details, Freshness, KeyResultState, Pace, State
from syncd.okr.value import Value

Known = Callable[[Subject], State | None]


class Facts(NamedTuple):
    """Everything that a kind may look at.

    Attributes:
        value: What the inputs and the formula make now, or the last value.
        before: The last state; its `details` are this kind's memory.
        expected: The share of the way that the calendar expects by now; None before the cycle.
        readings: Of every query, for kinds that read more than their inputs.
        known: Another subject's state: of this evaluation if it was its turn, else the last one.
        shadow: Every subject that is in shadow.
    """

    key_result: KeyResult
    value: Value
    before: KeyResultState | None
    now: datetime
    expected: float | None
    calendar: Calendar
    readings: Mapping[QueryKey, Reading]
    known: Known
    shadow: Collection[Subject] = frozenset()

    def memory(self, kind: str) -> Details:
        """The details of the last state, as far as it was of this kind and of the same measure."""
        before = self.before
        is_same = (
            before is not None
            and before.kind == kind
            and before.measure_digest == self.key_result.measure_digest
        )
        return (before.details if before and is_same else None) or {}


class Judged(NamedTuple):
    """What a kind makes of the facts; what it leaves out stays as the value says.

    Attributes:
        value: Of kinds that make their own of more than inputs and a formula.
        freshness: Of such kinds, too.
        current: Set by kinds whose value is not the formula's own (a mean, a sum over periods).
        error: A reason why this cannot be judged; one of the value goes before it.
    """

    value: Value | None = None
    freshness: Freshness | None = None
    current: float | None = None
    start: float | None = None
    target: float | None = None
    progress: float | None = None
    unclamped: float | None = None
    pace: Pace | None = None
    error: ErrorFact | None = None
    details: Details | None = None
