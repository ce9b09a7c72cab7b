"""Which of the recorded states a request means, among those that its caller may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Path, Query

from syncd.api.problems import Problem, not_found
from syncd.api.seen import Seen
from syncd.api.service import Service
from syncd.okr.definition import Cycle
from syncd.okr.state import KeyResultState, ObjectiveState

StateT = TypeVar("StateT", KeyResultState, ObjectiveState)

Part = Annotated[str, Path(max_length=200)]
"""A segment of an id."""

WhichCycle = Annotated[
    str | None, Query(max_length=100, description="Default: the one that contains today, or the only one")
]
OfCycle = Annotated[str | None, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An id, and the cycle that was named with it."""

    id: str
    cycle: str | None


def _wanted_objective(team: Part, objective: Part, cycle: WhichCycle = None) -> Wanted:
    return Wanted(f"{team}/{objective}", cycle)


def _wanted_key_result(team: Part, objective: Part, key_result: Part, cycle: WhichCycle = None) -> Wanted:
    return Wanted(f"{team}/{objective}/{key_result}", cycle)


WantedObjective = Annotated[Wanted, Depends(_wanted_objective)]
WantedKeyResult = Annotated[Wanted, Depends(_wanted_key_result)]
"""A route's parameter: what its address names."""


def locate(seen: Seen, kind: type[StateT], wanted: Wanted, *, service: Service) -> StateT:
    """The state of that id, in the cycle that was named or else in the one that contains today.

    Raises:
        Problem: `not_found`; `ambiguous_cycle`, several cycles have it and it cannot be told which.
    """
    cycles, now = service.outlook.cycles, service.clock()
    same = [
        state for state in seen.states.values() if isinstance(state, kind) and state.subject.id == wanted.id
    ]
    if wanted.cycle is None:
        running = [state for state in same if _contains(cycles.get(state.subject.cycle), now)]
        same = running or same
    else:
        same = [state for state in same if state.subject.cycle == wanted.cycle]
    if len(same) > 1:
        names = ", ".join(sorted(state.subject.cycle for state in same))
        raise Problem(
            409,
            "ambiguous_cycle",
            f"{wanted.id} is in the cycles {names}",
            hint="name one of them with ?cycle=",
        )
    if not same:
        raise not_found(f"there is no such {'key result' if kind is KeyResultState else 'objective'}")
    return same[0]


def _contains(cycle: Cycle | None, at: datetime) -> bool:
    return cycle is not None and cycle.starts_at <= at < cycle.ends_at
