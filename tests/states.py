"""Builders of states and readings as a sync would save them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from syncd.okr.definition import QueryKey, Subject
from syncd.okr.reading import GoodRead, Reading
from syncd.okr.state import Evidence, KeyResultState, ObjectiveState

NOW = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=UTC)


def a_subject(name: str = "product/faster/cycle-time", *, cycle: str = "2026-Q4") -> Subject:
    return Subject(cycle, name)


# Any: fields of KeyResultState.
def a_state(name: str = "product/faster/cycle-time", **changes: Any) -> KeyResultState:
    defaults: dict[str, Any] = {
        "subject": a_subject(name),
        "title": "Ideas reach patients sooner",
        "tier": "team",
        "team": "product",
        "owner": "anna",
        "unit": "days",
        "kind": "reach",
        "start": 40.0,
        "target": 28.0,
    }
    return KeyResultState(**{**defaults, **changes})


# Any: fields of ObjectiveState.
def an_objective_state(name: str = "product/faster", **changes: Any) -> ObjectiveState:
    defaults: dict[str, Any] = {
        "subject": a_subject(name),
        "title": "Faster",
        "tier": "team",
        "team": "product",
        "owner": "anna",
    }
    return ObjectiveState(**{**defaults, **changes})


def an_evidence(**changes: Any) -> Evidence:  # Any: fields of Evidence
    defaults: dict[str, Any] = {
        "measurement": "done",
        "value": 21.0,
        "unit": "count",
        "connection": "tracker",
        "url": "https://acme.example/issues?jql=done",
    }
    return Evidence(**{**defaults, **changes})


def many_states(n: int) -> list[KeyResultState]:
    return [
        a_state(
            f"team-{i % 40}/objective-{i // 100}/key-result-{i}",
            current=i / 3,
            progress=0.5,
            as_of=NOW,
            last_good_at=NOW,
            evidence=(an_evidence(value=i / 3),),
        )
        for i in range(n)
    ]


def many_readings(n: int) -> dict[QueryKey, Reading]:
    return {
        QueryKey("tracker", f"{i:064x}"): Reading(good=GoodRead(value=i / 3, unit="count", read_at=NOW))
        for i in range(n)
    }
