"""Snapshots as text: three JSON objects per row, without what is not there, so that rows stay small."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from syncd.okr.definition import Calendar, Cycle, FreshnessRule
from syncd.okr.names import QueryKey, Subject
from syncd.okr.reading import BadRead, ErrorFact, GoodRead, Reading
from syncd.okr.snapshot import Occasion, PartThen, Snapshot
from syncd.okr.state import KeyResultState, ObjectiveState, State
from syncd.store.schema import to_instant, to_json, to_micros

Json = dict[str, Any]  # Any: JSON


class Texts(NamedTuple):
    """What was said, the memory that the evaluation had, and what it was given beside it."""

    said: str
    memory: str | None
    given: str | None


def to_texts(snapshot: Snapshot) -> Texts:
    said, before = snapshot.said, snapshot.before
    if snapshot.is_kept:
        return Texts(to_json(_from_said(said)), None, None)
    given: Json = {}
    if snapshot.readings:
        given["readings"] = [_from_reading(key, reading) for key, reading in snapshot.readings.items()]
    if snapshot.parts:
        given["parts"] = [[*subject, *part] for subject, part in snapshot.parts.items()]
    if (cycle := snapshot.cycle) is not None:
        given["cycle"] = [cycle.name, cycle.first_day.isoformat(), cycle.last_day.isoformat()]
    if (rule := snapshot.freshness) is not None:
        given["freshness"] = [rule.warn_after.total_seconds(), rule.error_after.total_seconds()]
    return Texts(
        to_json(_from_said(said)),
        to_json(_from_memory(before, said)) if before is not None else None,
        to_json(given),
    )


def to_snapshot(texts: Texts, occasion: Occasion) -> Snapshot:
    said = _to_said(json.loads(texts.said))
    if texts.given is None:
        return Snapshot(occasion=occasion, said=said, is_kept=True)
    given = json.loads(texts.given)
    cycle, rule = given.get("cycle"), given.get("freshness")
    return Snapshot(
        occasion=occasion,
        said=said,
        before=_to_memory(json.loads(texts.memory), said) if texts.memory else None,
        readings=dict(_to_reading(item) for item in given.get("readings", ())),
        parts={Subject(*item[:2]): PartThen(*item[2:]) for item in given.get("parts", ())},
        cycle=Cycle(
            name=cycle[0],
            first_day=date.fromisoformat(cycle[1]),
            last_day=date.fromisoformat(cycle[2]),
            zone=occasion.calendar.zone,
        )
        if cycle
        else None,
        freshness=FreshnessRule(warn_after=timedelta(seconds=rule[0]), error_after=timedelta(seconds=rule[1]))
        if rule
        else None,
    )


def from_calendar(calendar: Calendar) -> str:
    return to_json(
        {
            **{field.name: getattr(calendar, field.name) for field in fields(Calendar)},
            "zone": calendar.zone.key,
            "holidays": sorted(day.isoformat() for day in calendar.holidays),
        }
    )


def to_calendar(text: str) -> Calendar:
    found = json.loads(text)
    found["zone"] = ZoneInfo(found["zone"])
    found["holidays"] = frozenset(date.fromisoformat(day) for day in found["holidays"])
    return Calendar(**found)


# No owner: what a person is called belongs into few places. No evidence: readings say it.
_COMMON = ("title", "tier", "team", "progress", "sequence", "path", "line")
_KEY_RESULT = (
    "unit",
    "kind",
    "start",
    "target",
    "current",
    "progress_unclamped",
    "pace",
    "freshness",
    "origin",
    "confidence",
    "measure_digest",
)
# Nor who set a progress: the occasion says who spoke.
_OBJECTIVE = ("supports", "known", "of", "rollup")
_TIMES = ("as_of", "last_good_at", "shadow_since")
_MEMORY = ("current", "origin", "confidence")
"""What the next evaluation of a key result goes on from, beside what is encoded by name."""


def _from_said(state: State) -> Json:
    own = _KEY_RESULT if isinstance(state, KeyResultState) else _OBJECTIVE
    said = {"cycle": state.subject.cycle, "id": state.subject.id, **_there(state, (*_COMMON, *own))}
    said |= _times(state)
    if not state.is_pushed:
        said["is_pushed"] = False
    if isinstance(state, KeyResultState):
        if (error := state.error) is not None:
            said["error"] = [error.code, error.message, error.actor]
        if state.details:
            said["details"] = dict(state.details)
    return said


def _to_said(said: Json) -> State:
    subject = Subject(said.pop("cycle"), said.pop("id"))
    _to_times(said)
    if "of" in said:
        said["supports"] = tuple(said["supports"])
        return ObjectiveState(subject=subject, **{"team": None, "owner": None, **said})
    if "error" in said:
        code, message, actor = said["error"]
        said["error"] = ErrorFact(code=code, message=message, actor=actor)
    nothing = {"team": None, "owner": None, "start": None, "target": None}
    return KeyResultState(subject=subject, **{**nothing, **said})


def _from_memory(before: State, said: State) -> Json:
    if not isinstance(before, KeyResultState):
        return {**_there(before, ("progress", "known", "of", "rollup")), **_times(before)}
    memory = {**_there(before, _MEMORY), **_times(before)}
    if before.details:
        memory["details"] = dict(before.details)
    # Mostly they are those of what was said.
    for name in ("kind", "measure_digest"):
        if getattr(before, name) != getattr(said, name, None):
            memory[name] = getattr(before, name)
    return memory


def _to_memory(memory: Json, said: State) -> State:
    subject = said.subject
    _to_times(memory)
    if isinstance(said, ObjectiveState):
        return ObjectiveState(
            subject=subject, title=said.title, tier=said.tier, team=said.team, owner=None, **memory
        )
    same = {"kind": said.kind, "measure_digest": said.measure_digest}
    return KeyResultState(
        subject=subject,
        title=said.title,
        tier=said.tier,
        team=said.team,
        owner=None,
        unit=said.unit,
        start=None,
        target=None,
        **{**same, **memory},
    )


def _from_reading(key: QueryKey, reading: Reading | None) -> Json:
    made: Json = {"query": list(key) if key.period else [key.connection, key.digest]}
    if reading is not None and (good := reading.good) is not None:
        made |= _there(good, ("value", "unit", "evidence_url", "sample_size"))
        made["read_at"] = to_micros(good.read_at)
        if good.observed_at is not None:
            made["observed_at"] = to_micros(good.observed_at)
        if good.approximate:
            made["approximate"] = True
    if reading is not None and (bad := reading.bad) is not None:
        error = bad.error
        made["bad"] = [
            error.code,
            error.message,
            error.actor,
            to_micros(bad.since),
            to_micros(bad.read_at),
            bad.in_a_row,
        ]
    return made


def _to_reading(made: Json) -> tuple[QueryKey, Reading | None]:
    key, failed = QueryKey(*made.pop("query")), made.pop("bad", None)
    good = bad = None
    if failed:
        code, message, actor, since, read_at, in_a_row = failed
        bad = BadRead(
            error=ErrorFact(code=code, message=message, actor=actor),
            since=to_instant(since),
            read_at=to_instant(read_at),
            in_a_row=in_a_row,
        )
    if made:
        made["read_at"] = to_instant(made["read_at"])
        made["observed_at"] = to_instant(made.get("observed_at"))
        good = GoodRead(**made)
    return key, Reading(good=good, bad=bad) if good or bad else None


def _there(found: object, names: tuple[str, ...]) -> Json:
    return {name: value for name in names if (value := getattr(found, name)) is not None}


def _times(state: State) -> Json:
    return {name: to_micros(at) for name in _TIMES if (at := getattr(state, name, None)) is not None}


def _to_times(found: Json) -> None:
    for name in _TIMES:
        if name in found:
            found[name] = to_instant(found[name])
