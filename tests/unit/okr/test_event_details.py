"""What events say of milestones, composites, bands: as the schema promises, within the bound of a body."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import jsonschema
import pytest

from syncd.mappings.kinds.composite import MOST_PARTS
from syncd.mappings.kinds.milestones import MOST_STEPS
from syncd.okr.body import MAX_BYTES
from syncd.okr.definition import KeyResult, Kind, Subject
from syncd.okr.evaluate import evaluate
from syncd.okr.event import Source, events_between
from syncd.okr.event_schema import SCHEMAS
from syncd.okr.kinds import Composite, Keep, Milestone, Milestones, Reach
from syncd.okr.state import States
from tests.builders import CALENDAR, CYCLE, HALFWAY, a_key_result, an_input, good, mappings_of, state_of

SOURCE = Source(instance="acme", epoch=1)
LONG = "\U0001f600" * 300
PILOT = an_input("milestones.pilot")
STEPS = a_key_result(
    PILOT,
    kind=Milestones(
        steps=(
            Milestone(key="launch", title="Launch", due=CYCLE.last_day, done_on=date(2026, 11, 3)),
            Milestone(key="pilot", title="Pilot", weight=2, measure=PILOT),
            Milestone(key="rest", title="The rest"),
        )
    ),
)
PART = a_key_result(an_input("part"), subject="product/a/part")
MIX = a_key_result(
    subject="product/b/mix",
    kind=Composite(parts=((PART.subject, 1.0), (Subject("2026", "company/a/part"), 2.0)), take="worst"),
)


def body_of(key_result: KeyResult, *others: KeyResult) -> bytes:
    """The body of its first event."""
    readings = {PART.inputs[0].query: good(50)}
    after = evaluate(mappings_of(key_result, *others), readings, {}, now=HALFWAY, calendar=CALENDAR)
    _, events = events_between({}, after, now=HALFWAY)
    return next(event.body(SOURCE) for event in events if event.subject == key_result.subject)


BANDS = [
    Keep(low=0.999, tolerance=0.001),
    Keep(low=2, high=5, strict_low=True, strict_high=True, by="mean"),
    Keep(high=0, by="worst"),
]


@pytest.mark.parametrize(
    "body",
    [body_of(STEPS), body_of(MIX, PART), *(body_of(replace(PART, kind=kind)) for kind in BANDS)],
    ids=["milestones", "composite", "at_least", "between", "at_most"],
)
def test_the_details_are_what_the_schema_says_and_nothing_more(body: bytes) -> None:
    found = json.loads(body)
    schema = SCHEMAS[found["type"]]

    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(found)

    details = found["data"]["key_result"]["details"]
    declared = schema["properties"]["data"]["properties"]["key_result"]["properties"]["details"]["properties"]
    assert details.keys() <= declared.keys()
    for name in details.keys() & {"milestones", "parts"}:
        for one in details[name].values():
            assert one.keys() == declared[name]["additionalProperties"]["properties"].keys()


def test_the_longest_list_of_milestones_has_room_in_a_body() -> None:
    steps = [
        Milestone(key=f"{n:063}", title=LONG, due=CYCLE.last_day, done_on=date(2026, 10, 1), weight=1 / 3)
        for n in range(MOST_STEPS)
    ]

    assert len(body_of(a_key_result(kind=Milestones(steps=tuple(steps)), title=LONG, unit=LONG))) < MAX_BYTES


def test_the_longest_list_of_parts_has_room_in_a_body() -> None:
    parts = [
        a_key_result(PART.inputs[0], subject=f"{'t' * 63}/{'o' * 63}/{n:063}") for n in range(MOST_PARTS)
    ]
    kind = Composite(parts=tuple((part.subject, 1 / 3) for part in parts))

    assert len(body_of(a_key_result(kind=kind, title=LONG, unit=LONG), *parts)) < MAX_BYTES


def test_a_band_says_what_counts_as_good_in_the_words_of_a_mapping() -> None:
    told = [
        json.loads(body_of(replace(PART, kind=kind)))["data"]["key_result"]["details"]["band"]
        for kind in BANDS
    ]

    assert told == [
        {"at_least": 0.999, "tolerance": 0.001, "by": "latest"},
        {"above": 2, "below": 5, "tolerance": None, "by": "mean"},
        {"at_most": 0, "tolerance": None, "by": "worst"},
    ]


def test_a_band_is_told_without_a_value_too() -> None:
    state = state_of(replace(PART, kind=BANDS[0]))

    assert (state.current, state.band) == (None, {"at_least": 0.999, "tolerance": 0.001, "by": "latest"})


@pytest.mark.parametrize(
    ("old", "new", "band"),
    [
        (BANDS[0], BANDS[2], {"at_least": 0.999, "tolerance": 0.001, "by": "latest"}),
        (BANDS[0], Reach(start=0, target=1), {"at_least": 0.999, "tolerance": 0.001, "by": "latest"}),
        (Reach(start=0, target=1), BANDS[0], None),
    ],
    ids=["moved", "no band any more", "a band now"],
)
def test_a_retarget_says_what_counted_as_good_before(old: Kind, new: Kind, band: object) -> None:
    states = [evaluated(replace(PART, kind=kind)) for kind in (old, new)]

    _, events = events_between(*states, now=HALFWAY)

    (retargeted,) = [event for event in events if event.type == "key_result.retargeted"]
    assert retargeted.data["previous"]["band"] == band
    jsonschema.Draft202012Validator(SCHEMAS[retargeted.type]).validate(json.loads(retargeted.body(SOURCE)))


def evaluated(key_result: KeyResult) -> States:
    return evaluate(mappings_of(key_result), {}, {}, now=HALFWAY, calendar=CALENDAR)
