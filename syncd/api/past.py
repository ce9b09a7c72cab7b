"""What was said of a key result or an objective at a past moment, for callers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from syncd.api.access import Caller
from syncd.api.facts import ErrorFact
from syncd.api.problems import Problem, not_found
from syncd.api.seen import Seen, seen_by
from syncd.api.service import Service
from syncd.api.subjects import Wanted
from syncd.errors import ConfigError
from syncd.okr.definition import Subject
from syncd.okr.state import KeyResultState, ObjectiveState
from syncd.views.past import explain_past
from syncd.views.rows import Row
from syncd.views.times import past_moment

At = Annotated[
    str | None,
    Query(
        max_length=50,
        description="As it was said then. RFC 3339 with a zone; a day, of the installation's zone: its end",
    ),
]


class PastSync(BaseModel):
    id: int
    trigger: str | None


class SaidThen(BaseModel):
    """What was in force then, since when, and why."""

    at: str
    cause: str
    author: str | None
    sync: PastSync | None
    comment: str | None
    # Any: the row of a key result or of an objective; of an imported one, its number alone.
    row: dict[str, Any]


class NotReplayed(BaseModel):
    code: str
    message: str
    hint: str | None


class PastInput(BaseModel):
    """A measurement that counted then."""

    name: str | None
    connection: str
    query: str | None
    period: str | None
    value: float | None
    unit: str | None
    approximate: bool
    sample_size: int | None
    read_at: str | None
    observed_at: str | None
    evidence_url: str | None
    error: ErrorFact | None
    failing_since: str | None


class PastPart(BaseModel):
    id: str = Field(description="`ID@CYCLE`")
    progress: float | None
    freshness: str | None
    counts: bool = Field(description="False: it was in shadow, and the objective was not")


class PastMapping(BaseModel):
    path: str | None
    line: int | None
    version: str | None
    applied_at: str | None
    applied_by: str | None


class PastExplanation(BaseModel):
    """What was said at a past moment, and whether it comes out the same; as `syncd explain --at --json`."""

    id: str
    cycle: str
    at: str
    today: str | None = Field(description="What it is called now, where that is another name")
    another: str | None = Field(description="Who had this name then")
    said: SaidThen
    # Any: as the row of what was said.
    replayed: dict[str, Any] | None = Field(description="The same, computed once more")
    same: bool | None = Field(description="null: it could not be computed")
    differs: list[str]
    not_replayed: NotReplayed | None
    formula: str | None
    inputs: list[PastInput]
    parts: list[PastPart]
    mapping: PastMapping


async def past(
    wanted: Wanted,
    kind: type[KeyResultState | ObjectiveState],
    *,
    at: str,
    service: Service,
    caller: Caller,
) -> PastExplanation:
    """
    Raises:
        Problem: `not_found`.
        ConfigError: those of `past_moment` and `explain_past`.
    """
    moment = past_moment(at, zone=service.site.calendar.zone, now=service.clock(), needs_zone=True)
    name = wanted.id if wanted.cycle is None else f"{wanted.id}@{wanted.cycle}"
    load, cycles = service.site.load, service.outlook.cycles
    async with service.store.reading() as tx:
        if caller.sees_all:
            return PastExplanation(**await explain_past(tx, name, at=moment, load=load, cycles=cycles))
        seen = await seen_by(caller, tx)
        if not any(it.id == wanted.id and isinstance(state, kind) for it, state in seen.states.items()):
            raise _absent()
        try:
            row = await explain_past(tx, name, at=moment, load=load, cycles=cycles)
        except ConfigError as error:  # its hint names others
            raise ConfigError(str(error), code=error.code) from None
    return PastExplanation(**_of_theirs(row, seen))


def _of_theirs(row: Row, seen: Seen) -> Row:
    """What a caller with teams may know: what is theirs now, as it was then, whoever had it then.

    Its history goes along with it, and says the same.
    """
    id_, _, cycle = (row["today"] or f"{row['id']}@{row['cycle']}").rpartition("@")
    if not seen.has(Subject(cycle, id_)):
        raise _absent()
    said = {**row["said"], "row": seen.narrowed(row["said"]["row"])}
    replayed = seen.narrowed(row["replayed"]) if row["replayed"] else None
    return {**seen.narrowed(row), "said": said, "replayed": replayed}


def _absent() -> Problem:
    return not_found("nothing was ever recorded of that")
