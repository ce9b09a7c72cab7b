"""Where a way begins and ends: as written, captured from the measure, or asked once; then frozen.

A frozen end stands in the details of the state, `{value, at, from, digest}`, and stays whatever
the source says later. `again_after` marks one that is to be taken anew; until that succeeds, the
old one is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from syncd.okr.body import moment
from syncd.okr.definition import KeyResult
from syncd.okr.judging.facts import Facts
from syncd.okr.kinds import Change, Reach
from syncd.okr.names import QueryKey
from syncd.okr.reading import ErrorFact
from syncd.okr.state import Details, KeyResultState
from syncd.okr.value import in_unit

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


def unread(key_result: KeyResult, state: KeyResultState | None) -> Iterator[QueryKey]:
    """Queries of its ends that have still to be asked, with what is known in `state`."""
    for name, query in queries_of(key_result):
        frozen = _remembered(name, state)
        if frozen is None or not _is_settled(frozen, query):
            yield query


def queries_of(key_result: KeyResult) -> Iterator[tuple[EndName, QueryKey]]:
    """Queries of its ends, asked or not."""
    kind = key_result.kind
    if isinstance(kind, Reach | Change) and kind.start_from is not None:
        yield "start", kind.start_from
    if isinstance(kind, Reach) and kind.target_from is not None:
        yield "target", kind.target_from


def rebase(state: KeyResultState, *, end: EndName = "start", at: datetime) -> KeyResultState:
    """The state with that end to be taken anew; the same where nothing was frozen.

    A captured start is taken from the value that is known now, an asked end from the next reading.
    """
    frozen = _remembered(end, state)
    if frozen is None:
        return state
    return replace(state, details={**(state.details or {}), end: {**frozen, "again_after": moment(at)}})


def _captured(facts: Facts) -> End:
    """The first value that was read in the cycle; changing the measure later does not move it."""
    frozen = _remembered("start", facts.before)
    if frozen is not None and frozen["from"] == "measured" and "again_after" not in frozen:
        return End(frozen["value"], frozen)
    value, cycle = facts.value, facts.key_result.cycle
    at = value.last_good_at or value.as_of
    # A kept value may be of yesterday's measure, or one that a guard held back.
    is_good = value.current is not None and value.error is None and value.read_at is not None
    if is_good and at is not None and cycle.starts_at <= at < cycle.ends_at:
        frozen = _frozen(value.current, at=at, source="measured", digest=facts.key_result.measure_digest)
    return End(frozen["value"] if frozen else None, frozen)


def _asked_once(name: EndName, query: QueryKey, facts: Facts) -> End:
    """The first answer in the cycle. Another query is another end: it is asked, too."""
    frozen, reading = _remembered(name, facts.before), facts.readings.get(query)
    if frozen is not None and _is_settled(frozen, query):
        return End(frozen["value"], frozen)
    good = reading.good if reading else None
    if good is not None:
        value = in_unit(good, facts.key_result.unit)
        again_after = frozen.get("again_after") if frozen and frozen["digest"] == query.digest else None
        is_new = again_after is None or good.read_at > datetime.fromisoformat(again_after)
        if is_new and good.read_at >= facts.key_result.cycle.starts_at:
            frozen = _frozen(value, at=good.read_at, source="query", digest=query.digest)
        elif frozen is None:
            return End(value)  # a preview of what the cycle will begin with
    if frozen is None:
        return End(None, error=reading.bad.error if reading and reading.bad else None)
    return End(frozen["value"], frozen)


def _frozen(value: float | None, *, at: datetime, source: str, digest: str) -> Details:
    return {"value": value, "at": moment(at), "from": source, "digest": digest}


def _remembered(name: EndName, state: KeyResultState | None) -> Mapping[str, Any] | None:  # Any: JSON
    if state is None or state.kind not in KINDS or state.details is None:
        return None
    return state.details.get(name)


def _is_settled(frozen: Details, query: QueryKey) -> bool:
    return frozen["digest"] == query.digest and "again_after" not in frozen
