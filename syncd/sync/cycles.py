"""Which cycles are alive: begun, and not yet frozen. Only their key results are read and evaluated."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.okr.definition import Cycle, Mappings, Subject

GRACE = timedelta(days=14)
"""A cycle that nobody closes freezes so many whole days after its last one."""


def is_frozen(cycle: Cycle, *, now: datetime, closed: Collection[str] = ()) -> bool:
    """Whether its numbers stay: it is among the names in `closed`, or nobody closed it in time."""
    return cycle.name in closed or now >= freezes_at(cycle)


def freezes_at(cycle: Cycle) -> datetime:
    """When it freezes by itself: at a midnight, also where the clocks change on the way."""
    return replace(cycle, last_day=cycle.last_day + GRACE).ends_at


def is_open(cycle: Cycle, *, now: datetime, begun_only: bool = True, closed: Collection[str] = ()) -> bool:
    """Whether the cycle is still read: begun (or not asked), and not yet frozen."""
    return not is_frozen(cycle, now=now, closed=closed) and (cycle.starts_at <= now or not begun_only)


def alive(mappings: Mappings, *, now: datetime, begun_only: bool = True) -> Mappings:
    """The part of the mappings that moves.

    Args:
        begun_only: Leave out cycles that have not begun (`syncd plan` reads them, a sync does not).
    """
    cycles = {objective.cycle.name: objective.cycle for objective in mappings.objectives.values()}
    open_ones = {
        name
        for name, cycle in cycles.items()
        if is_open(cycle, now=now, begun_only=begun_only, closed=mappings.closed)
    }
    if open_ones == cycles.keys():
        return mappings
    return replace(
        mappings,
        objectives={s: it for s, it in mappings.objectives.items() if s.cycle in open_ones},
        key_results={s: it for s, it in mappings.key_results.items() if s.cycle in open_ones},
    )


def resting(mappings: Mappings, *, now: datetime) -> tuple[set[Subject], set[Subject]]:
    """Subjects of cycles that have not begun, and of frozen ones."""
    not_begun: set[Subject] = set()
    frozen: set[Subject] = set()
    for objective in mappings.objectives.values():
        subjects = {objective.subject, *objective.key_results}
        if is_frozen(objective.cycle, now=now, closed=mappings.closed):
            frozen |= subjects
        elif now < objective.cycle.starts_at:
            not_begun |= subjects
    return not_begun, frozen
