"""Strategies: whole sets of key results of every kind, and what is read of them over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from syncd.okr.definition import (
    Composite,
    Guard,
    Keep,
    KeyResult,
    Mappings,
    Objective,
    Observe,
    Phase,
    Reach,
    Smooth,
    Subject,
)
from syncd.okr.formula import parse
from syncd.okr.kinds import Change, Kind, Milestone, Milestones, Rate
from syncd.okr.names import Input, QueryKey
from syncd.okr.overriding import can_be_overridden, is_by_hand
from syncd.okr.period import periods_of
from syncd.okr.reading import Reading
from syncd.okr.word import Word
from tests.builders import CYCLE, RULE, a_key_result, an_input, an_objective, bad, good, mappings_of

NAMES = ("a", "b", "c")
NUMBERS = st.one_of(st.integers(-200, 200).map(float), st.floats(-1e6, 1e6))
WEIGHTS = st.one_of(st.just(0.0), st.floats(0.001, 1e3))
HOURS = st.integers(0, 24 * 20)


@st.composite
def reaches(draw: st.DrawFn) -> Reach:
    start, target = draw(st.lists(NUMBERS, min_size=2, max_size=2, unique=True))
    if draw(st.booleans()):
        return Reach(start=start, target=target)
    return draw(
        st.sampled_from(
            [
                Reach(start=None, target=target),
                Reach(start=None, target=target, start_from=an_input("start")),
                Reach(start=start, target=None, target_from=an_input("target")),
            ]
        )
    )


@st.composite
def changes(draw: st.DrawFn) -> Change:
    return Change(
        amount=draw(st.floats(-2, 2).filter(bool)),
        is_relative=draw(st.booleans()),
        start=draw(st.none() | NUMBERS),
    )


@st.composite
def keeps(draw: st.DrawFn) -> Keep:
    low, high = sorted(draw(st.tuples(NUMBERS, NUMBERS)))
    sides: Mapping[str, Any] = draw(  # Any: fields of Keep
        st.sampled_from([{"low": low}, {"high": high}, {"low": low, "high": high}])
    )
    return Keep(
        **sides,
        strict_low="low" in sides and low < high and draw(st.booleans()),
        strict_high="high" in sides and low < high and draw(st.booleans()),
        tolerance=draw(st.none() | st.floats(0.001, 1e3)),
        by=draw(st.sampled_from(["latest", "mean", "worst"])),
    )


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    return Rate(
        need=draw(st.floats(0.5, 100)),
        every=draw(st.sampled_from(["day", "week", "month"])),
        carry_over=draw(st.booleans()),
        of=draw(st.sampled_from(["amount", "running_total"])),
        start=draw(st.none() | NUMBERS),
    )


@st.composite
def steps(draw: st.DrawFn, key: str) -> Milestone:
    ways: list[dict[str, Any]] = [  # Any: fields of Milestone
        {},
        {"done_on": draw(st.dates(date(2026, 9, 1), date(2026, 12, 31)))},
        {"measure": an_input(draw(st.sampled_from(NAMES)))},
        {"when": parse(f"{draw(st.sampled_from(NAMES))} >= {draw(st.integers(0, 100))}")},
    ]
    return Milestone(
        key=key,
        title=key,
        weight=draw(WEIGHTS),
        due=draw(st.none() | st.dates(CYCLE.first_day, CYCLE.last_day)),
        **draw(st.sampled_from(ways)),
    )


@st.composite
def milestones(draw: st.DrawFn) -> Milestones:
    return Milestones(steps=tuple(draw(steps(f"s{n}")) for n in range(draw(st.integers(1, 4)))))


MEASURED: st.SearchStrategy[Kind] = st.one_of(
    reaches(), changes(), keeps(), rates(), milestones(), st.just(Observe())
)
"""Every kind that has a number of its own; composites are made of others."""


@st.composite
def key_results(draw: st.DrawFn, subject: str, kinds: st.SearchStrategy[Kind] = MEASURED) -> KeyResult:
    """With everything that may stand beside the kind."""
    kind = draw(kinds)
    if isinstance(kind, Milestones):
        return a_key_result(*(an_input(name) for name in NAMES), subject=subject, kind=kind)
    inputs, value = draw(_values(kind))
    has_way = isinstance(kind, Reach | Change)
    days = sorted(draw(st.sets(st.dates(CYCLE.first_day, date(2026, 12, 30)), max_size=3))) if has_way else []
    return a_key_result(
        *inputs,
        subject=subject,
        kind=kind,
        value=value,
        weight=draw(WEIGHTS),
        freshness=RULE if inputs else None,
        phases=tuple(Phase(day=day, value=draw(NUMBERS)) for day in days),
        smooth=draw(st.none() | st.builds(Smooth, days=st.integers(1, 30), min_points=st.integers(1, 3)))
        if not isinstance(kind, Rate)
        else None,
        guard=draw(st.none() | guards()) if inputs and not inputs[0].per_period else None,
    )


@st.composite
def _values(draw: st.DrawFn, kind: Kind) -> tuple[tuple[Input, ...], str | None]:
    """Inputs and formula: one number, a share of two, a number per period, one set by hand."""
    name = draw(st.sampled_from(NAMES))
    if isinstance(kind, Rate) and kind.of == "amount" and draw(st.booleans()):
        return (replace(an_input(name), per_period=True),), None
    return draw(
        st.sampled_from(
            [
                ((an_input(name),), None),
                ((an_input(name, min_value=-50.0),), None),
                ((an_input("a"), an_input("b")), "a / b"),
                ((), None),
            ]
        )
    )


@st.composite
def guards(draw: st.DrawFn) -> Guard:
    low, high = sorted(draw(st.tuples(NUMBERS, NUMBERS)))
    return Guard(
        low=draw(st.none() | st.just(low)),
        high=draw(st.none() | st.just(high)),
        max_jump=draw(st.none() | st.floats(0.001, 1e6)),
    )


@st.composite
def worlds(draw: st.DrawFn) -> Mappings:
    """Up to five key results in two objectives, composites of them, and an objective over all."""
    numbers = [
        draw(key_results(f"product/{'one' if n % 2 else 'two'}/n{n}")) for n in range(draw(st.integers(1, 5)))
    ]
    parts = tuple((it.subject, draw(WEIGHTS)) for it in numbers)
    mix = a_key_result(
        subject="people/three/mix",
        kind=Composite(parts=parts, take=draw(st.sampled_from(["mean", "worst"]))),
    )
    mixed = a_key_result(
        subject="people/three/again",
        kind=Composite(parts=((mix.subject, 1.0), (numbers[0].subject, draw(WEIGHTS)))),
    )
    by_objective: dict[Subject, list[KeyResult]] = {}
    for it in (*numbers, mix, mixed):
        by_objective.setdefault(it.objective, []).append(it)
    teams = [an_objective(*group) for group in by_objective.values()]
    return mappings_of(*numbers, mix, mixed, objectives=[_above(teams), *teams])


def _above(teams: list[Objective]) -> Objective:
    return an_objective(
        subject=Subject("2026-Q4", "company/care"),
        rollup="supporters",
        supporters=tuple(team.subject for team in teams),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What has been read by a moment, everything, as a store holds it; and what people say at it."""

    now: datetime
    readings: Mapping[QueryKey, Reading]
    words: tuple[Word, ...] = ()


