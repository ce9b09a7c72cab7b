"""What the body of an event says: JSON data, bounded, and the same for every endpoint.

Values are absolute, raw and computed both, so that a consumer applies the newer one and may
compute progress itself. No body names an owner.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from syncd.errors import excerpt
from syncd.okr.names import Subject
from syncd.okr.reading import ErrorFact
from syncd.okr.state import Details, Evidence, KeyResultState, ObjectiveState

MAX_BYTES: Final = 20_000
"""A body is smaller than this, whatever people write into titles and sources into links."""

MAX_TEXT: Final = 200
MAX_SUPPORTS: Final = 30
MAX_URL: Final = 1_000
MAX_AMOUNTS: Final = 60
"""Of a rate's periods, so many of the newest travel; the sums are over all."""

Json = dict[str, Any]  # Any: JSON

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def to_bytes(body: Mapping[str, Any]) -> bytes:  # Any: JSON
    """Compact UTF-8, keys in the order given. What would burst the bound is evidence, from its end on."""
    encoded = _to_utf8(body)
    while len(encoded) >= MAX_BYTES and body["data"].get("evidence"):
        data = body["data"]
        left_out = data.get("evidence_left_out", 0) + 1
        body = {**body, "data": {**data, "evidence": data["evidence"][:-1], "evidence_left_out": left_out}}
        encoded = _to_utf8(body)
    return encoded


def key_result_data(after: KeyResultState, before: KeyResultState | None, *, sequence: int) -> Json:
    subject = after.subject
    return {
        "key_result": {
            "id": subject.id,
            "title": _text(after.title),
            "objective": subject.id.rpartition("/")[0],
            "cycle": subject.cycle,
            "tier": after.tier,
            "team": after.team,
            "unit": _text(after.unit),
            "kind": after.kind,
            "start": after.start,
            "target": after.target,
            "current": after.current,
            "progress": after.progress,
            "progress_unclamped": after.progress_unclamped,
            "pace": after.pace,
            "confidence": after.confidence,
            "score": None,
            "freshness": after.freshness,
            "last_good_at": moment(after.last_good_at),
            "details": _details(after.details),
        },
        "previous": {
            "current": before.current if before else None,
            "progress": before.progress if before else None,
            "pace": before.pace if before else None,
        },
        "sequence": sequence,
        "origin": after.origin,
        "as_of": moment(after.as_of),
        # A number that a person said was made of nothing that was read.
        "evidence": [] if after.origin == "person" else [_evidence(evidence) for evidence in after.evidence],
        "mapping": _mapping(after),
        **_via(after),
    }


def objective_data(after: ObjectiveState, before: ObjectiveState | None, *, sequence: int) -> Json:
    subject = after.subject
    return {
        "objective": {
            "id": subject.id,
            "title": _text(after.title),
            "cycle": subject.cycle,
            "tier": after.tier,
            "team": after.team,
            "supports": list(after.supports[:MAX_SUPPORTS]),
            "rollup": after.rollup,
            "progress": after.progress,
            "known": after.known,
            "of": after.of,
        },
        "previous": {
            "progress": before.progress if before else None,
            "known": before.known if before else 0,
            "of": before.of if before else 0,
        },
        "sequence": sequence,
        "mapping": _mapping(after),
        **_via(after),
    }


def retargeted_data(data: Json, before: KeyResultState) -> Json:
    """With what was promised before."""
    aim = {
        "kind": before.kind,
        "unit": _text(before.unit),
        "start": before.start,
        "target": before.target,
        "band": before.band,
    }
    return {**data, "previous": {**data["previous"], **aim}}


def from_data(data: Json, was: Subject) -> Json:
    """With the name that the subject had: what consumers know of it lives under that one."""
    return {**data, "from": {"id": was.id, "cycle": was.cycle}}


def connection_data(connection: str, *, error: ErrorFact | None, since: datetime, sequence: int) -> Json:
    """`error` None: it works again."""
    data: Json = {"connection": connection, "since": moment(since), "sequence": sequence}
    if error is not None:
        message = excerpt(error.message, 2 * MAX_TEXT)
        data["error"] = {"code": error.code, "message": message, "actor": error.actor}
    return data


@lru_cache(maxsize=1_024)  # one sync dates thousands of numbers with a few moments
def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, as `2026-10-01T08:30:00Z`."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _evidence(evidence: Evidence) -> Json:
    url = evidence.url
    if url is not None and len(url) > MAX_URL:
        url = None  # half a link leads nowhere
    return {
        "measurement": evidence.measurement,
        "value": evidence.value,
        "unit": _text(evidence.unit),
        "connection": evidence.connection,
        "url": url,
        "approximate": evidence.approximate,
    }


def _details(details: Details | None) -> Json:
    told = dict(details or {})
    rate = told.get("rate", {})
    if len(amounts := rate.get("amounts", {})) > MAX_AMOUNTS:
        newest = dict(list(amounts.items())[-MAX_AMOUNTS:])
        told["rate"] = {**rate, "amounts": newest, "amounts_left_out": len(amounts) - MAX_AMOUNTS}
    if override := told.get("override"):  # who said so is for those who may look people up
        told["override"] = {name: fact for name, fact in override.items() if name not in _OF_A_PERSON}
    told.pop("shadow_parts", None)  # a live composite tells nobody what is in shadow
    return told


_OF_A_PERSON = frozenset({"author", "comment"})


def _mapping(state: KeyResultState | ObjectiveState) -> Json:
    return {"path": _text(state.path), "line": state.line, "digest": state.digest}


def _via(state: KeyResultState | ObjectiveState) -> Json:
    return {} if state.via is None else {"via": state.via}


def _text(text: str) -> str:
    return text if len(text) <= MAX_TEXT and text.isprintable() else excerpt(text, MAX_TEXT)


def _to_utf8(body: Mapping[str, Any]) -> bytes:  # Any: JSON
    return _encode(body).encode("utf-8", "replace")  # half of a surrogate pair is no UTF-8
