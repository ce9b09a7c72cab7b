"""How few requests the GitHub connector needs, and what it does when one asks too much."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.github import plugin
from syncd.errors import (
    SourceUnavailable,
)
from syncd.sdk.emulator import Fault
from syncd.sdk.measurement import Failure, Measurement, Query
from tests.github_sites import APP, OCTOBER, Stage, failed, json_fault, staged


def test_counters_of_all_kinds_share_their_requests(stage: Stage) -> None:
    asks = [
        ask
        for number in range(40)
        for ask in (
            {"count": f"repo:acme/app label:l{number}"},
            {"issues": {"repo": APP, "labels": [f"l{number}"]}},
            {"pull_requests": {"repo": APP, "labels": [f"l{number}"]}},
            {"milestone": {"repo": APP, "title": "v1", "of": "open"}},
            {"stars": APP},
        )
    ]

    answers = stage.answers(*asks)

    assert all(isinstance(answer, Measurement) for answer in answers)
    # 122 of the 200 differ
    assert stage.asked == ["POST /graphql"] * 3


def test_one_milestone_is_asked_once_for_open_closed_and_share(stage: Stage) -> None:
    stage.answers(
        *({"milestone": {"repo": APP, "title": "v1", "of": of}} for of in ("open", "closed", "share"))
    )

    (exchange,) = stage.emulator.exchanges
    assert exchange.body.count("milestones(") == 1


def test_a_list_of_releases_is_read_once_for_all_windows(stage: Stage) -> None:
    ask = plugin.kinds["releases"].model_validate({"releases": {"repo": APP}})
    queries = [Query(key="all", ask=ask), Query(key="october", ask=ask, window=OCTOBER)]

    answers = stage.connector.measure(queries)

    assert sorted(answer.value for answer in answers if isinstance(answer, Measurement)) == [3, 154]
    assert stage.asked == ["GET /repos/acme/app/releases"] * 2


def test_what_did_not_change_is_not_sent_again(stage: Stage) -> None:
    first = stage.value({"releases": {"repo": APP}})
    stage.emulator.exchanges.clear()

    second = stage.value({"releases": {"repo": APP}})

    assert first == second
    assert [exchange.status for exchange in stage.emulator.exchanges] == [304, 304]


def test_what_people_wrote_is_never_a_part_of_the_document(stage: Stage) -> None:
    stage.answers(
        {"count": 'repo:acme/app in:title } evil: viewer { login "'},
        {"issues": {"repo": APP, "labels": ["} evil {"], "milestone": "v1"}},
    )

    for exchange in stage.emulator.exchanges:
        assert "evil" not in exchange.body.partition('"variables"')[0]


def test_a_batch_that_is_too_much_is_halved_until_it_goes_through() -> None:
    asks = [{"issues": {"repo": APP, "labels": [f"l{number}"]}} for number in range(50)]

    with staged(most_selections=20) as stage:
        answers = stage.answers(*asks)

    assert all(isinstance(answer, Measurement) and answer.value == 1 for answer in answers)
    assert len(stage.asked) < 10


def test_a_query_that_is_too_much_by_itself_fails_alone(stage: Stage) -> None:
    class Poisoned(Fault):
        def takes(self, request: Any) -> bool:
            return b"poison" in request._body

    poison = {"count": "is:issue poison"}
    stage.emulator.faults = [Poisoned(path="/graphql", status=502)]

    answers = stage.answers(*({"issues": {"repo": APP, "labels": [f"l{n}"]}} for n in range(9)), poison)

    assert all(isinstance(answer, Measurement) for answer in answers[:-1])
    assert isinstance(answers[-1], Failure)
    assert isinstance(answers[-1].error, SourceUnavailable)


@pytest.mark.parametrize(
    "error",
    [
        {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."},
        {"message": "Something went wrong while executing your query. This may be the result of a timeout."},
    ],
    ids=["resource_limits", "timeout"],
)
def test_what_github_gave_up_on_is_asked_again_in_smaller_parts(stage: Stage, error: dict[str, Any]) -> None:
    body = {"data": {"q0": {"stargazerCount": 1}}, "errors": [error]}
    stage.emulator.faults = [json_fault("/graphql", body, times=1)]

    answers = stage.answers(
        {"stars": APP}, {"stars": "acme/web"}, {"issues": {"repo": APP, "labels": ["bug"]}}
    )

    # Nobody says which part of the first answer is whole, so that none of it is believed.
    assert [answer.value for answer in answers if isinstance(answer, Measurement)] == [128, 3, 2]
    assert len(stage.asked) == 3


@pytest.mark.parametrize(
    "error",
    [
        {"message": "something"},
        {"message": "something", "extensions": {"code": "somethingNew"}},
        {"type": "SOMETHING_NEW", "message": "something"},
        {"message": "something", "path": ["elsewhere"]},
    ],
    ids=str,
)
def test_an_error_that_names_no_query_is_no_silent_success(stage: Stage, error: dict[str, Any]) -> None:
    stage.emulator.faults = [json_fault("/graphql", {"data": {"q0": {"issueCount": 7}}, "errors": [error]})]

    assert "something" in str(failed(stage, {"count": "repo:acme/app is:issue"}))


def test_an_error_about_our_own_budget_spoils_no_number(stage: Stage) -> None:
    error = {"message": "something", "path": ["rateLimit"]}
    body = {"data": {"rateLimit": None, "q0": {"stargazerCount": 7}}, "errors": [error]}
    stage.emulator.faults = [json_fault("/graphql", body)]

    assert stage.value({"stars": APP}) == 7


class Breaks(Fault):
    """Searches for `broken` fail as in GitHub: `search` may not be null, so all of `data` is."""

    def takes(self, request: Any) -> bool:
        body = json.loads(request._body)
        broken = [name for name, value in body["variables"].items() if "broken" in str(value)]
        names = {"path": [broken[0].partition("_")[0]]} if broken and self.names else {}
        error = {"message": "Something went wrong while executing your query.", **names}
        self.body = json.dumps({"data": None, "errors": [error]})
        return bool(broken)

    names = True


class BreaksWithoutAWord(Breaks):
    """As `Breaks`, and GitHub does not say where."""

    names = False


def test_a_search_that_fails_leaves_the_others_of_its_request_answered(stage: Stage) -> None:
    stage.emulator.faults = [Breaks(path="/graphql", status=200, times=None)]
    good = [{"count": f"repo:acme/app label:l{number}"} for number in range(47)]

    answers = stage.answers({"count": "is:issue broken"}, *good, {"count": "is:pr broken"})

    assert [isinstance(answer, Failure) for answer in answers] == [True, *[False] * 47, True]
    assert [answer.value for answer in answers if isinstance(answer, Measurement)] == [1] * 47
    error = answers[0].error  # type: ignore[union-attr]  # a Failure, as was just seen
    assert isinstance(error, SourceUnavailable)
    assert "Something went wrong" in str(error)
    # each answer without data takes away the query that it names
    assert stage.asked == ["POST /graphql"] * 3


def test_a_search_that_fails_without_a_name_is_found_by_halving(stage: Stage) -> None:
    stage.emulator.faults = [BreaksWithoutAWord(path="/graphql", status=200, times=None)]
    good = [{"count": f"repo:acme/app label:l{number}"} for number in range(40)]

    answers = stage.answers(*good[:17], {"count": "is:issue broken"}, *good[17:])

    assert [number for number, answer in enumerate(answers) if isinstance(answer, Failure)] == [17]
    assert len(stage.asked) <= 17


def test_a_search_that_goes_wrong_beside_its_repositorys_name_fails_with_its_own_reason(
    stage: Stage,
) -> None:
    stage.emulator.faults = [Breaks(path="/graphql", status=200, times=None)]

    error = failed(stage, {"count": "repo:acme/app broken"})

    assert "Something went wrong" in str(error)


def test_an_outage_is_not_asked_about_query_by_query(stage: Stage) -> None:
    stage.emulator.faults = [Fault(path="/graphql", status=503, times=None)]

    answers = stage.answers(*({"issues": {"repo": APP, "labels": [f"l{n}"]}} for n in range(50)))

    errors = [answer.error for answer in answers if isinstance(answer, Failure)]
    assert len(errors) == 50
    assert all(isinstance(error, SourceUnavailable) for error in errors)
    assert len(stage.asked) == 7


def test_a_broken_list_fails_alone_and_an_outage_ends_the_batch(stage: Stage) -> None:
    runs = [{"workflow_runs": {"repo": APP, "branch": f"b{n}"}} for n in range(5)]
    stage.emulator.faults = [Fault(path="/repos/", status=500, times=1)]
    once = stage.answers(*runs)
    stage.emulator.exchanges.clear()

    stage.emulator.faults = [Fault(path="/repos/", status=500, times=None)]
    always = stage.answers(*runs)

    assert [isinstance(answer, Failure) for answer in once] == [True, False, False, False, False]
    assert all(isinstance(answer, Failure) for answer in always)
    assert len(stage.asked) == 2
