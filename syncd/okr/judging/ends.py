"""Where a way begins and ends: as written, captured from the measure, or asked once; then frozen.

A frozen end stands in the details of the state, `{value, at, from, digest}`, and stays whatever
the source says later. `again_after` marks one that is to be taken anew; until that succeeds, the
old one is used. Nothing that was known before the cycle began is an end of it, also where its
dates were moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from syncd.errors import EvaluationError
from syncd.okr.body import moment
from syncd.okr.definition import Cycle, KeyResult
from syncd.okr.judging.facts import Facts
from syncd.okr.kinds import Change, Reach
from syncd.okr.names import Input, QueryKey
from syncd.okr.reading import ErrorFact, Reading
from syncd.okr.state import Details, KeyResultState, State
from syncd.okr.value import check_floors, error_fact, in_unit

EndName = Literal["start", "target"]

KINDS = frozenset({"reach", "change"})
"""Kinds that have a way; from one to the other its start stays what it was."""


class End(NamedTuple):
    """A start or a target. `frozen`: as it stands in the details; None: as written, or not yet known."""

    value: float | None
    frozen: Details | None = None
    error: ErrorFact | None = None


def start_of(kind: Reach | Change, facts: Facts) -> End:
    if kind.start is not None:
        return End(kind.start)
    return _captured(facts) if kind.start_from is None else _asked_once("start", kind.start_from, facts)


def target_of(kind: Reach, facts: Facts) -> End:
    if kind.target_from is None:
        return End(kind.target)
    return _asked_once("target", kind.target_from, facts)


def details_of(**ends: End) -> dict[str, Any]:  # Any: JSON
    """The frozen ones, by name."""
    return {name: end.frozen for name, end in ends.items() if end.frozen is not None}


def unread(key_result: KeyResult, state: State | None) -> Iterator[QueryKey]:
    """Queries of its ends that have still to be asked, with what is known in `state`."""
    for name, asked in asked_by(key_result):
        frozen = _remembered(name, state, key_result.cycle)
        if frozen is None or not _is_settled(frozen, asked):
            yield asked.query


def asked_by(key_result: KeyResult) -> Iterator[tuple[EndName, Input]]:
    """The ends that are asked for, whether they are frozen or not."""
    kind = key_result.kind
    if isinstance(kind, Reach | Change) and kind.start_from is not None:
        yield "start", kind.start_from
    if isinstance(kind, Reach) and kind.target_from is not None:
        yield "target", kind.target_from


def rebase(state: KeyResultState, *, end: EndName = "start", at: datetime) -> KeyResultState:
    """The state with that end to be taken anew; the same where nothing was frozen.

    A captured start is taken from the value that is known now, an asked end from the next reading.
    """
    frozen = _frozen_in(state).get(end)
    if frozen is None:
        return state
    return replace(state, details={**(state.details or {}), end: {**frozen, "again_after": moment(at)}})


def _captured(facts: Facts) -> End:
    """The first value that was read in the cycle; changing the measure later does not move it."""
    frozen = _remembered("start", facts.before, facts.key_result.cycle)
    if frozen is not None and frozen["from"] == "measured" and "again_after" not in frozen:
        return End(frozen["value"], frozen)
    value, cycle = facts.value, facts.key_result.cycle
    at = value.last_good_at or value.as_of
    # A kept value may be of yesterday's measure, or one that a guard held back.
    is_good = value.current is not None and value.error is None and value.read_at is not None
    if is_good and at is not None and cycle.starts_at <= at < cycle.ends_at:
        frozen = _frozen(value.current, at=at, source="measured", digest=facts.key_result.measure_digest)
    return End(frozen["value"] if frozen else None, frozen)


def _asked_once(name: EndName, asked: Input, facts: Facts) -> End:
    """The first answer in the cycle. Another query is another end: it is asked, too."""
    cycle = facts.key_result.cycle
    frozen = _remembered(name, facts.before, cycle)
    if frozen is not None and _is_settled(frozen, asked):
        return End(frozen["value"], frozen)
    read = _answer(asked, facts.readings.get(asked.query), unit=facts.key_result.unit)
    if read.value is None or read.at is None:
        return End(frozen["value"], frozen) if frozen else End(None, error=read.error)
    again_after = frozen.get("again_after") if frozen and frozen["digest"] == _digest(asked) else None
    is_new = again_after is None or read.at > datetime.fromisoformat(again_after)
    if is_new and read.at >= cycle.starts_at:
        frozen = _frozen(read.value, at=read.at, source="query", digest=_digest(asked))
    if frozen:
        return End(frozen["value"], frozen)
    # Until the cycle begins, a preview of what it will begin with; then it is asked anew.
    return End(read.value if facts.now < cycle.starts_at else None)


class _Answer(NamedTuple):
    value: float | None = None
    at: datetime | None = None
    error: ErrorFact | None = None


def _answer(asked: Input, reading: Reading | None, *, unit: str) -> _Answer:
    """What was read for an end, in the key result's unit, or why it cannot be used."""
    if reading is None or reading.good is None:
        return _Answer(error=reading.bad.error if reading and reading.bad else None)
    try:
        check_floors(asked, reading.good)
    except EvaluationError as error:
        return _Answer(error=error_fact(error))
    return _Answer(value=in_unit(reading.good, unit), at=reading.good.read_at)


def _frozen(value: float | None, *, at: datetime, source: str, digest: str) -> Details:
    return {"value": value, "at": moment(at), "from": source, "digest": digest}


# Any: JSON, here and below.
def _remembered(name: EndName, state: State | None, cycle: Cycle) -> Mapping[str, Any] | None:
    frozen = _frozen_in(state).get(name)
    is_of_cycle = frozen is not None and datetime.fromisoformat(frozen["at"]) >= cycle.starts_at
    return frozen if is_of_cycle else None


def _frozen_in(state: State | None) -> Mapping[str, Any]:
    if not isinstance(state, KeyResultState) or state.kind not in KINDS:
        return {}
    return state.details or {}


def _is_settled(frozen: Details, asked: Input) -> bool:
    return frozen["digest"] == _digest(asked) and "again_after" not in frozen


def _digest(asked: Input) -> str:
    return f"{asked.query.connection}/{asked.query.digest}"
