"""Subjects: one table for key results and objectives; a state is a row of it.

Rows are written and read by position: 10,000 rows of thirty columns, each asked for by its name,
take three times as long.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, Table, Text, UniqueConstraint

from syncd.okr.definition import Subject
from syncd.okr.state import KeyResultState, ObjectiveState, State
from syncd.store.batch import Row
from syncd.store.facts import error_columns, from_error, from_evidence, to_error, to_evidence
from syncd.store.schema import Instant, generated_key, metadata, to_json, to_micros

OBJECTIVE_KIND = "objective"

subjects = Table(
    "subjects",
    metadata,
    # History and order hang on the key; cycle and id may change when a subject is renamed.
    generated_key("key"),
    Column("cycle", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("team", Text),
    Column("owner", Text),
    Column("progress", Double),
    Column("sequence", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("shadow_since", Instant),
    Column("is_pushed", Boolean, nullable=False),
    Column("via", Text),
    # Of key results alone, down to `details`.
    Column("unit", Text),
    Column("start", Double),
    Column("target", Double),
    Column("current", Double),
    Column("progress_unclamped", Double),
    Column("pace", Text),
    Column("freshness", Text),
    *error_columns(),
    Column("as_of", Instant),
    Column("last_good_at", Instant),
    Column("origin", Text),
    Column("confidence", Double),
    Column("measure_digest", Text),
    Column("evidence", Text),
    Column("details", Text),
    # Of objectives alone, down to `said`.
    Column("supports", Text),
    Column("known", Integer),
    Column("of", Integer),
    Column("rollup", Text),
    Column("said", Text),
    Column("saved_at", Instant, nullable=False),
    # What it did may be deleted, and its number stays.
    Column("sync_id", BigInteger),
    Column("removed_at", Instant),
    # How many times people spoke of it: the sequence of these events, which has no row of its own.
    Column("check_ins", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("cycle", "id"),
)

_COMMON = 15
_KEY_RESULT = 17
_OBJECTIVE = 5

STATE_COLUMNS = tuple(subjects.columns)[1 : 1 + _COMMON + _KEY_RESULT + _OBJECTIVE]
"""What a state holds, in the order that `from_state` and `to_state` speak."""

_NOT_A_KEY_RESULT: Row = (None,) * _KEY_RESULT
_NOT_AN_OBJECTIVE: Row = (None,) * _OBJECTIVE


def from_state(state: State) -> Row:
    if isinstance(state, KeyResultState):
        return (*_from_common(state, state.kind), *_from_key_result(state), *_NOT_AN_OBJECTIVE)
    return (*_from_common(state, OBJECTIVE_KIND), *_NOT_A_KEY_RESULT, *_from_objective(state))


# Any: `STATE_COLUMNS` have the types of the table above.
def to_state(row: Iterable[Any]) -> State:
    values = tuple(row)
    common, own = values[:_COMMON], values[_COMMON:]
    if common[2] == OBJECTIVE_KIND:
        return _to_objective(common, own[_KEY_RESULT:])
    return _to_key_result(common, own[:_KEY_RESULT])


def _from_common(state: State, kind: str) -> Row:
    return (
        *state.subject,
        kind,
        state.title,
        state.tier,
        state.team,
        state.owner,
        state.progress,
        state.sequence,
        state.path,
        state.line,
        state.digest,
        to_micros(state.shadow_since),
        state.is_pushed,
        state.via,
    )


def _from_key_result(state: KeyResultState) -> Row:
    return (
        state.unit,
        state.start,
        state.target,
        state.current,
        state.progress_unclamped,
        state.pace,
        state.freshness,
        *from_error(state.error),
        to_micros(state.as_of),
        to_micros(state.last_good_at),
        state.origin,
        state.confidence,
        state.measure_digest,
        from_evidence(state.evidence),
        to_json(dict(state.details)) if state.details else None,
    )


def _from_objective(state: ObjectiveState) -> Row:
    return (
        to_json(list(state.supports)),
        state.known,
        state.of,
        state.rollup,
        to_json(dict(state.said)) if state.said else None,
    )


def _to_key_result(common: Row, own: Row) -> KeyResultState:
    cycle, subject, kind, title, tier, team, owner, progress, sequence, *rest = common
    path, line, digest, since, is_pushed, via = rest
    unit, start, target, current, unclamped, pace, freshness, *error, as_of, last_good_at = own[:12]
    origin, confidence, measure_digest, evidence, details = own[12:]
    return KeyResultState(
        subject=Subject(cycle, subject),
        title=title,
        tier=tier,
        team=team,
        owner=owner,
        unit=unit,
        kind=kind,
        start=start,
        target=target,
        current=current,
        progress=progress,
        progress_unclamped=unclamped,
        pace=pace,
        freshness=freshness,
        error=to_error(*error),
        sequence=sequence,
        as_of=as_of,
        last_good_at=last_good_at,
        origin=origin,
        confidence=confidence,
        measure_digest=measure_digest,
        evidence=to_evidence(evidence),
        details=json.loads(details) if details else None,
        shadow_since=since,
        is_pushed=is_pushed,
        via=via,
        path=path,
        line=line,
        digest=digest,
    )


def _to_objective(common: Row, own: Row) -> ObjectiveState:
    cycle, subject, _, title, tier, team, owner, progress, sequence, *rest = common
    path, line, digest, since, is_pushed, via = rest
    supports, known, of, rollup, said = own
    return ObjectiveState(
        subject=Subject(cycle, subject),
        title=title,
        tier=tier,
        team=team,
        owner=owner,
        supports=tuple(json.loads(supports)),
        progress=progress,
        known=known,
        of=of,
        rollup=rollup,
        said=json.loads(said) if said else None,
        sequence=sequence,
        shadow_since=since,
        is_pushed=is_pushed,
        via=via,
        path=path,
        line=line,
        digest=digest,
    )