ANSWERS: st.SearchStrategy[float | None] = st.one_of(
    st.none(), st.sampled_from([0.0, 1.0, 2.0, 50.0]), NUMBERS
)
"""What a source says; None: it fails."""


@st.composite
def histories(
    draw: st.DrawFn,
    mappings: Mappings,
    *,
    begins_at: datetime = CYCLE.starts_at - timedelta(days=5),
    max_size: int = 6,
) -> list[Moment]:
    """Moments in their order, from before the cycle on; each reads some of the queries again."""
    now, readings = begins_at, dict[QueryKey, Reading]()
    moments = []
    for _ in range(draw(st.integers(1, max_size))):
        now += timedelta(hours=draw(HOURS), microseconds=draw(st.integers(0, 10**6)))
        for key in keys(mappings, now=now):
            if draw(st.booleans()):
                readings[key] = read(readings.get(key), draw(ANSWERS), at=now)
        words = draw(_words(mappings, now))
        moments.append(Moment(now=now, readings=dict(readings), words=words))
    return moments


@st.composite
def _words(draw: st.DrawFn, mappings: Mappings, now: datetime) -> tuple[Word, ...]:
    """Numbers that nobody measures, and some in place of measured ones."""
    words = []
    for subject, key_result in mappings.key_results.items():
        by_hand = is_by_hand(key_result)
        if (by_hand or can_be_overridden(key_result)) and draw(st.integers(0, 3)) == 0:
            until = None if by_hand else now + timedelta(hours=draw(st.integers(1, 500)))
            words.append(Word(subject=subject, author="anna", at=now, value=draw(NUMBERS), until=until))
    return tuple(words)


def keys(mappings: Mappings, *, now: datetime) -> list[QueryKey]:
    """Every query that may be asked by now: of a rate, for its newest periods."""
    found: dict[QueryKey, None] = {
        QueryKey("tracker", name): None for name in ("start", "target") if mappings.key_results
    }
    for key_result in mappings.key_results.values():
        for used in key_result.inputs:
            kind = key_result.kind
            if not used.per_period or not isinstance(kind, Rate):
                found[used.query] = None
                continue
            begun = [it for it in periods_of(key_result.cycle, kind.every) if it.starts_at <= now]
            for period in begun[-2:]:
                found[used.query._replace(period=period.label)] = None
    return list(found)


def read(last: Reading | None, answer: float | None, *, at: datetime) -> Reading:
    """One more reading of a query."""
    if answer is not None:
        return good(answer, at=at)
    in_a_row = last.bad.in_a_row + 1 if last and last.bad else 1
    return bad(last, in_a_row=in_a_row, at=at)
