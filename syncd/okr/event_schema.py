"""One JSON Schema (2020-12) per event type: what consumers may rely on in a body.

A body may grow new fields; none of these goes away or changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from syncd.okr.check_in import CHECK_IN_CREATED
from syncd.okr.closing import CYCLE_CLOSED
from syncd.okr.event import (
    ACHIEVED,
    DEFINED,
    ENDPOINT_DISABLED,
    FRESHNESS_CHANGED,
    HELD,
    INSTANCE_ALIVE,
    MOVED,
    OBJECTIVE_DEFINED,
    OBJECTIVE_MOVED,
    OBJECTIVE_PROGRESSED,
    OBJECTIVE_REMOVED,
    PACE_CHANGED,
    PING,
    PROGRESSED,
    REMOVED,
    RETARGETED,
    SYNC_FAILED,
    SYNC_RECOVERED,
)

Schema = dict[str, Any]  # Any: JSON

_TEXT: Schema = {"type": "string"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_NUMBER: Schema = {"type": "number"}
_MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
_MAYBE_RATIO: Schema = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SEQUENCE: Schema = {"type": "integer", "minimum": 1}
_TIME: Schema = {"type": "string", "format": "date-time", "pattern": "Z$"}
_MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time", "pattern": "Z$"}
_PACE: Schema = {"enum": ["ahead", "on_track", "behind", "off_track", None]}
_TIER: Schema = {"enum": ["organisation", "team", "individual"]}


def _object(fields: Mapping[str, Schema], *, optional: Mapping[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": list(fields), "properties": {**fields, **(optional or {})}}


_DAY: Schema = {"type": "string", "format": "date"}
_MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_DAY_VALUE = _object({"day": _DAY, "value": _NUMBER})
_MAYBE_DAY_VALUE: Schema = {"anyOf": [_DAY_VALUE, {"type": "null"}]}
_FROZEN = _object(
    {"value": _NUMBER, "at": _TIME, "from": {"enum": ["measured", "query"]}, "digest": _TEXT},
    # It is to be taken anew.
    optional={"again_after": _TIME},
)

# What counts as good. An edge is inside as `at_least` and `at_most`, and outside as `above` and `below`.
_BAND = _object(
    {"tolerance": _MAYBE_NUMBER, "by": {"enum": ["latest", "mean", "worst"]}},
    optional={"at_least": _NUMBER, "above": _NUMBER, "at_most": _NUMBER, "below": _NUMBER},
)

_RATE = _object(
    {
        "every": {"enum": ["day", "week", "month"]},
        "need": _NUMBER,
        "of": {"enum": ["amount", "running_total"]},
        "carry_over": {"type": "boolean"},
        # All periods of the cycle; those that are over, and of these: met, and without an amount.
        "periods": _COUNT,
        "closed": _COUNT,
        "met": _COUNT,
        "unread": _COUNT,
        # Progress is the one over the other.
        "counted": _NUMBER,
        "needed": _NUMBER,
        # Whose amount `current` is.
        "period": {
            "anyOf": [_object({"first_day": _DAY, "last_day": _DAY, "need": _NUMBER}), {"type": "null"}]
        },
        # First day of a period -> its amount; null: it could not be read.
        "amounts": {"type": "object", "additionalProperties": _MAYBE_NUMBER},
    },
    # The total when `period` began, and when it was known last; what its first amount counts from, and
    # what was read first; how many of the oldest periods had no room.
    optional={
        "base": _NUMBER,
        "total": _NUMBER,
        "begins": _object({"counted": _NUMBER, "read": _NUMBER}),
        "amounts_left_out": _SEQUENCE,
    },
)

_MILESTONE = _object(
    {
        "title": _TEXT,
        "weight": _NUMBER,
        "due": _MAYBE_DAY,
        # Null: not known.
        "done": {"type": ["boolean", "null"]},
        "done_on": _MAYBE_DAY,
        "by": {"enum": ["done_on", "measure", "when", None]},
    }
)
_PART = _object({"progress": _MAYBE_RATIO, "weight": _NUMBER})

_DETAILS: Schema = {
    "type": "object",
    "properties": {
        # The value as read, where `current` is another number: a mean, the worst, a sum.
        "latest": _NUMBER,
        "start": _FROZEN,
        "target": _FROZEN,
        "change": _object({"amount": _NUMBER, "is_relative": {"type": "boolean"}}),
        "phases": {"type": "array", "items": _DAY_VALUE},
        "smooth": _object(
            {
                "points": _COUNT,
                "min_points": _COUNT,
                "days": {"type": "object", "additionalProperties": _NUMBER},
            }
        ),
        "band": _BAND,
        "mean": _object(
            {"value": _NUMBER, "rest": _NUMBER, "seconds": _NUMBER, "last": _NUMBER, "at": _TIME}
        ),
        "worst": _DAY_VALUE,
        # What a guard does not believe until a person confirms it.
        "held": _object({"value": _NUMBER, "since": _TIME, "reason": _TEXT, "as_of": _MAYBE_TIME}),
        # A person's value in place of the measured one, until a moment.
        "override": _object(
            {
                "value": _NUMBER,
                "at": _TIME,
                "until": _TIME,
                "measured": _object({"value": _MAYBE_NUMBER, "as_of": _MAYBE_TIME}),
            }
        ),
        "rate": _RATE,
        "days": _object({"last": _DAY_VALUE, "lowest": _MAYBE_DAY_VALUE, "highest": _MAYBE_DAY_VALUE}),
        # By their keys, and key results by their ids; `known` of them, of `of`, are counted.
        "milestones": {"type": "object", "additionalProperties": _MILESTONE},
        "parts": {"type": "object", "additionalProperties": _PART},
        "take": {"enum": ["mean", "worst"]},
        "known": _COUNT,
        "of": _COUNT,
    },
}
"""Facts of the kind alone; each kind's page lists its own."""

