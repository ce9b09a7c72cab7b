"""Bodies: what is stored, signed and sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.okr.body import MAX_BYTES
from syncd.okr.check_in import check_in_created
from syncd.okr.closing import Closing, cycle_closed
from syncd.okr.definition import Guard, Keep, KeyResult, Observe, Reach, Subject
from syncd.okr.evaluate import evaluate
from syncd.okr.event import Event, Source, events_between, removals, sync_failed, sync_recovered
from syncd.okr.event_schema import SCHEMAS
from syncd.okr.instance import endpoint_disabled, instance_alive, ping
from syncd.okr.lifecycle import Lifecycle
from syncd.okr.reading import ErrorFact, Reading
from syncd.okr.state import KeyResultState
from syncd.okr.word import Word
from tests.builders import (
    CALENDAR,
    CYCLE,
    HALFWAY,
    UNAVAILABLE,
    a_key_result,
    a_query_key,
    an_input,
    an_objective,
    bad,
    good,
    mappings_of,
    utc,
)

SOURCE = Source(instance="acme", epoch=1_790_000_000)
NOW = utc("2026-11-02T08:30")


def events_of(key_result: KeyResult, **readings: Reading) -> list[Event]:
    objective = an_objective(key_result, supports=(Subject("2026-Q4", "company/care"),))
    mappings = mappings_of(key_result, objectives=[objective])
    defined = evaluate(mappings, {}, {}, now=NOW, calendar=CALENDAR)
    after = evaluate(
        mappings,
        {a_query_key(name): reading for name, reading in readings.items()},
        defined,
        now=NOW,
        calendar=CALENDAR,
    )
    return events_between(defined, after, now=NOW)[1]


def body_of(event: Event) -> dict[str, Any]:  # Any: JSON
    return json.loads(event.body(SOURCE))


SHARE = a_key_result(an_input("done"), an_input("scope"), value="done / scope", unit="ratio")
READ_AT = utc("2026-11-02T08:29")
PROGRESSED, OBJECTIVE = events_of(
    SHARE,
    done=good(3, at=READ_AT, evidence_url="https://acme.example/issues?jql=done"),
    scope=good(4, at=READ_AT, approximate=True),
)


def test_a_key_results_body_says_everything_in_absolute_values() -> None:
    assert body_of(PROGRESSED) == {
        "type": "key_result.progressed",
        "timestamp": "2026-11-02T08:30:00Z",
        "data": {
            "key_result": {
                "id": "product/faster/cycle-time",
                "title": "Ideas reach patients sooner",
                "objective": "product/faster",
                "cycle": "2026-Q4",
                "tier": "team",
                "team": "product",
                "unit": "ratio",
                "kind": "reach",
                "start": 0,
                "target": 100,
                "current": 0.75,
                "progress": 0.0075,
                "progress_unclamped": 0.0075,
                "pace": "off_track",
                "confidence": None,
                "score": None,
                "freshness": "fresh",
                "last_good_at": "2026-11-02T08:29:00Z",
                "details": {},
            },
            "previous": {"current": None, "progress": None, "pace": None},
            "sequence": 1,
            "origin": "sync",
            "as_of": "2026-11-02T08:29:00Z",
            "evidence": [
                {
                    "measurement": "done",
                    "value": 3.0,
                    "unit": "count",
                    "connection": "tracker",
                    "url": "https://acme.example/issues?jql=done",
                    "approximate": False,
                },
                {
                    "measurement": "scope",
                    "value": 4.0,
                    "unit": "count",
                    "connection": "tracker",
                    "url": None,
                    "approximate": True,
                },
            ],
            "mapping": {"path": "mappings/product.yaml", "line": 7, "digest": "file-1"},
        },
        "source": {"instance": "acme", "epoch": 1_790_000_000},
    }


def test_an_objectives_body_says_how_many_parts_it_counts() -> None:
    assert body_of(OBJECTIVE)["data"] == {
        "objective": {
            "id": "product/faster",
            "title": "Faster for everybody",
            "cycle": "2026-Q4",
            "tier": "team",
            "team": "product",
            "supports": ["company/care"],
            "rollup": "key_results",
            "progress": 0.0075,
            "known": 1,
            "of": 1,
        },
        "previous": {"progress": None, "known": 0, "of": 1},
        "sequence": 1,
        "mapping": {"path": "mappings/product.yaml", "line": 5, "digest": "file-1"},
    }


def test_a_body_says_what_was_before() -> None:
    mappings = mappings_of(SHARE)
    readings = {a_query_key("done"): good(3, at=NOW), a_query_key("scope"): good(4, at=NOW)}
    before = evaluate(mappings, readings, {}, now=NOW, calendar=CALENDAR)
    readings[a_query_key("done")] = good(4, at=NOW)

    after = evaluate(mappings, readings, before, now=NOW, calendar=CALENDAR)
    event = events_between(before, after, now=NOW)[1][0]

    assert event.data["previous"] == {"current": 0.75, "progress": 0.0075, "pace": "off_track"}


def test_a_failed_sync_says_whose_turn_it_is() -> None:
    event = sync_failed("tracker", error=UNAVAILABLE, since=READ_AT, sequence=1, now=NOW)

    assert body_of(event)["data"] == {
        "connection": "tracker",
        "since": "2026-11-02T08:29:00Z",
        "sequence": 1,
        "error": {"code": "source_unavailable", "message": "the source is down", "actor": "nobody"},
    }


def events_of_a_life() -> list[Event]:
    """Defined, achieved, retargeted out of reach, moved, removed."""
    before = mappings_of(a_key_result(an_input("value"), kind=Reach(start=0, target=10)))
    readings = {a_query_key("value"): good(20)}
    states, first = events_between({}, evaluate(before, readings, {}, now=NOW, calendar=CALENDAR), now=NOW)
    new = mappings_of(a_key_result(an_input("value"), subject="product/sooner/cycle-time"))
    moved = {
        Subject("2026-Q4", "product/sooner"): Subject("2026-Q4", "product/faster"),
        Subject("2026-Q4", "product/sooner/cycle-time"): Subject("2026-Q4", "product/faster/cycle-time"),
    }
    renamed = {it: replace(states[was], subject=it) for it, was in moved.items()}
    after = evaluate(new, readings, renamed, now=NOW, calendar=CALENDAR)
    states, then = events_between(renamed, after, now=NOW, lifecycle=Lifecycle(moved=moved))
    return [*first, *then, *removals(states, now=NOW)[1]]


def checked_in() -> Event:
    key_result = a_key_result(an_input("value"))
    states = evaluate(mappings_of(key_result), {}, {}, now=NOW, calendar=CALENDAR)
    state = states[key_result.subject]
    assert isinstance(state, KeyResultState)
    word = Word(subject=key_result.subject, author="anna", at=NOW, confidence=0.7, comment="Going well")
    return check_in_created(word, state, sequence=1)


def every_kind_of_event() -> list[Event]:
    return [
        PROGRESSED,
        OBJECTIVE,
        *events_of(a_key_result(an_input("value"), kind=Keep(low=1, tolerance=2)), value=good(0)),
        *events_of(a_key_result(an_input("value"), kind=Observe()), value=good(-3.5, observed_at=READ_AT)),
        *events_of(a_key_result(an_input("value"), team=None, tier="organisation"), value=good(1)),
        *events_of(a_key_result(an_input("value")), value=bad()),
        *events_of(a_key_result(an_input("value")), value=bad(good(1, at=HALFWAY), in_a_row=2)),
        *events_of_a_life(),
        *events_of(a_key_result(an_input("value"), guard=Guard(high=1)), value=good(5)),
        checked_in(),
        cycle_closed(CYCLE, Closing(cycle=CYCLE.name, at=NOW, by="anna"), sequence=1, now=NOW),
        sync_failed("tracker", error=UNAVAILABLE, since=READ_AT, sequence=1, now=NOW),
        sync_recovered("tracker", since=READ_AT, sequence=2, now=NOW + timedelta(microseconds=250_000)),
        endpoint_disabled("okr-store", reason="gone", since=READ_AT, sequence=1, now=NOW),
        instance_alive(sequence=1, now=NOW),
        ping("okr-store", sequence=1, now=NOW),
    ]


@pytest.mark.parametrize("event", every_kind_of_event(), ids=lambda event: event.type)
def test_every_body_is_what_its_schema_says_and_nothing_more(event: Event) -> None:
    schema = SCHEMAS[event.type]
    body = body_of(event)

    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(body)
    assert_all_is_declared(body, schema)


def assert_all_is_declared(value: object, schema: Mapping[str, Any]) -> None:  # Any: JSON
    if isinstance(value, dict):
        assert value.keys() <= schema["properties"].keys()
        for key, inner in value.items():
            assert_all_is_declared(inner, schema["properties"][key])
    elif isinstance(value, list):
        for inner in value:
            assert_all_is_declared(inner, schema["items"])


def test_every_type_has_an_event_among_these() -> None:
    assert {event.type for event in every_kind_of_event()} == SCHEMAS.keys()


@pytest.mark.parametrize("type_", SCHEMAS)
def test_every_schema_is_a_schema(type_: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[type_])


@pytest.mark.parametrize("event", every_kind_of_event(), ids=lambda event: event.type)
def test_no_body_names_an_owner(event: Event) -> None:
    assert b"anna" not in event.body(SOURCE)
    assert b"owner" not in event.body(SOURCE)


def test_a_body_is_the_same_bytes_each_time() -> None:
    assert PROGRESSED.body(SOURCE) == PROGRESSED.body(SOURCE)
    assert b'"type":"key_result.progressed","timestamp"' in PROGRESSED.body(SOURCE)


def test_text_travels_as_utf8() -> None:
    event = events_of(a_key_result(an_input("value"), title="Über 80 % Rücklauf"), value=good(1))[0]

    assert "Über 80 % Rücklauf".encode() in event.body(SOURCE)


def test_half_a_character_does_not_break_a_body() -> None:
    key_result = a_key_result(an_input("value"), title="broken \ud800 title")

    event = events_of(key_result, value=good(1, evidence_url="https://acme.example/\ud800"))[0]

    assert body_of(event)["data"]["key_result"]["title"] == "broken title"
    assert body_of(event)["data"]["evidence"][0]["url"] == "https://acme.example/?"


WIDE = st.sampled_from(["\U0001f600", '"', "\\", "\x00", "ß", "a"])


@given(WIDE, WIDE, st.integers(1, 60), st.integers(0, 3_000))
def test_a_body_is_under_20_kb_whatever_people_and_sources_write(
    in_titles: str, in_links: str, inputs: int, link_length: int
) -> None:
    names = [f"m{number}" for number in range(inputs)]
    key_result = a_key_result(
        *[an_input(name) for name in names],
        value=f"sum({', '.join(names)})",
        title=in_titles * 5_000,
        unit=in_titles * 500,
    )
    readings = {name: good(1.5, unit=in_titles * 50, evidence_url=in_links * link_length) for name in names}

    events = events_of(key_result, **readings)

    assert all(len(event.body(SOURCE)) < MAX_BYTES for event in events)


def test_evidence_that_has_no_room_is_counted() -> None:
    names = [f"m{number}" for number in range(60)]
    key_result = a_key_result(*[an_input(name) for name in names], value=f"sum({', '.join(names)})")

    event = events_of(key_result, **{name: good(1, evidence_url="x" * 900) for name in names})[0]

    data = body_of(event)["data"]
    assert 0 < len(data["evidence"]) < 60
    assert data["evidence_left_out"] == 60 - len(data["evidence"])
    assert_all_is_declared(body_of(event), SCHEMAS[event.type])


def test_a_link_too_long_is_left_out_since_half_a_link_leads_nowhere() -> None:
    event = events_of(a_key_result(an_input("value")), value=good(1, evidence_url="x" * 1_001))[0]

    assert body_of(event)["data"]["evidence"][0]["url"] is None


def test_a_foreign_message_is_cut() -> None:
    error = ErrorFact(code="malformed_response", message="<html>\n" + "x" * 50_000, actor="author")

    event = sync_failed("tracker", error=error, since=READ_AT, sequence=1, now=NOW)

    assert len(event.body(SOURCE)) < 1_000
