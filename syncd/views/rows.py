"""A state as the row that `plan --json` and `status --json` print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from syncd.okr.captured import OtherStart
from syncd.okr.reading import ErrorFact
from syncd.okr.state import KeyResultState, ObjectiveState, State

Row = dict[str, Any]  # Any: JSON


def rows(states: Mapping[Any, State] | Iterable[State]) -> dict[str, list[Row]]:
    """`{"key_results": [...], "objectives": [...]}`, each sorted by cycle and id."""
    found = list(states.values()) if isinstance(states, Mapping) else list(states)
    found.sort(key=lambda state: state.subject)
    return {
        "key_results": [key_result_row(state) for state in found if isinstance(state, KeyResultState)],
        "objectives": [objective_row(state) for state in found if isinstance(state, ObjectiveState)],
    }


def row(state: State) -> Row:
    return key_result_row(state) if isinstance(state, KeyResultState) else objective_row(state)


def key_result_row(state: KeyResultState) -> Row:
    return {
        "id": state.subject.id,
        "cycle": state.subject.cycle,
        "title": state.title,
        "tier": state.tier,
        "team": state.team,
        "owner": state.owner,
        "unit": state.unit,
        "kind": state.kind,
        "start": state.start,
        "target": state.target,
        "current": state.current,
        "progress": state.progress,
        "progress_unclamped": state.progress_unclamped,
        "pace": state.pace,
        "confidence": state.confidence,
        "origin": state.origin,
        "freshness": state.freshness,
        "error": error_row(state.error),
        "via": state.via,
        "sequence": state.sequence,
        "as_of": moment(state.as_of),
        "last_good_at": moment(state.last_good_at),
        "details": dict(state.details or {}),
        **mode_row(state),
    }


def objective_row(state: ObjectiveState) -> Row:
    return {
        "id": state.subject.id,
        "cycle": state.subject.cycle,
        "title": state.title,
        "tier": state.tier,
        "team": state.team,
        "owner": state.owner,
        "supports": list(state.supports),
        "progress": state.progress,
        "known": state.known,
        "of": state.of,
        "rollup": state.rollup,
        "said": dict(state.said) if state.said else None,
        "via": state.via,
        "sequence": state.sequence,
        **mode_row(state),
    }


def mode_row(state: State) -> Row:
    """Who hears of it: nobody in shadow, nor without `push`."""
    return {"mode": state.mode, "shadow_since": moment(state.shadow_since), "push": state.is_pushed}


def error_row(error: ErrorFact | None) -> Row | None:
    if error is None:
        return None
    return {"code": error.code, "message": error.message, "actor": error.actor}


def other_start_row(start: OtherStart | None) -> Row | None:
    """A captured start of another measure, and the one that a rebase would take in its place."""
    if start is None:
        return None
    return {"value": start.value, "at": moment(start.at), "if_rebased": start.if_rebased}


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, with `Z`."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