_MAPPING = _object({"path": _TEXT, "line": _COUNT, "digest": _TEXT})

_EVIDENCE = _object(
    {
        "measurement": _TEXT,
        "value": _NUMBER,
        "unit": _TEXT,
        "connection": _TEXT,
        "url": _MAYBE_TEXT,
        "approximate": {"type": "boolean"},
    }
)

_KEY_RESULT = _object(
    {
        "id": _TEXT,
        "title": _TEXT,
        "objective": _TEXT,
        "cycle": _TEXT,
        "tier": _TIER,
        "team": _MAYBE_TEXT,
        "unit": _TEXT,
        "kind": {"enum": ["reach", "change", "keep", "rate", "milestones", "observe", "composite"]},
        "start": _MAYBE_NUMBER,
        "target": _MAYBE_NUMBER,
        "current": _MAYBE_NUMBER,
        "progress": _MAYBE_RATIO,
        "progress_unclamped": _MAYBE_NUMBER,
        "pace": _PACE,
        "confidence": _MAYBE_RATIO,
        "score": _MAYBE_RATIO,
        "freshness": {"enum": ["fresh", "late", "stale", "failing", None]},
        "last_good_at": _MAYBE_TIME,
        "details": _DETAILS,
    }
)

_OBJECTIVE = _object(
    {
        "id": _TEXT,
        "title": _TEXT,
        "cycle": _TEXT,
        "tier": _TIER,
        "team": _MAYBE_TEXT,
        "supports": {"type": "array", "items": _TEXT},
        "rollup": {"enum": ["key_results", "supporters", "by_hand"]},
        "progress": _MAYBE_RATIO,
        "known": _COUNT,
        "of": _COUNT,
    }
)

_KEY_RESULT_DATA = _object(
    {
        "key_result": _KEY_RESULT,
        "previous": _object({"current": _MAYBE_NUMBER, "progress": _MAYBE_RATIO, "pace": _PACE}),
        "sequence": _SEQUENCE,
        "origin": {"enum": ["sync", "person", "import"]},
        "as_of": _MAYBE_TIME,
        "evidence": {"type": "array", "items": _EVIDENCE},
        "mapping": _MAPPING,
    },
    # How many of the last inputs had no room; the syncd that told it, where it is not the sender's own.
    optional={"evidence_left_out": _SEQUENCE, "via": _TEXT},
)

_OBJECTIVE_DATA = _object(
    {
        "objective": _OBJECTIVE,
        "previous": _object({"progress": _MAYBE_RATIO, "known": _COUNT, "of": _COUNT}),
        "sequence": _SEQUENCE,
        "mapping": _MAPPING,
    },
    optional={"via": _TEXT},
)

_FROM = {"from": _object({"id": _TEXT, "cycle": _TEXT})}
_AIM = {
    "kind": _TEXT,
    "unit": _TEXT,
    "start": _MAYBE_NUMBER,
    "target": _MAYBE_NUMBER,
    # Null: it was no band.
    "band": {"anyOf": [_BAND, {"type": "null"}]},
}


