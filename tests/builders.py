"""Builders of domain objects: each names what its test is about and leaves the rest to defaults."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.okr.definition import (
    AskedQuery,
    Calendar,
    Cycle,
    FreshnessRule,
    Input,
    KeyResult,
    Kind,
    Mappings,
    Objective,
    Place,
    QueryKey,
    Reach,
    Subject,
)
from syncd.okr.evaluate import evaluate
from syncd.okr.formula import parse
from syncd.okr.reading import BadRead, ErrorFact, GoodRead, Reading
from syncd.okr.state import KeyResultState

BERLIN = ZoneInfo("Europe/Berlin")
CYCLE = Cycle(name="2026-Q4", first_day=date(2026, 10, 1), last_day=date(2026, 12, 31), zone=BERLIN)
HALFWAY = CYCLE.starts_at + (CYCLE.ends_at - CYCLE.starts_at) / 2
CALENDAR = Calendar(zone=BERLIN)
RULE = FreshnessRule(warn_after=timedelta(hours=1), error_after=timedelta(hours=4))
UNAVAILABLE = ErrorFact(code="source_unavailable", message="the source is down", actor="nobody")


def utc(text: str) -> datetime:
    """`2026-10-01T08:30` as an aware datetime."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_query_key(name: str, *, connection: str = "tracker") -> QueryKey:
    return QueryKey(connection=connection, digest=name)


def an_input(
    name: str = "value",
    *,
    connection: str = "tracker",
    min_value: float | None = None,
    min_sample: int | None = None,
) -> Input:
    return Input(
        name=name,
        query=a_query_key(name, connection=connection),
        place=Place(path="mappings/product.yaml", line=9, column=11),
        min_value=min_value,
        min_sample=min_sample,
    )


def a_key_result(
    *inputs: Input,
    subject: str = "product/faster/cycle-time",
    kind: Kind | None = None,
    value: str | None = None,
    **changes: Any,  # Any: fields of KeyResult
) -> KeyResult:
    """Reach from 0 to 100 unless `kind` says otherwise."""
    defaults: dict[str, Any] = {  # Any: fields of KeyResult
        "subject": Subject("2026-Q4", subject),
        "title": "Ideas reach patients sooner",
        "tier": "team",
        "team": "product",
        "owner": "anna",
        "unit": "count",
        "kind": kind or Reach(start=0, target=100),
        "cycle": CYCLE,
        "inputs": inputs,
        "formula": parse(value) if value is not None else None,
        "freshness": RULE if inputs else None,
        "measure_digest": "measure-1",
        "place": Place(path="mappings/product.yaml", line=7, column=7),
        "digest": "file-1",
    }
    return KeyResult(**{**defaults, **changes})


def an_objective(*key_results: KeyResult, **changes: Any) -> Objective:  # Any: fields of Objective
    subject = key_results[0].objective if key_results else Subject("2026-Q4", "product/faster")
    defaults: dict[str, Any] = {  # Any: fields of Objective
        "subject": subject,
        "title": "Faster for everybody",
        "tier": "team",
        "team": "product",
        "owner": "anna",
        "cycle": CYCLE,
        "key_results": tuple(key_result.subject for key_result in key_results),
        "place": Place(path="mappings/product.yaml", line=5, column=3),
        "digest": "file-1",
    }
    return Objective(**{**defaults, **changes})


def mappings_of(*key_results: KeyResult, objectives: Iterable[Objective] | None = None) -> Mappings:
    """The key results, with one objective for each that their ids name."""
    if objectives is None:
        by_objective: dict[Subject, list[KeyResult]] = {}
        for key_result in key_results:
            by_objective.setdefault(key_result.objective, []).append(key_result)
        objectives = [an_objective(*group) for group in by_objective.values()]
    objectives = list(objectives)
    asked = {used.query for key_result in key_results for used in key_result.inputs}
    return Mappings(
        objectives={objective.subject: objective for objective in objectives},
        key_results={key_result.subject: key_result for key_result in key_results},
        queries={
            key: AskedQuery(key=key, kind="count", ask=None, text=f"count: {key.digest}", unit="count")
            for key in asked
        },
        shadow=frozenset(
            [
                *(objective.subject for objective in objectives if objective.is_shadow),
                *(key_result.subject for key_result in key_results if key_result.is_shadow),
            ]
        ),
        digest="mappings-1",
    )


def good(value: float, *, at: datetime = HALFWAY, **changes: Any) -> Reading:  # Any: fields of GoodRead
    defaults: dict[str, Any] = {"value": value, "unit": "count", "read_at": at}  # Any: fields of GoodRead
    return Reading(good=GoodRead(**{**defaults, **changes}))


def bad(
    last: Reading | None = None,
    *,
    error: ErrorFact = UNAVAILABLE,
    in_a_row: int = 1,
    at: datetime = HALFWAY,
) -> Reading:
    """A failed read; `last` is what was read well before."""
    return Reading(
        good=last.good if last else None,
        bad=BadRead(error=error, since=at, read_at=at, in_a_row=in_a_row),
    )


def state_of(
    key_result: KeyResult,
    *,
    before: KeyResultState | None = None,
    now: datetime = HALFWAY,
    calendar: Calendar = CALENDAR,
    **readings: Reading,
) -> KeyResultState:
    """The key result's state after an evaluation; readings by the name of their input."""
    after = evaluate(
        mappings_of(key_result),
        {a_query_key(name): reading for name, reading in readings.items()},
        {before.subject: before} if before else {},
        now=now,
        calendar=calendar,
    )
    state = after[key_result.subject]
    assert isinstance(state, KeyResultState)
    return state


def through_json(state: KeyResultState) -> KeyResultState:
    """The state as a store gives it back."""
    return replace(state, details=json.loads(json.dumps(state.details, allow_nan=False)))
