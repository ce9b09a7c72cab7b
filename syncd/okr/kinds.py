"""The kinds of key results, as written and checked. What each makes of a value: `okr.judging`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from syncd.okr.formula import Formula
from syncd.okr.names import Input, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From `start` to `target`, up or down; in the key result's unit; never equal.

    Attributes:
        start: None: of `start_from`, or else the first value read in the cycle.
        target: None: of `target_from`.
        start_from, target_from: Queries that are read once and then frozen.
    """

    start: float | None
    target: float | None
    start_from: Input | None = None
    target_from: Input | None = None
    name: Literal["reach"] = "reach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The target is the start and so much more, or less.

    Attributes:
        amount: Relative: 0.4 is +40 % of the start's absolute value; else in the key result's unit.
        start, start_from: As for `Reach`.
    """

    amount: float
    is_relative: bool
    start: float | None = None
    start_from: Input | None = None
    name: Literal["change"] = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Stay inside a band; None is an open side.

    Attributes:
        strict_low, strict_high: The edge itself is outside (`above`, `below`).
        tolerance: Distance outside the band over which progress falls from 1 to 0; None: at once.
        by: Which value of the cycle counts: the latest, the mean weighted by time, the worst day.
    """

    low: float | None = None
    high: float | None = None
    strict_low: bool = False
    strict_high: bool = False
    tolerance: float | None = None
    by: Literal["latest", "mean", "worst"] = "latest"
    name: Literal["keep"] = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At least `need` in every period of the cycle.

    Attributes:
        of: The number read is a period's amount, or a total that runs on.
        carry_over: What a rich period has too much counts for a poor one.
        start: What a total was when the cycle began; None: the first value read in it.
    """

    need: float
    every: Literal["day", "week", "month"]
    carry_over: bool = False
    of: Literal["amount", "running_total"] = "amount"
    start: float | None = None
    name: Literal["rate"] = "rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One named step. At most one of `done_on`, `measure` and `when`; none: not done.

    Attributes:
        due: A plan; what pace expects.
        done_on: A fact.
        measure: Done at 1 (the name of one of the key result's inputs).
        when: Done once it is not zero, and then for good; over the key result's inputs.
    """

    key: str
    title: str
    weight: float = 1.0
    due: date | None = None
    done_on: date | None = None
    measure: Input | None = None
    when: Formula | None = None

    @property
    def names(self) -> frozenset[str]:
        """Of the inputs that say whether it is done."""
        if self.measure is not None:
            return frozenset({self.measure.name})
        return self.when.names if self.when is not None else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """Named steps with weights, in the order of the file."""

    steps: tuple[Milestone, ...]
    name: Literal["milestones"] = "milestones"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observe:
    """Measure first, target later: a value, no progress."""

    name: Literal["observe"] = "observe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """A mix of other key results: the weighted mean of their clamped progress, or the worst.

    `parts`: key result -> weight, in the order of the file.
    """

    parts: tuple[tuple[Subject, float], ...]
    take: Literal["mean", "worst"] = "mean"
    name: Literal["composite"] = "composite"


Kind = Reach | Change | Keep | Rate | Milestones | Observe | Composite
