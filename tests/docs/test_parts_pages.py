"""The numbers of the pages on milestones, composites and roll-ups are what syncd computes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from syncd.okr.definition import Composite, Reach, Subject
from syncd.okr.evaluate import evaluate
from syncd.okr.event import PROGRESSED
from syncd.okr.event_schema import SCHEMAS
from syncd.okr.formula import parse
from syncd.okr.kinds import Milestone, Milestones
from syncd.okr.pace import expected_progress
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState, ObjectiveState, States
from tests.builders import (
    BERLIN,
    CALENDAR,
    CYCLE,
    HALFWAY,
    a_key_result,
    a_query_key,
    an_input,
    an_objective,
    bad,
    good,
    mappings_of,
)
from tests.guides import codes, page, rows, section

PILOT, CONNECTED = an_input("milestones.pilot"), an_input("connected")
STEPS = (
    Milestone(key="pilot", title="Pilot signed", due=date(2026, 10, 31), measure=PILOT),
    Milestone(key="launch", title="Launch", weight=2, due=date(2026, 11, 15), done_on=date(2026, 11, 3)),
    Milestone(
        key="wearables",
        title="Three wearables",
        weight=3,
        due=date(2026, 12, 15),
        when=parse("connected >= 3"),
    ),
    Milestone(key="handbook", title="The handbook is written"),
)
ACADEMY = a_key_result(CONNECTED, PILOT, kind=Milestones(steps=STEPS))


EXAMPLE = rows(section(page("docs/kinds/milestones.md"), "A worked example"))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)


def academy(day: date, before: KeyResultState | None, *, connected: float, pilot: Reading) -> KeyResultState:
    readings = {CONNECTED.query: good(connected, at=noon(day)), PILOT.query: pilot}
    states: States = {ACADEMY.subject: before} if before else {}
    after = evaluate(mappings_of(ACADEMY), readings, states, now=noon(day), calendar=CALENDAR)
    state = after[ACADEMY.subject]
    assert isinstance(state, KeyResultState)
    return state


def connected_on(day: date) -> float:
    if day <= date(2026, 12, 1):
        return 2
    return 4 if day == date(2026, 12, 2) else 1


def test_the_milestones_of_the_page_are_done_when_it_says() -> None:
    told = {row[0]: [row[1], row[3], row[5]] for row in EXAMPLE}

    found, state = {}, None
    for day in (date(2026, 11, 4) + timedelta(days=n) for n in range(43)):
        state = academy(day, state, connected=connected_on(day), pilot=good(1, at=noon(day)))
        if day.isoformat() in told:
            found[day.isoformat()] = [f"{state.current:g}", f"{state.progress:.4f}", f"`{state.pace}`"]

    assert found == told


def test_what_the_page_expects_is_the_weight_that_is_due_and_a_share_of_what_has_no_day() -> None:
    for day, _, _, _, told, _ in EXAMPLE:
        now = noon(date.fromisoformat(day))
        passed = expected_progress(CYCLE, now=now, calendar=CALENDAR)
        assert passed is not None
        due = sum(step.weight for step in STEPS if step.due and now.date() > step.due)

        assert told == f"{(due + passed) / 7:.4f}"


def test_a_step_that_was_never_read_is_in_neither_part() -> None:
    state = academy(date(2026, 11, 4), None, connected=2, pilot=bad())

    assert state.progress == 2 / 6
    assert state.details is not None
    assert (state.details["known"], state.details["of"]) == (3, 4)
    text = section(page("docs/kinds/milestones.md"), "A worked example")
    assert f"2 of 6: {2 / 6:.4f}, with three of four" in text


def test_the_composite_of_the_page_is_what_it_says() -> None:
    told = rows(section(page("docs/kinds/composite.md"), "A worked example"))
    parts = {row[0].strip("`"): (float(row[1]), row[2]) for row in told[:3]}
    numbers = {
        name: a_key_result(an_input(name), subject=name, kind=Reach(start=0, target=1)) for name in parts
    }
    readings = {
        a_query_key(name): good(float(progress))
        for name, (_, progress) in parts.items()
        if "no" not in progress
    }

    found = []
    for take in ("mean", "worst"):
        weights = tuple((numbers[name].subject, weight) for name, (weight, _) in parts.items())
        mix = a_key_result(
            subject="product/c/mix",
            kind=Composite(parts=weights, take="worst" if take == "worst" else "mean"),
        )
        after = evaluate(mappings_of(*numbers.values(), mix), readings, {}, now=HALFWAY, calendar=CALENDAR)
        state = after[mix.subject]
        assert isinstance(state, KeyResultState)
        assert state.details is not None
        counted = f"{state.details['known']} of {state.details['of']}"
        found.append([f"`{take}`", f"{state.progress}", counted, f"`{state.pace}`"])

    assert found == told[3:]


def test_the_roll_up_of_the_page_is_what_it_says() -> None:
    told = {row[0].partition("`,")[0].strip("`"): row[2:] for row in ROLL_UP}
    one, two, three = (a_key_result(an_input(n), subject=f"product/faster/{n}") for n in ("a", "b", "c"))
    hiring = a_key_result(an_input("d"), subject="people/hiring/d")
    answers = a_key_result(an_input("e"), subject="support/answers/e")
    key_results = [replace(one, weight=2.0), two, three, hiring, answers]
    teams = [an_objective(*key_results[:3]), an_objective(hiring), an_objective(answers)]
    care = an_objective(
        subject=Subject("2026-Q4", "company/care"),
        rollup="supporters",
        supporters=tuple(team.subject for team in teams),
    )

    after = evaluate(
        mappings_of(*key_results, objectives=[care, *teams]),
        {a_query_key(name): good(value) for name, value in (("a", 40), ("b", 100), ("d", 20))},
        {},
        now=HALFWAY,
        calendar=CALENDAR,
    )

    found = {}
    for subject, state in after.items():
        if isinstance(state, ObjectiveState):
            progress = "none" if state.progress is None else f"{state.progress}"
            found[subject.id] = [progress, f"{state.known} of {state.of}"]
    assert found == told


ROLL_UP = rows(section(page("docs/kinds/rollup.md"), "A worked example"))


def test_the_pages_name_every_key_of_the_details_and_every_choice() -> None:
    details = SCHEMAS[PROGRESSED]["properties"]["data"]["properties"]["key_result"]["properties"]["details"]
    declared = details["properties"]

    milestones, composite = page("docs/kinds/milestones.md"), page("docs/kinds/composite.md")

    for name in declared["milestones"]["additionalProperties"]["properties"]:
        assert f'"{name}":' in milestones
    for name in declared["parts"]["additionalProperties"]["properties"]:
        assert f'"{name}":' in composite
    assert {"key_results", "supporters", "by_hand"} <= codes(page("docs/kinds/rollup.md"))
