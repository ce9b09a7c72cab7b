"""What a connector may do wrong, and what becomes of it: never of another connection, never a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import pytest

from syncd.errors import MalformedResponse, QueryRejected, SourceError, SyncdError, Unauthorized
from syncd.sdk.measurement import Answer, Failure, Measurement, Query
from syncd.sync.measure import Answers, Progress, measure, measure_batch
from syncd.sync.plan import Batch, plan
from syncd.sync.report import outcome
from tests.builders import CALENDAR, HALFWAY, a_key_result, a_query_key, an_input, mappings_of

OPEN, CLOSED = a_query_key("open"), a_query_key("closed")
(BATCH,) = plan(
    mappings_of(a_key_result(an_input("open"), an_input("closed"))), now=HALFWAY, calendar=CALENDAR
)


@dataclass(frozen=True, slots=True)
class Traffic:
    requests: int = 2
    bytes: int = 100
    not_modified: int = 0
    waits: int = 1
    wait_s: float = 0.5


class Wired:
    @contextmanager
    def batch(self) -> Iterator[Traffic]:
        yield Traffic()


@dataclass(frozen=True, slots=True)
class Saying:
    """A connector that answers as it is told. Any: it looks at no query."""

    answer: Callable[[Sequence[Query[Any]]], Sequence[Answer]]

    def measure(self, queries: Sequence[Query[Any]]) -> Sequence[Answer]:
        return self.answer(queries)

    def check(self) -> str:
        return "nobody"

    def browse(self, about: str | None) -> Sequence[Any]:
        return ()


def asked(answer: Callable[[Sequence[Query[Any]]], Sequence[Answer]], *, batch: Batch = BATCH) -> Answers:
    return measure_batch(batch, lambda _: (Saying(answer), Wired()))


def one(key: str, value: float = 1) -> Measurement:
    return Measurement(key=key, value=value, unit="count")


def codes(answers: Answers) -> dict[str, str | float]:
    return {
        key.digest: answer.code if isinstance(answer, SyncdError) else answer.value
        for key, answer in answers.answers.items()
    }


def test_answers_come_in_any_order() -> None:
    answers = asked(lambda _: [one("closed", 2), one("open", 1)])

    assert codes(answers) == {"open": 1, "closed": 2}
    assert (answers.requests, answers.waits, answers.failures, answers.error) == (2, 1, {}, None)


def test_a_failure_stands_for_its_query_alone() -> None:
    answers = asked(lambda _: [Failure(key="open", error=Unauthorized("no")), one("closed", 2)])

    assert codes(answers) == {"open": "unauthorized", "closed": 2}
    assert (answers.failures, answers.error) == ({"unauthorized": 1}, None)


def test_an_error_of_the_whole_batch_stands_for_every_query() -> None:
    def refuse(_: Sequence[Query[Any]]) -> Sequence[Answer]:
        raise Unauthorized("no")

    answers = asked(refuse)

    assert codes(answers) == {"open": "unauthorized", "closed": "unauthorized"}
    assert isinstance(answers.error, Unauthorized)
    assert answers.requests == 2, "what it cost is counted all the same"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([one("open")], {"open": 1, "closed": "contract_broken"}),
        ([one("open"), one("closed"), one("open")], {"open": "contract_broken", "closed": 1}),
        ([one("open"), one("closed"), one("other")], dict.fromkeys(("open", "closed"), "contract_broken")),
        ([], dict.fromkeys(("open", "closed"), "contract_broken")),
    ],
    ids=["one left out", "one answered twice", "one that nobody asked", "none"],
)
def test_a_broken_contract_is_never_a_number(given: list[Answer], expected: dict[str, str | float]) -> None:
    assert codes(asked(lambda _: given)) == expected


def test_a_connector_that_crashes_fails_its_own_queries_with_the_authors_name_on_it() -> None:
    def crash(_: Sequence[Query[Any]]) -> Sequence[Answer]:
        raise KeyError("a secret-like thing")

    answers = asked(crash)

    assert codes(answers) == dict.fromkeys(("open", "closed"), "contract_broken")
    assert answers.error
    assert answers.error.actor == "author"
    assert "KeyError" in str(answers.error)
    assert "secret" not in str(answers.error)


async def test_one_connection_that_cannot_be_opened_leaves_the_others_answered() -> None:
    both = plan(
        mappings_of(a_key_result(an_input("open"), an_input("users", connection="usage"))),
        now=HALFWAY,
        calendar=CALENDAR,
    )
    told: list[str] = []

    def opened(name: str) -> Any:  # Any: a fake connector and wire
        if name == "tracker":
            raise Unauthorized("there is no token")
        return Saying(lambda queries: [one(query.key) for query in queries]), Wired()

    found = await measure(both, opened, watch=Progress(done=lambda answers: told.append(answers.connection)))

    assert [codes(answers) for answers in found] == [{"open": "unauthorized"}, {"users": 1}]
    assert sorted(told) == ["tracker", "usage"]
    assert outcome(found, []) == "partial"


def test_a_sync_is_failed_only_when_nothing_was_answered() -> None:
    good = asked(lambda queries: [one(query.key) for query in queries])
    half = asked(lambda _: [one("open"), Failure(key="closed", error=Unauthorized("no"))])
    none = asked(lambda queries: [Failure(key=query.key, error=Unauthorized("no")) for query in queries])

    assert outcome([good], []) == "ok"
    assert outcome([good, half], []) == "partial"
    assert outcome([good, none], []) == "partial"
    assert outcome([none, none], []) == "failed"
    assert outcome([], []) == "ok"


@pytest.mark.parametrize(
    "error",
    [
        MalformedResponse("the cell holds #REF!", code="cell_error"),
        QueryRejected("nothing came to its end", code="empty"),
    ],
)
def test_no_number_is_no_broken_connection_also_where_nothing_else_was_asked(error: SourceError) -> None:
    bad = asked(lambda queries: [Failure(key=query.key, error=error) for query in queries])

    assert (bad.error, bad.failures) == (None, {error.code: 2})
    assert outcome([bad], []) == "partial"


@pytest.mark.parametrize("error", [MalformedResponse("a page of HTML"), QueryRejected("it is gone")])
def test_what_no_query_got_an_answer_from_is_broken(error: SourceError) -> None:
    broken = asked(lambda queries: [Failure(key=query.key, error=error) for query in queries])

    assert (broken.error, outcome([broken], [])) == (error, "failed")


def test_an_answer_that_ends_the_whole_batch_breaks_the_connection_whatever_it_is() -> None:
    def garbage(queries: Sequence[Query[Any]]) -> NoReturn:  # Any: it looks at no query
        raise MalformedResponse("a page of HTML")

    assert outcome([asked(garbage)], []) == "failed"