def _with(data: Schema, fields: Mapping[str, Schema]) -> Schema:
    """`data` with more that is always there."""
    return {
        **data,
        "required": [*data["required"], *(name for name in fields if name not in data["required"])],
        "properties": {**data["properties"], **fields},
    }


_RETARGETED_DATA = _with(
    _KEY_RESULT_DATA, {"previous": _with(_KEY_RESULT_DATA["properties"]["previous"], _AIM)}
)

_CHECK_IN_DATA = _object(
    {
        "check_in": _object(
            {
                "at": _TIME,
                "value": _MAYBE_NUMBER,
                "confidence": _MAYBE_RATIO,
                "comment": _MAYBE_TEXT,
                "until": _MAYBE_TIME,
                # The measured number counts again.
                "ends_override": {"type": "boolean"},
            }
        ),
        "key_result": _KEY_RESULT,
        "sequence": _SEQUENCE,
        "origin": {"const": "person"},
        "mapping": _MAPPING,
    },
    optional={"via": _TEXT},
)

_CYCLE_DATA = _object(
    {
        "cycle": _object({"name": _TEXT, "first_day": _DAY, "last_day": _DAY}),
        "closed_at": _TIME,
        # Of a person, or of syncd itself when nobody closed it in time.
        "origin": {"enum": ["person", "sync"]},
        "sequence": _SEQUENCE,
    }
)

_ENDPOINT_DATA = _object(
    {
        "endpoint": _TEXT,
        "reason": {"enum": ["gone", "unreachable", "by_hand"]},
        "since": _TIME,
        "sequence": _SEQUENCE,
    }
)

_SINCE = {"connection": _TEXT, "since": _TIME, "sequence": _SEQUENCE}

_ERROR = _object(
    {
        "code": _TEXT,
        "message": _TEXT,
        "actor": {"enum": ["operator", "author", "receiver", "nobody"]},
    }
)


def _body(type_: str, data: Schema) -> Schema:
    fields: dict[str, Schema] = {
        "type": {"const": type_},
        "timestamp": _TIME,
        "data": data,
        "source": _object({"instance": _TEXT, "epoch": _COUNT}),
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": type_, **_object(fields)}


SCHEMAS: Final[Mapping[str, Schema]] = {
    MOVED: _body(MOVED, _with(_KEY_RESULT_DATA, _FROM)),
    RETARGETED: _body(RETARGETED, _RETARGETED_DATA),
    DEFINED: _body(DEFINED, _KEY_RESULT_DATA),
    REMOVED: _body(REMOVED, _KEY_RESULT_DATA),
    HELD: _body(HELD, _KEY_RESULT_DATA),
    PROGRESSED: _body(PROGRESSED, _KEY_RESULT_DATA),
    ACHIEVED: _body(ACHIEVED, _KEY_RESULT_DATA),
    PACE_CHANGED: _body(PACE_CHANGED, _KEY_RESULT_DATA),
    FRESHNESS_CHANGED: _body(FRESHNESS_CHANGED, _KEY_RESULT_DATA),
    OBJECTIVE_MOVED: _body(OBJECTIVE_MOVED, _with(_OBJECTIVE_DATA, _FROM)),
    OBJECTIVE_DEFINED: _body(OBJECTIVE_DEFINED, _OBJECTIVE_DATA),
    OBJECTIVE_REMOVED: _body(OBJECTIVE_REMOVED, _OBJECTIVE_DATA),
    OBJECTIVE_PROGRESSED: _body(OBJECTIVE_PROGRESSED, _OBJECTIVE_DATA),
    CHECK_IN_CREATED: _body(CHECK_IN_CREATED, _CHECK_IN_DATA),
    CYCLE_CLOSED: _body(CYCLE_CLOSED, _CYCLE_DATA),
    SYNC_FAILED: _body(SYNC_FAILED, _object({**_SINCE, "error": _ERROR})),
    SYNC_RECOVERED: _body(SYNC_RECOVERED, _object(_SINCE)),
    ENDPOINT_DISABLED: _body(ENDPOINT_DISABLED, _ENDPOINT_DATA),
    INSTANCE_ALIVE: _body(INSTANCE_ALIVE, _object({"alive_until": _TIME, "sequence": _SEQUENCE})),
    PING: _body(PING, _object({"endpoint": _TEXT, "sequence": _SEQUENCE})),
}
"""Event type -> schema of the whole body."""
