"""Past moments: the last minute of days, and what a window was then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from syncd.okr.definition import AskedQuery, KeyResult, Mappings, Smooth, WindowSpec
from syncd.okr.kinds import Keep, Milestones, Observe, Rate, Reach
from syncd.okr.past import (
    BEGINNING,
    as_defined,
    inputs_at,
    lacks_start,
    past_moments,
    untold_input,
    untold_kind,
)
from syncd.sdk.ask import Ask, Window
from syncd.sdk.measurement import Instants
from tests.builders import CYCLE, a_key_result, a_query_key, an_input, mappings_of, utc
from tests.states import a_state, an_evidence

NOON = utc("2026-10-20T12:00")


class Dated(Ask):
    window = Window(by=("created",))
    dated: str

    def past_unknown(self, *, by: str | None) -> str | None:
        return None if by == "created" else "it moves"


class Published(Ask):
    window = Window()
    published: str

    def past_unknown(self, *, by: str | None) -> str | None:
        return None


class Now(Ask):
    now: str


def days(*of_october: int) -> list[datetime]:
    """21:59 in UTC while Berlin has summer time, and 22:59 from the 25th on."""
    return [utc(f"2026-10-{day:02}T{21 if day < 25 else 22}:59") for day in of_october]


def test_days_end_a_minute_before_midnight_also_when_the_clocks_change() -> None:
    found = past_moments(CYCLE, every="day", since=date(2026, 10, 23), until=utc("2026-10-27T09:00"))

    assert found == days(23, 24, 25, 26)


def test_weeks_end_on_sundays() -> None:
    assert past_moments(CYCLE, every="week", since=None, until=utc("2026-10-27T09:00")) == days(4, 11, 18, 25)


def test_there_are_none_before_the_cycle_nor_after_it() -> None:
    found = past_moments(CYCLE, every="day", since=date(2026, 1, 1), until=utc("2027-06-01T00:00"))

    assert (len(found), found[0], found[-1]) == (92, days(1)[0], utc("2026-12-31T22:59"))


def test_the_first_real_value_itself_is_not_past() -> None:
    assert past_moments(CYCLE, every="day", since=None, until=days(3)[0]) == days(1, 2)


@pytest.mark.parametrize(
    ("written", "window"),
    [
        (WindowSpec(), Instants(start=CYCLE.starts_at, end=NOON)),
        (WindowSpec(days=7), Instants(start=utc("2026-10-13T12:00"), end=NOON)),
        (
            WindowSpec(first_day=date(2026, 10, 2), last_day=date(2026, 10, 3)),
            Instants(start=utc("2026-10-01T22:00"), end=utc("2026-10-03T22:00")),
        ),
        (None, Instants(start=BEGINNING, end=NOON)),
    ],
    ids=["the cycle", "days back", "two days", "none"],
)
def test_nothing_in_a_past_window_was_later(written: WindowSpec | None, window: Instants) -> None:
    (found,) = asked_then(written)

    assert found.window is not None
    assert found.window.instants == window
    assert found.key.whole == a_query_key("value")


def test_a_window_that_had_not_begun_has_no_past() -> None:
    november = WindowSpec(first_day=date(2026, 11, 1), last_day=date(2026, 11, 30))

    assert asked_then(november) is None


def test_equal_stretches_have_equal_keys_and_others_have_not() -> None:
    fixed = WindowSpec(first_day=date(2026, 10, 2), last_day=date(2026, 10, 3))

    def key(written: WindowSpec, at: datetime) -> object:
        found = asked_then(written, at=at)
        assert found is not None
        return found[0].key

    assert key(fixed, days(9)[0]) == key(fixed, days(10)[0])
    assert key(WindowSpec(), days(9)[0]) != key(WindowSpec(), days(10)[0])


def test_a_rate_asks_for_each_period_that_had_begun() -> None:
    weekly = replace(
        a_key_result(replace(an_input("value"), per_period=True), kind=Rate(need=2, every="week"))
    )

    found = inputs_at(weekly, mappings_with(weekly, WindowSpec(is_period=True)).queries, at=NOON)

    assert found is not None
    assert [(one.key.period, one.asked.window.instants.end) for one in found if one.asked.window] == [
        ("2026-10-01/2026-10-04", utc("2026-10-04T22:00")),
        ("2026-10-05/2026-10-11", utc("2026-10-11T22:00")),
        ("2026-10-12/2026-10-18", utc("2026-10-18T22:00")),
        ("2026-10-19/2026-10-25", NOON),
    ]


MEASURED = an_input("value")
KINDS: list[tuple[str, KeyResult, str | None]] = [
    ("a way", a_key_result(MEASURED), None),
    ("observed", a_key_result(MEASURED, kind=Observe()), None),
    ("a band by its latest value", a_key_result(MEASURED, kind=Keep(high=3)), None),
    ("a band by its mean", a_key_result(MEASURED, kind=Keep(high=3, by="mean")), "day_values"),
    ("a smoothed value", a_key_result(MEASURED, smooth=Smooth(days=7)), "day_values"),
    ("a rate that collects", a_key_result(MEASURED, kind=Rate(need=1, every="week")), "collected"),
    ("milestones", a_key_result(kind=Milestones(steps=())), "kind"),
    ("by hand", a_key_result(), "by_hand"),
]


@pytest.mark.parametrize(("key_result", "code"), [it[1:] for it in KINDS], ids=[it[0] for it in KINDS])
def test_what_is_made_of_more_than_a_moment_has_no_past(key_result: KeyResult, code: str | None) -> None:
    untold = untold_kind(key_result)

    assert (untold and untold.code) == code


@pytest.mark.parametrize(
    ("ask", "window", "by", "code"),
    [
        (Dated(dated="x"), WindowSpec(), "created", None),
        (Dated(dated="x"), WindowSpec(), "updated", "moving"),
        (Dated(dated="x"), None, None, "no_window"),
        (Published(published="x"), None, None, None),
        (Now(now="x"), None, None, "no_window"),
    ],
)
def test_the_connectors_model_says_what_it_can_tell(
    ask: Ask,
    window: WindowSpec | None,
    by: str | None,
    code: str | None,
) -> None:
    asked = AskedQuery(
        key=a_query_key("x"), kind="k", ask=ask, text="k: x", unit="count", window=window, by=by
    )

    untold = untold_input(asked)

    assert (untold and untold.code) == code


def test_a_state_without_its_number_keeps_its_ends() -> None:
    start: dict[str, Any] = {"value": 4.0, "at": "2026-10-02T08:00:00Z", "from": "measured", "digest": "m"}
    state = a_state(
        current=9.0,
        progress=0.5,
        origin="person",
        evidence=(an_evidence(),),
        details={"start": {**start, "again_after": "2026-10-09T08:00:00Z"}, "override": {}, "latest": 3},
    )

    bare = as_defined(state)

    assert (bare.current, bare.progress, bare.origin, bare.evidence) == (None, None, "sync", ())
    assert bare.details == {"start": start}


def test_a_start_that_was_not_captured_is_lacking() -> None:
    captured = a_key_result(MEASURED, kind=Reach(start=None, target=10))

    assert lacks_start(captured, a_state())
    assert not lacks_start(captured, a_state(details={"start": {"value": 1}}))
    assert not lacks_start(a_key_result(MEASURED), a_state())


def mappings_with(key_result: KeyResult, written: WindowSpec | None) -> Mappings:
    mappings = mappings_of(key_result)
    queries = {key: replace(asked, window=written) for key, asked in mappings.queries.items()}
    return replace(mappings, queries=queries)


def asked_then(written: WindowSpec | None, *, at: datetime = NOON) -> list[AskedQuery] | None:
    key_result = a_key_result(MEASURED)
    found = inputs_at(key_result, mappings_with(key_result, written).queries, at=at)
    return None if found is None else [one.asked for one in found]
