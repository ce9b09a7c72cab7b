"""What narrows a list of key results or objectives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from syncd.okr.definition import Tier
from syncd.okr.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """None takes everything."""

    cycle: str | None
    team: str | None
    tier: Tier | None
    owner: str | None
    q: str | None

    def takes(self, state: State) -> bool:
        return (
            self.cycle in (None, state.subject.cycle)
            and self.team in (None, state.team)
            and self.tier in (None, state.tier)
            and self.owner in (None, state.owner)
            and (self.q is None or _says(state, self.q.casefold()))
        )


def read_filter(
    cycle: Annotated[str | None, Query(max_length=100)] = None,
    team: Annotated[str | None, Query(max_length=200)] = None,
    tier: Annotated[Tier | None, Query()] = None,
    owner: Annotated[str | None, Query(max_length=200)] = None,
    q: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="Part of the id or the title, in any case"),
    ] = None,
) -> Filter:
    return Filter(cycle=cycle, team=team, tier=tier, owner=owner, q=q)


Filters = Annotated[Filter, Depends(read_filter)]


def _says(state: State, text: str) -> bool:
    return text in state.subject.id.casefold() or text in state.title.casefold()
