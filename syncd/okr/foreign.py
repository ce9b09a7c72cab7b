"""What another syncd says of its key results and objectives, as states that can be kept beside ours."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar, get_args

from syncd.okr.check_in import MAX_COMMENT
from syncd.okr.definition import Rollup, Tier
from syncd.okr.names import Subject
from syncd.okr.state import Evidence, Freshness, KeyResultState, ObjectiveState, Origin, Pace, State
from syncd.okr.word import Word

Json = Mapping[str, Any]  # Any: JSON

LONGEST_TEXT: Final = 1_000
MOST_ITEMS: Final = 500
KINDS: Final = ("reach", "change", "keep", "rate", "milestones", "observe", "composite")

_CYCLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_PART = r"[a-z0-9][a-z0-9-]{0,62}"
_OBJECTIVE_ID = re.compile(f"{_PART}/{_PART}")
_KEY_RESULT_ID = re.compile(f"{_PART}/{_PART}/{_PART}")
_TEAM = re.compile(_PART)
_COMPANY: Final = "company"

ValueT = TypeVar("ValueT")


class NotASnapshot(ValueError):
    """The data is not what an event of a key result or an objective says; names the field."""


def to_state(data: Json, *, instance: str) -> State:
    """The state that an event tells whole; its sequence is left to us.

    Args:
        data: Of a body whose type begins with `key_result.` or `objective.`.
        instance: Who sent it.

    Raises:
        NotASnapshot: A field is missing, or no value that it can have.
    """
    via = _via(data, instance)
    if "from" in data:
        _name(_map(data, "from"), _KEY_RESULT_ID if "key_result" in data else _OBJECTIVE_ID)
    if "key_result" in data:
        return _key_result(data, _map(data, "key_result"), via=via)
    return _objective(data, _map(data, "objective"), via=via)


def to_spoken(data: Json, *, instance: str) -> tuple[Word, KeyResultState]:
    """A person's word, and what came of it where it was said; the author is known there alone.

    Args:
        data: Of a `check_in.created`.

    Raises:
        NotASnapshot: As `to_state`.
    """
    said = _map(data, "check_in")
    state = _key_result({"evidence": [], **data}, _map(data, "key_result"), via=_via(data, instance))
    at = _time(said, "at")
    if at is None:
        raise NotASnapshot("'at' is missing")
    comment = said.get("comment")
    word = Word(
        subject=state.subject,
        author="",
        at=at,
        value=_number(said, "value"),
        confidence=_number(said, "confidence"),
        comment=None if comment is None else _is_text(comment, "comment", longest=MAX_COMMENT),
        until=_time(said, "until"),
        ends_override=said.get("ends_override") is True,
    )
    return word, state


def _via(data: Json, instance: str) -> str:
    return "/".join([instance, *([_text(data, "via")] if data.get("via") else [])])


def went_through(data: Json, instance: str) -> bool:
    """Whether `instance` passed it on already: whoever takes it again sends it in circles."""
    return instance in str(data.get("via", "")).split("/")


def _key_result(data: Json, said: Json, *, via: str) -> KeyResultState:
    mapping = _map(data, "mapping")
    evidence = _list(data, "evidence")
    subject = _named(said, _KEY_RESULT_ID)
    if said.get("objective") != subject.id.rpartition("/")[0]:
        raise NotASnapshot(f"'objective' is not the one of {subject.id}")
    return KeyResultState(
        subject=subject,
        title=_text(said, "title"),
        tier=_one_of(said, "tier", get_args(Tier)),
        team=_maybe_text(said, "team"),
        owner=None,
        unit=_text(said, "unit"),
        kind=_one_of(said, "kind", KINDS),
        start=_number(said, "start"),
        target=_number(said, "target"),
        current=_number(said, "current"),
        progress=_number(said, "progress"),
        progress_unclamped=_number(said, "progress_unclamped"),
        pace=_one_of(said, "pace", (*get_args(Pace), None)),
        freshness=_one_of(said, "freshness", (*get_args(Freshness), None)),
        as_of=_time(data, "as_of"),
        last_good_at=_time(said, "last_good_at"),
        origin=_one_of(data, "origin", get_args(Origin)),
        confidence=_number(said, "confidence"),
        evidence=tuple(_evidence(one) for one in evidence),
        details=dict(_map(said, "details")) or None,
        path=_text(mapping, "path"),
        line=_count(mapping, "line"),
        digest=_text(mapping, "digest"),
        via=via,
    )


def _objective(data: Json, said: Json, *, via: str) -> ObjectiveState:
    mapping = _map(data, "mapping")
    return ObjectiveState(
        subject=_named(said, _OBJECTIVE_ID),
        title=_text(said, "title"),
        tier=_one_of(said, "tier", get_args(Tier)),
        team=_maybe_text(said, "team"),
        owner=None,
        supports=tuple(_is_text(one, "supports") for one in _list(said, "supports")),
        progress=_number(said, "progress"),
        known=_count(said, "known"),
        of=_count(said, "of"),
        rollup=_one_of(said, "rollup", get_args(Rollup)),
        path=_text(mapping, "path"),
        line=_count(mapping, "line"),
        digest=_text(mapping, "digest"),
        via=via,
    )


def _named(said: Json, pattern: re.Pattern[str]) -> Subject:
    """Its name, which must be one that a mapping file can give to what its tier and team are."""
    subject = _name(said, pattern)
    prefix, tier, team = subject.id.partition("/")[0], said.get("tier"), _maybe_text(said, "team")
    if (tier == "organisation") != (prefix == _COMPANY):
        raise NotASnapshot(
            f"'tier' and 'id' do not agree: {_COMPANY}/... is of the organisation, and nothing else"
        )
    fits = {
        "organisation": team is None,
        "team": team == prefix,
        # A person's id begins with the handle, and the team is that of the person.
        "individual": team is not None and _TEAM.fullmatch(team) is not None,
    }
    if not fits.get(str(tier), False):
        raise NotASnapshot("'team' and 'id' do not agree")
    return subject


def _name(said: Json, pattern: re.Pattern[str]) -> Subject:
    subject = Subject(_text(said, "cycle"), _text(said, "id"))
    if not _CYCLE.fullmatch(subject.cycle):
        raise NotASnapshot("'cycle' is no name of a cycle")
    if not pattern.fullmatch(subject.id):
        raise NotASnapshot("'id' is none as mapping files make them")
    return subject


def _evidence(said: object) -> Evidence:
    if not isinstance(said, dict):
        raise NotASnapshot("'evidence' holds no objects")
    value = _number(said, "value")
    if value is None:
        raise NotASnapshot("'evidence' without a value")
    return Evidence(
        measurement=_text(said, "measurement"),
        value=value,
        unit=_text(said, "unit"),
        connection=_text(said, "connection"),
        url=_maybe_text(said, "url"),
        approximate=said.get("approximate") is True,
    )


def _map(said: Json, name: str) -> Json:
    value = said.get(name)
    if not isinstance(value, dict):
        raise NotASnapshot(f"{name!r} is no object")
    return value


def _list(said: Json, name: str) -> list[object]:
    value = said.get(name)
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise NotASnapshot(f"{name!r} is no list of at most {MOST_ITEMS}")
    return value


def _is_text(value: object, name: str, *, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise NotASnapshot(f"{name!r} is no text of at most {longest} characters")
    return value


def _text(said: Json, name: str) -> str:
    return _is_text(said.get(name), name)


def _maybe_text(said: Json, name: str) -> str | None:
    return None if said.get(name) is None else _text(said, name)


def _number(said: Json, name: str) -> float | None:
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise NotASnapshot(f"{name!r} is no number")
    return float(value)


def _count(said: Json, name: str) -> int:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise NotASnapshot(f"{name!r} is no count")
    return value


def _time(said: Json, name: str) -> datetime | None:
    text = said.get(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(_is_text(text, name))
    except ValueError:
        raise NotASnapshot(f"{name!r} is no time") from None
    if at.tzinfo is None:
        raise NotASnapshot(f"{name!r} is a time without its zone")
    return at


def _one_of(said: Json, name: str, known: Collection[ValueT]) -> ValueT:
    value: Any = said.get(name)  # Any: whatever came; it is one of `known` below
    for each in known:
        if value == each:
            return each
    raise NotASnapshot(f"{name!r} is none of {', '.join(map(str, known))}")
