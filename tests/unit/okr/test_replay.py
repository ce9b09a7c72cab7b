"""Law: replaying what is stored of any past moment gives what was said then, for every kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.errors import EvaluationError
from syncd.okr.definition import Calendar, FreshnessRule, Guard, KeyResult, Mappings, Phase, Smooth
from syncd.okr.evaluate import evaluate
from syncd.okr.event import events_between
from syncd.okr.formula import parse
from syncd.okr.judging.ends import rebase
from syncd.okr.kinds import Change, Composite, Keep, Milestone, Milestones, Observe, Rate, Reach
from syncd.okr.names import QueryKey, Subject
from syncd.okr.overriding import can_be_overridden, is_by_hand, spoken
from syncd.okr.periodic import keys_to_ask
from syncd.okr.reading import Reading
from syncd.okr.replay import differences, replay
from syncd.okr.snapshot import Occasion, Snapshot, news, snapshots
from syncd.okr.state import KeyResultState, State, States
from syncd.okr.word import Word
from syncd.store.snapshot_text import from_calendar, to_calendar, to_snapshot, to_texts
from tests.builders import (
    CALENDAR,
    CYCLE,
    UNAVAILABLE,
    a_key_result,
    a_query_key,
    an_input,
    an_objective,
    bad,
    good,
    mappings_of,
    state_of,
)

STEP = timedelta(hours=7, minutes=11)
KR = "product/faster/"


def per_period(name: str) -> KeyResult:
    used = replace(an_input(name), per_period=True)
    return a_key_result(used, subject=f"{KR}rate-asked", kind=Rate(need=3, every="week"))


def of_every_kind(*, target: float, measure: str) -> Mappings:
    """One key result of each kind and rule, over three queries and one of their own."""
    a, b = an_input("a"), an_input("b", min_value=1, connection="usage")
    asked, guard = an_input("asked"), Guard(low=0, max_jump=40)
    steps = Milestones(
        steps=(
            Milestone(key="said", title="Said", done_on=date(2026, 10, 2)),
            Milestone(key="seen", title="Seen", measure=a, weight=2, due=date(2026, 10, 20)),
            Milestone(key="latched", title="Latched", when=parse("a > 50")),
        )
    )

    def named(name: str, **more: object) -> KeyResult:
        more = {"value": "a", "measure_digest": measure, **more}
        return a_key_result(a, subject=f"{KR}{name}", **more)  # type: ignore[arg-type]  # fields of KeyResult

    plain = [
        named("reach", kind=Reach(start=0, target=target), phases=(Phase(day=date(2026, 11, 1), value=9),)),
        named("captured", kind=Reach(start=None, target=target)),
        named("asked", kind=Reach(start=None, target=None, start_from=asked, target_from=b)),
        named("change", kind=Change(amount=0.4, is_relative=True)),
        named("latest", kind=Keep(low=target / 2, tolerance=10)),
        named("mean", kind=Keep(high=target, by="mean")),
        named("worst", kind=Keep(low=3, high=target, tolerance=20, by="worst")),
        named("observe", kind=Observe()),
        named("smooth", smooth=Smooth(days=3, min_points=2)),
        named("guarded", guard=guard),
        named("collected", kind=Rate(need=3, every="week")),
        named("total", kind=Rate(need=3, every="week", of="running_total", carry_over=True)),
        named("milestones", kind=steps, value=None),
        a_key_result(a, b, subject=f"{KR}formula", value="a / (a + b)", unit="ratio"),
        a_key_result(subject=f"{KR}by-hand"),
        per_period("weekly"),
    ]
    parts = tuple((key_result.subject, 1.0) for key_result in plain[:6])
    mixed = [
        a_key_result(subject=f"{KR}mix", kind=Composite(parts=parts)),
        a_key_result(subject=f"{KR}worst-of", kind=Composite(parts=parts, take="worst")),
    ]
    top = an_objective(
        subject=a_subject("company/care"), supporters=(plain[0].objective,), rollup="supporters"
    )
    mappings = mappings_of(*plain, *mixed)
    return replace(
        mappings, objectives={**mappings.objectives, top.subject: top}, digest=f"{target}{measure}"
    )


def a_subject(id_: str) -> Subject:
    return Subject(CYCLE.name, id_)


QUERIES = (a_query_key("a"), a_query_key("b", connection="usage"), a_query_key("asked"))


class Step(NamedTuple):
    """What happens at one moment; `answers`: a value, None for a failure, per query."""

    answers: tuple[float | None, ...]
    approximate: bool = False
    target: float = 100
    measure: str = "measure-1"
    spoken: float | None = None
    confirms: bool = False
    rebases: bool = False
    waits: int = 1


VALUE = st.one_of(st.none(), st.integers(-5, 120).map(float), st.floats(-3, 130))
STEPS = st.lists(
    st.builds(
        Step,
        answers=st.tuples(VALUE, VALUE, VALUE),
        approximate=st.booleans(),
        target=st.sampled_from([100.0, 80.0]),
        measure=st.sampled_from(["measure-1", "measure-1", "measure-2"]),
        spoken=st.one_of(st.none(), st.floats(0, 100)),
        confirms=st.booleans(),
        rebases=st.booleans(),
        waits=st.integers(1, 40),
    ),
    min_size=1,
    max_size=8,
)


def history(steps: list[Step], *, calendar: Calendar = CALENDAR) -> list[tuple[Snapshot, Mappings]]:
    """Every snapshot that these steps take, each as a store gives it back, with the mappings of then."""
    readings: dict[QueryKey, Reading] = {}
    states: States = {}
    found: list[tuple[Snapshot, Mappings]] = []
    now = CYCLE.starts_at - STEP
    for step in steps:
        now += step.waits * STEP
        mappings = of_every_kind(target=step.target, measure=step.measure)
        periodic = mappings.key_results[a_subject(f"{KR}rate-asked")]
        asked = {**dict.fromkeys(keys_to_ask(periodic, readings, now=now), step.answers[0])}
        for key, value in {**dict(zip(QUERIES, step.answers, strict=True)), **asked}.items():
            last = readings.get(key)
            readings[key] = (
                good(
                    value,
                    at=now,
                    approximate=step.approximate,
                    evidence_url="https://e.example",
                    sample_size=7,
                )
                if value is not None
                else bad(last, at=now, in_a_row=last.bad.in_a_row + 1 if last and last.bad else 1)
            )
        before = {subject: after_word(state, step, mappings, now=now) for subject, state in states.items()}
        after = evaluate(mappings, readings, before, now=now, calendar=calendar)
        after, _ = events_between(before, after, now=now)
        taken = snapshots(
            news(states, after.values()),
            before=before,
            after=after,
            mappings=mappings,
            readings=readings,
            occasion=Occasion(at=now, cause="sync", version=mappings.digest, calendar=calendar),
        )
        found += [(stored(snapshot), mappings) for snapshot in taken]
        states = {subject: through_store(state) for subject, state in after.items()}
    return found


def after_word(state: State, step: Step, mappings: Mappings, *, now: datetime) -> State:
    """The state as people leave it: confirmed, rebased, overridden."""
    if not isinstance(state, KeyResultState):
        return state
    key_result = mappings.key_results[state.subject]
    if step.confirms and "held" in (state.details or {}):
        word = Word(
            subject=state.subject, author="anna", at=now, confirms=(state.details or {})["held"]["value"]
        )
        state = spoken(word, state, key_result=key_result)
    if step.rebases:
        state = rebase(state, at=now)
    if step.spoken is not None and (is_by_hand(key_result) or can_be_overridden(key_result)):
        word = Word(
            subject=state.subject,
            author="anna",
            at=now,
            value=step.spoken,
            confidence=0.5,
            until=now + timedelta(days=3),
        )
        state = spoken(word, state, key_result=key_result)
    return state


def stored(snapshot: Snapshot) -> Snapshot:
    return to_snapshot(to_texts(snapshot), snapshot.occasion)


def through_store(state: State) -> State:
    if not isinstance(state, KeyResultState):
        return state
    return replace(state, details=json.loads(json.dumps(state.details, allow_nan=False)))


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_replaying_any_past_moment_gives_what_was_said_then(steps: list[Step]) -> None:
    for snapshot, mappings in history(steps):
        replayed = replay(snapshot, mappings)

        assert differences(snapshot.said, replayed) == [], (snapshot.said, replayed)


def one_snapshot(mappings: Mappings, readings: Mapping[QueryKey, Reading], before: States) -> Snapshot:
    now = CYCLE.starts_at + timedelta(days=40)
    after = evaluate(mappings, readings, before, now=now, calendar=CALENDAR)
    (first, *_) = snapshots(
        after.values(),
        before=before,
        after=after,
        mappings=mappings,
        readings=readings,
        occasion=Occasion(at=now, cause="sync", version=mappings.digest, calendar=CALENDAR),
    )
    return first


def test_a_number_that_is_only_read_once_more_is_no_news() -> None:
    key_result = a_key_result(an_input())
    now = CYCLE.starts_at + timedelta(days=40)
    state = state_of(key_result, value=good(30, at=now), now=now)

    again = state_of(
        key_result,
        before=state,
        value=good(30, at=now + timedelta(minutes=15)),
        now=now + timedelta(minutes=15),
    )

    assert again != state
    assert news({state.subject: state}, [again]) == []


def test_a_mapping_that_says_something_else_is_told_by_what_differs() -> None:
    key_result = a_key_result(an_input())
    snapshot = one_snapshot(mappings_of(key_result), {a_query_key("value"): good(30)}, {})

    replayed = replay(snapshot, mappings_of(replace(key_result, kind=Reach(start=0, target=60))))

    assert differences(snapshot.said, replayed) == ["progress", "progress_unclamped", "pace", "target"]


def test_what_syncd_yaml_says_today_of_cycle_and_freshness_changes_no_past() -> None:
    key_result = a_key_result(an_input())
    snapshot = stored(one_snapshot(mappings_of(key_result), {a_query_key("value"): good(30)}, {}))
    today = replace(
        key_result,
        cycle=replace(CYCLE, first_day=date(2026, 7, 1)),
        freshness=FreshnessRule(warn_after=timedelta(days=900), error_after=timedelta(days=901)),
    )

    assert differences(snapshot.said, replay(snapshot, mappings_of(today))) == []


def test_a_version_that_asks_other_queries_today_is_not_guessed_with() -> None:
    snapshot = one_snapshot(mappings_of(a_key_result(an_input())), {a_query_key("value"): good(30)}, {})

    with pytest.raises(EvaluationError, match="others than those") as raised:
        replay(snapshot, mappings_of(a_key_result(an_input("other"))))
    assert raised.value.code == "not_replayable"


def test_a_version_without_the_subject_cannot_be_replayed() -> None:
    snapshot = one_snapshot(mappings_of(a_key_result(an_input())), {}, {})

    with pytest.raises(EvaluationError, match="does not define"):
        replay(snapshot, Mappings())


def test_no_snapshot_names_an_owner() -> None:
    snapshot = one_snapshot(mappings_of(a_key_result(an_input(), owner="anna")), {}, {})

    assert "anna" not in "".join(text or "" for text in to_texts(snapshot))


def test_a_calendar_comes_back_as_it_was() -> None:
    calendar = replace(CALENDAR, holidays=frozenset({date(2026, 12, 25)}), count="workdays", behind=0.3)

    assert to_calendar(from_calendar(calendar)) == calendar


def test_a_kept_state_comes_back_without_a_memory() -> None:
    snapshot = replace(
        one_snapshot(
            mappings_of(a_key_result(an_input())), {a_query_key("value"): bad(error=UNAVAILABLE)}, {}
        ),
        before=None,
        readings={},
        cycle=None,
        freshness=None,
        is_kept=True,
    )

    assert stored(snapshot) == replace(snapshot, said=replace(snapshot.said, owner=None, digest=""))
