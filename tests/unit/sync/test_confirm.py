from __future__ import annotations

from datetime import timedelta

from connectors.google_sheets.queries import Cell
from connectors.jira.queries import Count
from syncd.errors import SourceUnavailable
from syncd.okr.definition import AskedQuery, QueryKey
from syncd.okr.reading import Reading
from syncd.sdk.measurement import Measurement
from syncd.sync.confirm import BUDGET, confirmations, confirmed, exactly
from syncd.sync.measure import Answered, Answers
from tests.builders import CALENDAR, HALFWAY, a_query_key, good

KEY = a_query_key("open")
LATER = HALFWAY + timedelta(minutes=1)


def a_count(name: str = "open") -> AskedQuery:
    key = a_query_key(name)
    return AskedQuery(key=key, kind="count", ask=Count(count="project = PHX"), text="count", unit="count")


def exact(answer: Answered) -> Answers:
    return Answers(connection="tracker", wanted=1, answers={KEY: answer}, asked_at=LATER, seconds=0.1)


def test_a_count_is_asked_again_exactly_under_its_own_key() -> None:
    asked = exactly(a_count())

    assert asked
    assert (asked.key, asked.ask) == (KEY, Count(count="project = PHX", exact=True))


def test_a_kind_without_exact_cannot_be_confirmed() -> None:
    asked = AskedQuery(key=KEY, kind="cell", ask=Cell(cell="A!B1"), text="cell", unit="number")

    assert exactly(asked) is None


def test_confirmations_have_a_budget_and_the_longest_unconfirmed_go_first() -> None:
    names = [f"q{number}" for number in range(BUDGET + 3)]
    queries = {a_query_key(name): a_count(name) for name in names}
    readings: dict[QueryKey, Reading] = {
        a_query_key(name): good(1, approximate=True, exact_at=HALFWAY - timedelta(hours=age))
        for age, name in enumerate(names, 1)
    }

    (batch,) = confirmations(queries, queries, readings, now=HALFWAY, calendar=CALENDAR)

    assert [asked.key.digest for asked in batch.asked] == names[: -(BUDGET + 1) : -1]


def test_an_exact_answer_takes_the_place_of_the_estimate() -> None:
    before = {KEY: good(100, approximate=True, evidence_url="https://jira.example/1")}

    after = confirmed(before, [exact(Measurement(key="open", value=98, unit="count"))], now=LATER)

    found = after[KEY].good
    assert found
    assert (found.value, found.approximate, found.exact_at) == (98, False, LATER)
    assert (found.read_at, found.evidence_url) == (HALFWAY, "https://jira.example/1")


def test_a_confirmation_that_fails_leaves_the_estimate_marked_and_waits() -> None:
    before = {KEY: good(100, approximate=True)}

    after = confirmed(before, [exact(SourceUnavailable("down"))], now=LATER)

    found = after[KEY].good
    assert found
    assert (found.value, found.approximate, found.exact_at) == (100, True, LATER)
    assert after[KEY].bad is None
