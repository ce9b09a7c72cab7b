"""Key results as they are now."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from syncd.api.access import Reader
from syncd.api.paging import After, Limit, Page, from_cursor, to_cursor
from syncd.api.problems import not_found
from syncd.api.routes import routes
from syncd.api.service import Serving
from syncd.okr.state import KeyResultState
from syncd.views.rows import key_result_row

router = routes(prefix="/api/v1/key-results", tag="key results")


class ErrorFact(BaseModel):
    """Why a number is not what it should be."""

    code: str
    message: str
    actor: str = Field(description="Who can act: operator, author, receiver, nobody")


class KeyResult(BaseModel):
    """A key result as it was last evaluated."""

    id: str
    cycle: str
    title: str
    tier: str
    team: str | None
    owner: str | None
    unit: str
    kind: str
    start: float | None
    target: float | None
    current: float | None
    progress: float | None = Field(description="0 to 1")
    progress_unclamped: float | None
    pace: str | None
    confidence: float | None
    origin: str | None
    freshness: str | None
    error: ErrorFact | None
    via: str | None = Field(description="The syncd that told it; null: this one")
    sequence: int
    as_of: str | None
    last_good_at: str | None
    details: dict[str, Any]  # Any: JSON of the kind


@router.get("")
async def list_key_results(
    service: Serving,
    caller: Reader,
    *,
    cycle: Annotated[str | None, Query(max_length=100)] = None,
    team: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[KeyResult]:
    """Key results by cycle and id, of the teams that the key may see."""
    mark = from_cursor(after, str, str) if after else ("", "")
    async with service.store.reading() as tx:
        states = await tx.states.get(via="anybody")
    found = sorted(
        (
            state
            for state in states.values()
            if isinstance(state, KeyResultState)
            and caller.may_see(state.team)
            and cycle in (None, state.subject.cycle)
            and team in (None, state.team)
            and tuple(state.subject) > mark
        ),
        key=lambda state: state.subject,
    )
    page = found[:limit]
    is_last = len(found) <= limit
    return Page(
        items=[KeyResult(**key_result_row(state)) for state in page],
        next=None if is_last else to_cursor(*page[-1].subject),
    )


@router.get("/{team}/{objective}/{key_result}")
async def get_key_result(
    team: str,
    objective: str,
    key_result: str,
    service: Serving,
    caller: Reader,
    *,
    cycle: Annotated[str, Query(max_length=100)],
) -> KeyResult:
    """One key result."""
    wanted = f"{team}/{objective}/{key_result}"
    async with service.store.reading() as tx:
        states = await tx.states.get(via="anybody")
    for state in states.values():
        if (
            isinstance(state, KeyResultState)
            and (state.subject.cycle, state.subject.id) == (cycle, wanted)
            and caller.may_see(state.team)
        ):
            return KeyResult(**key_result_row(state))
    raise not_found("there is no such key result")
