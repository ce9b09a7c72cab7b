"""Objectives as they are now: what they are made of, what they support."""

from __future__ import annotations

from pydantic import BaseModel, Field

from syncd.api.access import Caller, Reader
from syncd.api.facts import MappingFact, PastCheckIn, SenderFact
from syncd.api.filters import Filters
from syncd.api.paging import After, Limit, Page, from_cursor, paged
from syncd.api.past import At, PastExplanation, past
from syncd.api.problems import not_found
from syncd.api.routes import routes
from syncd.api.seen import Seen, seen_by
from syncd.api.service import Service, Serving
from syncd.api.subjects import OfCycle, WantedObjective, locate
from syncd.okr.definition import NO_MAPPINGS
from syncd.okr.state import ObjectiveState as State
from syncd.sync.site import active
from syncd.views.explain_objective import objective_explanation
from syncd.views.objectives import linked, linked_row, tree, tree_row
from syncd.views.rows import Row

router = routes(prefix="/api/v1/objectives", tag="objectives")


class Said(BaseModel):
    author: str
    at: str
    comment: str | None


class ObjectiveState(BaseModel):
    """An objective as it was last evaluated. Ids of another cycle are written `ID@CYCLE`."""

    id: str
    cycle: str
    title: str
    tier: str
    team: str | None
    owner: str | None
    supports: list[str]
    progress: float | None = Field(description="0 to 1")
    known: int = Field(description="How many of its parts have a progress")
    of: int = Field(description="How many parts count")
    rollup: str = Field(description="What its progress is made of: `key_results`, `supporters`, `by_hand`")
    said: Said | None = Field(description="Who set its progress; null: it is computed, or nobody did")
    via: str | None = Field(description="The syncd that told it; null: this one")
    sequence: int
    mode: str = Field(description="`live`, or `shadow`: computed and pushed to nobody")
    shadow_since: str | None
    push: bool = Field(description="Whether its own events are sent")


class Objective(ObjectiveState):
    """An objective among others."""

    key_results: list[str] = Field(description="Ids of its key results")
    supporters: list[str] = Field(description="Objectives that support it, or one of its key results")


class Branch(Objective):
    """An objective with those that support it below; each stands once, below the first it supports."""

    below: list[Branch]


class Part(BaseModel):
    """What an objective's progress is made of."""

    id: str
    cycle: str
    progress: float | None
    weight: float
    counts: bool = Field(description="False: it is in shadow, and the objective is not")


class ObjectiveExplanation(ObjectiveState):
    """What its progress is made of; as `syncd explain --json`."""

    parts: list[Part] = Field(description="None where a person sets it, or another syncd told it")
    mapping: MappingFact
    sender: SenderFact | None = Field(description="null: it is computed here")
    history: list[PastCheckIn] = Field(description="The last ten")


class Tree(BaseModel):
    """Objectives that support no other one of these cycles, with the others below them."""

    items: list[Branch]


@router.get("")
async def list_objectives(
    service: Serving, caller: Reader, filters: Filters, *, limit: Limit = 50, after: After = None
) -> Page[Objective]:
    """Objectives by cycle and id, of the teams that the key may see; every filter narrows."""
    mark = from_cursor(after, str, str) if after else None
    seen = await _seen(service, caller)
    found = [one for one in linked(seen.states).values() if filters.takes(one.state)]
    page, following = paged(found, key=lambda one: one.state.subject, after=mark, limit=limit)
    return Page(items=[Objective(**seen.narrowed(linked_row(one))) for one in page], next=following)


@router.get("/tree")
async def get_tree(service: Serving, caller: Reader, *, cycle: OfCycle = None) -> Tree:
    """All objectives of a cycle as a tree of what supports what.

    Without `cycle`: of those that contain today.
    """
    seen = await _seen(service, caller)
    if cycle is None:
        now = service.clock()
        cycles = {name for name, it in service.outlook.cycles.items() if it.starts_at <= now < it.ends_at}
    else:
        cycles = {cycle}
    return Tree(items=[_branch(tree_row(one), seen) for one in tree(linked(seen.states), cycles=cycles)])


@router.get("/{team}/{objective}")
async def get_objective(wanted: WantedObjective, service: Serving, caller: Reader) -> Objective:
    """One objective."""
    seen = await _seen(service, caller)
    state = locate(seen, State, wanted, service=service)
    return Objective(**seen.narrowed(linked_row(linked(seen.states)[state.subject])))


@router.get("/{team}/{objective}/explain")
async def explain_objective(
    wanted: WantedObjective, service: Serving, caller: Reader, *, at: At = None
) -> ObjectiveExplanation | PastExplanation:
    """What its progress is made of, with the weights, and where that is defined; with `at`, as said then."""
    if at is not None:
        return await past(wanted, State, at=at, service=service, caller=caller)
    seen = await _seen(service, caller)
    state = locate(seen, State, wanted, service=service)
    async with service.store.reading() as tx:
        # What another syncd told needs no mappings here.
        mappings = await active(tx, service.site) if state.via is None else NO_MAPPINGS
        if state.via is None and state.subject not in mappings.objectives:
            raise not_found("there is no such objective in the active mappings")
        version = await tx.versions.active()
        row = await objective_explanation(tx, state.subject, mappings=mappings, version=version)
    return ObjectiveExplanation(**seen.narrowed(row))


def _branch(row: Row, seen: Seen) -> Branch:
    below = [_branch(child, seen) for child in row["below"]]
    return Branch(**{**seen.narrowed(row), "below": below})


async def _seen(service: Service, caller: Caller) -> Seen:
    async with service.store.reading() as tx:
        return await seen_by(caller, tx)
