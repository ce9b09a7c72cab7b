"""Key results as they are now, how they came to be so, and where their numbers come from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from syncd.api.access import Reader
from syncd.api.facts import ErrorFact, EvidenceFact, MappingFact, PastCheckIn, SenderFact
from syncd.api.filters import Filters
from syncd.api.paging import After, Limit, Page, bad_cursor, from_cursor, paged, to_cursor
from syncd.api.past import At, PastExplanation, past
from syncd.api.problems import not_found
from syncd.api.routes import routes
from syncd.api.seen import Seen, seen_by
from syncd.api.service import Service, Serving
from syncd.api.subjects import Wanted, WantedKeyResult, locate
from syncd.okr.definition import NO_MAPPINGS
from syncd.okr.state import KeyResultState
from syncd.store.history import CheckIn
from syncd.sync.site import active
from syncd.views.check_ins import check_in_row
from syncd.views.explain import explanation
from syncd.views.rows import moment

router = routes(prefix="/api/v1/key-results", tag="key results")


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
    mode: str = Field(description="`live`, or `shadow`: computed and pushed to nobody")
    shadow_since: str | None
    push: bool = Field(description="Whether its own events are sent")


class Landing(BaseModel):
    """Where a key result lands if it goes on as in the last days."""

    of: str = Field(description="What lands: `value` or `progress`")
    at_end: float
    low: float
    high: float
    progress: float | None
    would_meet: str | None = Field(description="`yes`, `open`, `no`")
    points: int
    since: str
    until: str


class NoLanding(BaseModel):
    reason: str
    message: str


class ForetoldKeyResult(KeyResult):
    """A key result, with where it seems to be going."""

    forecast: Landing | None
    no_forecast: NoLanding | None = Field(description="Why there is no forecast")


class InputFact(BaseModel):
    """A measurement: the query as written, what was read last, and what failed since."""

    name: str
    connection: str
    query: str
    period: str | None
    place: str
    min_value: float | None
    min_sample: int | None
    value: float | None
    unit: str
    approximate: bool
    sample_size: int | None
    read_at: str | None
    observed_at: str | None
    evidence_url: str | None
    error: ErrorFact | None
    failing_since: str | None


class Band(BaseModel):
    """What a number is kept in, as its mapping writes it."""

    model_config = ConfigDict(extra="forbid")

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    tolerance: float | None
    by: str


class OtherStartFact(BaseModel):
    """A captured start that another measure gave; it goes on counting until somebody rebases it."""

    value: float
    at: str
    if_rebased: float | None = Field(description="The start that a rebase would take now; null: not known")


class Explanation(ForetoldKeyResult):
    """From the number back to its sources; as `syncd explain --json`."""

    start_of_another_measure: OtherStartFact | None
    band: Band | None
    formula: str | None
    inputs: list[InputFact]
    mapping: MappingFact
    sender: SenderFact | None = Field(description="null: it is computed here")
    carried_from: str | None
    evidence: list[EvidenceFact]
    history: list[PastCheckIn] = Field(description="The last ten")


@router.get("")
async def list_key_results(
    service: Serving,
    caller: Reader,
    filters: Filters,
    *,
    kind: Annotated[str | None, Query(max_length=50)] = None,
    pace: Annotated[str | None, Query(max_length=50)] = None,
    freshness: Annotated[str | None, Query(max_length=50)] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[KeyResult]:
    """Key results by cycle and id, of the teams that the key may see; every filter narrows."""
    mark = from_cursor(after, str, str) if after else None
    async with service.store.reading() as tx:
        seen = await seen_by(caller, tx)
    found = [
        state
        for state in seen.states.values()
        if isinstance(state, KeyResultState)
        and filters.takes(state)
        and kind in (None, state.kind)
        and pace in (None, state.pace)
        and freshness in (None, state.freshness)
    ]
    page, following = paged(found, key=lambda state: state.subject, after=mark, limit=limit)
    return Page(items=[KeyResult(**seen.row(state)) for state in page], next=following)


@router.get("/{team}/{objective}/{key_result}")
async def get_key_result(wanted: WantedKeyResult, service: Serving, caller: Reader) -> KeyResult:
    """One key result."""
    async with service.store.reading() as tx:
        seen = await seen_by(caller, tx)
    return KeyResult(**seen.row(_found(seen, wanted, service=service)))


@router.get("/{team}/{objective}/{key_result}/history")
async def get_history(
    wanted: WantedKeyResult,
    service: Serving,
    caller: Reader,
    *,
    limit: Limit = 50,
    after: After = None,
) -> Page[PastCheckIn]:
    """Its check-ins, the newest first: every change of its number, and what people said."""
    async with service.store.reading() as tx:
        state = _found(await seen_by(caller, tx), wanted, service=service)
        before = _mark(state, after) if after else None
        rows = await tx.history.of(state.subject, limit=limit + 1, before=before)
    page = rows[:limit]
    following = to_cursor(str(moment(page[-1].at)), page[-1].id) if len(rows) > limit else None
    return Page(items=[PastCheckIn(**check_in_row(row)) for row in page], next=following)


@router.get("/{team}/{objective}/{key_result}/explain")
async def explain_key_result(
    wanted: WantedKeyResult, service: Serving, caller: Reader, *, at: At = None
) -> Explanation | PastExplanation:
    """From its number back to queries, raw values, formula, mapping and time; with `at`, as it was said then.

    Of one that another syncd told: who that was, and its evidence.
    """
    if at is not None:
        return await past(wanted, KeyResultState, at=at, service=service, caller=caller)
    async with service.store.reading() as tx:
        seen = await seen_by(caller, tx)
        state = _found(seen, wanted, service=service)
        # What another syncd told needs no mappings here.
        mappings = await active(tx, service.site) if state.via is None else NO_MAPPINGS
        if state.via is None and state.subject not in mappings.key_results:
            raise not_found("there is no such key result in the active mappings")
        row = await explanation(
            tx,
            state.subject,
            mappings=mappings,
            version=await tx.versions.active(),
            outlook=service.outlook,
            zone=service.site.calendar.zone,
            now=service.clock(),
        )
    return Explanation(**seen.narrowed(row))


def _found(seen: Seen, wanted: Wanted, *, service: Service) -> KeyResultState:
    """The key result that a request means.

    Raises:
        Problem: see `locate`.
    """
    return locate(seen, KeyResultState, wanted, service=service)


def _mark(state: KeyResultState, after: str) -> CheckIn:
    at, id_ = from_cursor(after, str, int)
    try:
        at_ = datetime.fromisoformat(str(at)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise bad_cursor() from None
    return CheckIn(subject=state.subject, at=at_, id=int(id_), current=None, progress=None)
