"""The table of every upstream status: which class it is, and whether to ask again."""

import math

import pytest
import requests

from syncd.egress.outcome import Judge, Outcome
from syncd.errors import MalformedResponse, RateLimited, SourceUnavailable, Unauthorized
from tests.wires import NOW

HANDED_ON = None

TABLE: dict[int, tuple[type[Exception] | None, bool]] = {
    **dict.fromkeys(range(100, 200), (MalformedResponse, False)),
    **dict.fromkeys(range(200, 600), (HANDED_ON, False)),
    202: (SourceUnavailable, True),
    401: (Unauthorized, False),
    408: (SourceUnavailable, True),
    425: (SourceUnavailable, True),
    429: (RateLimited, True),
    **dict.fromkeys(range(500, 600), (SourceUnavailable, False)),
    500: (SourceUnavailable, True),
    502: (SourceUnavailable, True),
    503: (SourceUnavailable, True),
    504: (SourceUnavailable, True),
}


def response(status: int, body: bytes = b"{}", **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def judged(made: requests.Response, *, method: str = "GET", rate_limit=None) -> Outcome:
    judge = Judge(connection="tracker", max_depth=10, rate_limit=rate_limit, wall=lambda: NOW)
    return judge.outcome(made, method=method, where="GET https://x/y")


@pytest.mark.parametrize("status", TABLE)
def test_every_status_has_its_class(status: int) -> None:
    expected, may_retry = TABLE[status]

    outcome = judged(response(status))

    assert (type(outcome.error) if outcome.error else HANDED_ON) is expected
    assert outcome.may_retry is may_retry
    assert (outcome.response is None) == (expected is not None)


def test_a_limit_names_the_seconds_it_lasts() -> None:
    outcome = judged(response(429, Retry_After="7"))

    assert isinstance(outcome.error, RateLimited)
    assert outcome.error.retry_after_s == outcome.asked_s == 7


def test_a_limit_without_a_figure_names_none() -> None:
    outcome = judged(response(429))

    assert isinstance(outcome.error, RateLimited)
    assert outcome.error.retry_after_s is None


@pytest.mark.parametrize("status", [200, 403])
def test_a_vendors_own_sign_of_a_limit_counts(status: int) -> None:
    outcome = judged(response(status), rate_limit=lambda _: 60.0)

    assert isinstance(outcome.error, RateLimited)
    assert outcome.error.retry_after_s == 60


def test_a_vendors_sign_without_a_figure_is_a_limit_too() -> None:
    outcome = judged(response(403), rate_limit=lambda _: math.nan)

    assert isinstance(outcome.error, RateLimited)
    assert outcome.error.retry_after_s is None


def test_a_vendor_is_not_asked_about_a_limit_that_the_headers_tell() -> None:
    outcome = judged(response(429, Retry_After="7"), rate_limit=lambda _: 60.0)

    assert outcome.asked_s == 7


def test_a_vendor_may_know_the_figure_of_a_429_that_has_none() -> None:
    assert judged(response(429), rate_limit=lambda _: 60.0).asked_s == 60


def test_a_success_that_is_a_page_is_malformed() -> None:
    outcome = judged(response(200, b"<html>Log in</html>"))

    assert isinstance(outcome.error, MalformedResponse)
    assert not outcome.may_retry


@pytest.mark.parametrize("status", [200, 203, 204, 205, 206])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_empty_success_is_no_answer(status: int, method: str) -> None:
    assert isinstance(judged(response(status, b""), method=method).error, MalformedResponse)


def test_an_answer_that_has_no_body_by_nature_is_handed_on() -> None:
    assert judged(response(304, b"")).response
    assert judged(response(200, b""), method="HEAD").response


def test_an_error_page_is_left_to_the_connector() -> None:
    assert judged(response(404, b"<html>")).response is not None


@pytest.mark.parametrize(
    ("writes", "method", "error"),
    [(True, "DELETE", None), (True, "GET", MalformedResponse), (False, "POST", MalformedResponse)],
)
def test_204_answers_who_writes_and_no_question(writes: bool, method: str, error: object) -> None:
    judge = Judge(connection="tracker", max_depth=10, rate_limit=None, wall=lambda: NOW, writes=writes)

    outcome = judge.outcome(response(204, b""), method=method, where="x")

    assert (type(outcome.error) if outcome.error else None) is error
