"""Our own reading of JSON Schema agrees with one that others wrote, on the schemas that we publish."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from syncd.okr.conform import mistakes
from syncd.okr.event import PROGRESSED, Source, events_between
from syncd.okr.event_schema import SCHEMAS
from tests.states import NOW, a_state, an_evidence

STATE = a_state(current=30.0, progress=0.8, progress_unclamped=0.8, evidence=(an_evidence(),))
TEXT = events_between({}, {STATE.subject: STATE}, now=NOW)[1][-1].body(Source(instance="acme", epoch=1))


def changed(*path: str, value: object) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(TEXT)  # Any: JSON
    place: Any = body
    for name in path[:-1]:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[path[-1]] = value
    return body


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("new",), {"field": 1}),
        (("type",), "key_result.moved"),
        (("timestamp",), "2026-11-02T09:00:00+00:00"),
        (("source", "epoch"), 1.0),
        (("source", "epoch"), True),
        (("data", "sequence"), 0),
        (("data", "via"), None),
        (("data", "key_result", "progress"), 1.0001),
        (("data", "key_result", "pace"), None),
        (("data", "key_result", "pace"), "fast"),
        (("data", "key_result", "details"), {"parts": {"a": {"progress": None, "weight": 1}}}),
        (("data", "key_result", "details"), {"parts": {"a": {"progress": None}}}),
        (("data", "key_result", "details"), {"band": {"tolerance": None, "by": "latest", "above": "1"}}),
        (("data", "evidence", "0", "approximate"), 0),
        (("data", "evidence"), {}),
    ],
)
def test_it_finds_what_another_reader_of_the_schema_finds(path: tuple[str, ...], value: object) -> None:
    body, schema = changed(*path, value=value), SCHEMAS[PROGRESSED]

    found = list(mistakes(body, schema))

    theirs = list(jsonschema.Draft202012Validator(schema).iter_errors(body))
    assert bool(found) == bool(theirs)
    assert all(".".join(path) in where for where, _ in found)


def test_it_knows_every_word_that_the_schemas_use() -> None:
    known = {"$schema", "title", "type", "required", "properties", "items", "enum", "const", "minimum"}
    known |= {"maximum", "anyOf", "pattern", "format", "additionalProperties"}

    def words(schema: dict[str, Any]) -> set[str]:  # Any: JSON
        below = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
        below += [schema[name] for name in ("items", "additionalProperties") if name in schema]
        return set(schema).union(*map(words, below))

    assert set().union(*map(words, SCHEMAS.values())) <= known
