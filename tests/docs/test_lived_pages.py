"""The worked examples of the pages on people, shadow and the lifecycle come out as they are printed."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import jsonschema

from syncd.okr.definition import Guard, KeyResult, Mappings, QueryKey, Reach
from syncd.okr.drift import Comparison, drift
from syncd.okr.evaluate import evaluate
from syncd.okr.event import Event, Source, events_between
from syncd.okr.event_schema import SCHEMAS
from syncd.okr.overriding import spoken
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState, States
from syncd.people.check_in import check_in
from syncd.sync.cycles import is_frozen, is_open
from tests.builders import BERLIN, CALENDAR, CYCLE, a_key_result, a_query_key, an_input, good, mappings_of
from tests.guides import blocks, page, rows, section

PEOPLE, SHADOW = page("docs/kinds/people.md"), page("docs/kinds/shadow.md")
LIFECYCLE, CONSUMER = page("docs/kinds/lifecycle.md"), page("docs/consumer.md")
ADOPTION = a_key_result(
    an_input(),
    subject="product/growth/adoption",
    title="Active customers who use the assistant",
    unit="ratio",
    kind=Reach(start=0.2, target=0.75),
    guard=Guard(low=0, high=1, max_jump=0.3),
    freshness=None,
)
SOURCE = Source(instance="acme", epoch=1795312792)


def at(text: str) -> datetime:
    """`2026-11-04 10:00`, in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


class Course:
    """One key result over time: what is read and said, and what consumers hear."""

    def __init__(self, key_result: KeyResult) -> None:
        self.key_result = key_result
        self.mappings: Mappings = mappings_of(key_result)
        self.states: States = {}
        self.readings: dict[QueryKey, Reading] = {}

    @property
    def state(self) -> KeyResultState:
        state = self.states[self.key_result.subject]
        assert isinstance(state, KeyResultState)
        return state

    def read(self, value: float, *, now: datetime) -> list[Event]:
        self.readings = {a_query_key("value"): good(value, at=now, unit="ratio")}
        return self.look(now=now)

    def say(
        self, *, now: datetime, value: float | None = None, confidence: float | None = None
    ) -> list[Event]:
        word = check_in(self.key_result, author="anna", at=now, value=value, confidence=confidence)
        return self._heard(spoken(word, self.state, key_result=self.key_result), now=now)

    def confirm(self, *, now: datetime) -> list[Event]:
        assert self.state.details is not None
        held = self.state.details["held"]["value"]
        word = replace(check_in(self.key_result, author="anna", at=now, comment="it is"), confirms=held)
        return self._heard(spoken(word, self.state, key_result=self.key_result), now=now)

    def _heard(self, state: KeyResultState, *, now: datetime) -> list[Event]:
        before, self.states = self.states, {**self.states, state.subject: state}
        return self._told(before, now=now)

    def look(self, *, now: datetime) -> list[Event]:
        return self._told(self.states, now=now)

    def _told(self, before: States, *, now: datetime) -> list[Event]:
        after = evaluate(self.mappings, self.readings, self.states, now=now, calendar=CALENDAR)
        self.states, events = events_between(before, after, now=now)
        return [event for event in events if event.subject == self.key_result.subject]


def cells(*said: object) -> list[str]:
    return ["—" if it is None else f"{it:.4g}" if isinstance(it, float) else str(it) for it in said]


def heard(events: list[Event]) -> str:
    """`defined` 1, `progressed` 2: as a cell of a table."""
    return ", ".join(f"`{event.type.partition('.')[2]}` {event.sequence}" for event in events) or "—"


def test_an_override_a_guard_and_a_confirmation_go_as_the_page_says() -> None:
    course, found, told = Course(ADOPTION), [], rows(section(PEOPLE, "A worked example"))

    for when, what, *_ in told:
        now, words = at(when), shlex.split(what.replace("`", ""))
        match words:
            case ["read", value]:
                events = course.read(float(value), now=now)
            case ["check-in", "--value", value, "--confidence", confidence]:
                events = course.say(now=now, value=float(value), confidence=float(confidence))
            case ["confirm"]:
                events = course.confirm(now=now)
            case _:
                events = course.look(now=now)
        state, details = course.state, course.state.details or {}
        override, held = details.get("override"), details.get("held")
        hidden = override["measured"]["value"] if override else held["value"] if held else None
        row = cells(
            state.current, state.progress, f"`{state.origin}`", state.confidence, hidden, heard(events)
        )
        found.append([when, what, *row])

    assert found == told


def test_the_body_of_a_held_value_is_what_a_guard_makes_of_it() -> None:
    (example,) = blocks(CONSUMER, "json held")
    told = json.loads(example)
    course = Course(ADOPTION)
    course.read(0.3, now=at("2026-11-16 09:00"))

    (event,) = course.read(0.7, now=at("2026-11-16 10:00"))

    body = json.loads(event.body(SOURCE))
    jsonschema.validate(told, SCHEMAS["key_result.held"])
    for same in ("details", "current", "progress", "id", "start", "target", "pace"):
        assert told["data"]["key_result"][same] == body["data"]["key_result"][same], same
    assert told["data"].keys() == body["data"].keys()
    assert told["data"]["key_result"].keys() == body["data"]["key_result"].keys()
    assert told["data"]["previous"] == body["data"]["previous"]


def test_the_pilot_drifts_agrees_and_goes_live_as_the_page_says() -> None:
    live = rows(section(SHADOW, "The day it goes live"))
    weeks = rows(section(SHADOW, "A worked example").partition("###")[0])
    compared: list[Comparison] = []
    verdicts = []
    for day, said, computed, *_ in weeks:
        compared.append(Comparison(at=at(day), author="anna", said=float(said), computed=float(computed)))
        latest = drift(compared, tolerance=Fraction(5, 100))
        assert latest.latest is not None
        assert latest.latest.relative is not None
        share = f"{latest.latest.difference:+.4g} ({100 * latest.latest.relative:+.3g} %)"
        verdicts.append([share.replace("+0 (+0 %)", "0"), latest.verdict])
    course = Course(replace(ADOPTION, is_shadow=True, guard=None))
    silent = course.read(0.46, now=at("2026-10-28 10:00"))
    course.key_result = replace(ADOPTION, guard=None)
    course.mappings = mappings_of(course.key_result)

    events = [course.look(now=at("2026-10-29 09:00")), course.read(0.47, now=at("2026-10-29 10:00"))]

    assert [row[3:] for row in weeks] == verdicts
    assert [row[-1] for row in live] == [heard(silent), *map(heard, events)]


def test_a_cycle_is_read_and_frozen_at_the_moments_of_the_page() -> None:
    found = []
    for when, *_ in rows(section(LIFECYCLE, "The borders of a cycle")):
        now = at(when)
        is_read = is_open(CYCLE, now=now)
        is_planned = is_open(CYCLE, now=now, begun_only=False)
        found.append(
            [
                when,
                *("yes" if it else "no" for it in (is_planned, is_read)),
                "yes" if is_frozen(CYCLE, now=now) else "no",
            ]
        )

    assert found == [row[:4] for row in rows(section(LIFECYCLE, "The borders of a cycle"))]
