"""A cycle, and where it is in its life, as `syncd cycle list --json` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from syncd.okr.closing import Closing
from syncd.okr.definition import Cycle
from syncd.sync.cycles import freezes_at, is_frozen
from syncd.views.rows import Row, moment

CycleState = Literal["not_begun", "running", "ended", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCycle:
    """A cycle, and where it is in its life.

    Attributes:
        closing: None: it still moves, or will.
    """

    cycle: Cycle
    state: CycleState
    closing: Closing | None = None

    def row(self) -> Row:
        return {
            "name": self.cycle.name,
            "first_day": self.cycle.first_day.isoformat(),
            "last_day": self.cycle.last_day.isoformat(),
            "state": self.state,
            "freezes_at": moment(freezes_at(self.cycle)),
            "closed_at": moment(self.closing.at) if self.closing else None,
            "closed_by": self.closing.by if self.closing else None,
        }


def listed_all(cycles: Iterable[Cycle], closed: Mapping[str, Closing], *, now: datetime) -> list[ListedCycle]:
    """By their first day."""
    in_order = sorted(cycles, key=lambda cycle: (cycle.first_day, cycle.last_day))
    return [listed(cycle, closed.get(cycle.name), now=now) for cycle in in_order]


def listed(cycle: Cycle, closing: Closing | None, *, now: datetime) -> ListedCycle:
    """Where the cycle is in its life; one that froze a moment ago is closed before that is recorded."""
    if closing is None and is_frozen(cycle, now=now):
        closing = Closing(cycle=cycle.name, at=freezes_at(cycle))
    if closing is not None:
        return ListedCycle(cycle=cycle, state="closed", closing=closing)
    if now < cycle.starts_at:
        return ListedCycle(cycle=cycle, state="not_begun")
    return ListedCycle(cycle=cycle, state="running" if now < cycle.ends_at else "ended")
