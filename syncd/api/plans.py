"""What mappings that are not applied would change."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from syncd.api.access import Admin
from syncd.api.key_results import KeyResult, OtherStartFact
from syncd.api.objectives import ObjectiveState
from syncd.api.problems import Mistake, Problem
from syncd.api.routes import Route, routes
from syncd.api.service import Service, Serving
from syncd.mappings.findings import InvalidFiles
from syncd.okr.definition import Mappings
from syncd.sync.preview import Preview, preview, read_recorded
from syncd.views.plan import plan_rows

LARGEST = 8 * 1_048_576
"""Of a body: all mapping files of an installation."""

MOST_FILES = 1_000
MOST_MISTAKES = 100
BUSY_RETRY_S = 5


class PlanRoute(Route):
    body_bytes = LARGEST


router = routes(prefix="/api/v1/plan", tag="plan", route_class=PlanRoute)


class NewPlan(BaseModel):
    """The mapping files, all of them: what they do not define is planned to be removed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    files: dict[Annotated[str, Field(min_length=1, max_length=500)], str] = Field(
        max_length=MOST_FILES,
        description="Name -> YAML. Names stand in messages: `mappings/growth.yaml`",
    )
    recorded: bool = Field(default=False, description="Use stored measurements; ask no source")


class Name(BaseModel):
    """A subject."""

    id: str
    cycle: str


class PlannedKeyResult(KeyResult):
    """A key result under the new mappings."""

    start_of_another_measure: OtherStartFact | None
    changed: bool = Field(description="By the mappings; not by what its number did meanwhile")
    before: KeyResult | None = Field(description="Under the active mappings, on the same measurements")
    recorded: KeyResult | None = Field(description="As it was last recorded")
    moved_from: Name | None = Field(description="What it was called")


class PlannedObjective(ObjectiveState):
    """An objective under the new mappings."""

    changed: bool
    before: ObjectiveState | None
    recorded: ObjectiveState | None
    moved_from: Name | None


class Plan(BaseModel):
    """As `syncd plan --json`."""

    key_results: list[PlannedKeyResult]
    objectives: list[PlannedObjective]
    removed: list[Name]


@router.post("")
async def plan_mappings(new: NewPlan, service: Serving, caller: Admin) -> Plan:
    """What these mapping files would change, on the same measurements. Nothing is written or applied.

    Unless it is `recorded`, the sources are asked, whatever was asked last; one plan asks at a time.
    """
    # Long enough to keep others waiting.
    loaded = await asyncio.to_thread(service.read, new.files)
    if loaded.mappings is None:
        wrong = InvalidFiles(loaded.findings)
        errors = [finding for finding in loaded.findings if finding.severity == "error"][:MOST_MISTAKES]
        raise Problem(
            422,
            wrong.code,
            str(wrong),
            hint=wrong.hint,
            errors=[Mistake(where=f"{it.path}:{it.line}:{it.column}", message=it.message) for it in errors],
        )
    if new.recorded:
        return Plan(**plan_rows(await _preview(loaded.mappings, service, asks=False)))
    if service.trying.locked():
        raise Problem(
            503,
            "plan_running",
            "another plan is asking the sources",
            hint="send it again, or with `recorded`",
            headers={"Retry-After": str(BUSY_RETRY_S)},
        )
    async with service.trying:
        return Plan(**plan_rows(await _preview(loaded.mappings, service, asks=True)))


async def _preview(mappings: Mappings, service: Service, *, asks: bool) -> Preview:
    async with service.store.reading() as tx:
        site = service.site
        recorded = await read_recorded(tx, site.load, new=mappings, senders=site.senders)
    return await preview(
        mappings,
        recorded,
        now=service.clock(),
        calendar=service.site.calendar,
        open_connection=service.asking if asks else None,
    )
