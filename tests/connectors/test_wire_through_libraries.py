"""The wire under the three real client libraries: none sleeps, retries or swallows on its own."""

import time
from collections.abc import Callable

import pytest
from github import Auth, Github, GithubException
from gspread.exceptions import APIError
from gspread.http_client import HTTPClient
from jira import JIRA, JIRAError

from connectors.github.library import mounted
from syncd.egress.wire import Wire, WireLimits
from syncd.errors import RateLimited, SourceError, SourceUnavailable, Unauthorized, UnsafeSource
from syncd.sdk.testing import rough
from syncd.sdk.testing.faults import answer, faulty, rate_limited, refusing
from tests.wires import FAULTS, PATIENT, FakeTime, a_wire, sleeps

SLACK_S = 8.0  # a busy machine; a fault that is not ended lasts 30 s
ANSWER = answer(200, b'{"total": 7}', {"ETag": '"one"'})

Ask = Callable[[Wire, str], int]


def ask_jira(wire: Wire, url: str) -> int:
    client = JIRA(server=url, token_auth="t", get_server_info=False, max_retries=0, timeout=5)
    wire.mount(client._session)
    return client.myself()["total"]


def ask_github(wire: Wire, url: str) -> int:
    client = Github(
        auth=Auth.Token("t"), base_url=url, retry=None, seconds_between_requests=0, timeout=5, lazy=True
    )
    return mounted(client.requester, wire).requestJsonAndCheck("GET", "/user")[1]["total"]


def ask_sheets(wire: Wire, url: str) -> int:
    client = HTTPClient(None, wire.session())
    client.set_timeout(5)
    return client.request("get", f"{url}/v4/spreadsheets/x/values:batchGet").json()["total"]


@pytest.fixture(params=[ask_jira, ask_github, ask_sheets], ids=["jira", "PyGithub", "gspread"])
def ask(request: pytest.FixtureRequest) -> Ask:
    return request.param


def test_an_answer_arrives(ask: Ask) -> None:
    with faulty(ANSWER) as server:
        assert ask(a_wire(server.url), server.url) == 7


@pytest.mark.parametrize(("fault", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_ends_in_time_in_the_right_class(ask: Ask, fault, expected) -> None:
    limits = WireLimits(deadline_s=0.4, attempts=1, max_bytes=1_000_000)
    with fault() as server:
        wire = a_wire(server.url, limits=limits)
        began = time.monotonic()
        with pytest.raises(SourceError) as failed:
            ask(wire, server.url)
        took_s = time.monotonic() - began

    assert type(failed.value) is expected, repr(failed.value)
    assert took_s < limits.deadline_s + SLACK_S


def test_a_refused_connection_is_an_outage(ask: Ask) -> None:
    began = time.monotonic()
    with refusing() as url, pytest.raises(SourceUnavailable):
        ask(a_wire(url, time=FakeTime()), url)

    assert time.monotonic() - began < SLACK_S


@pytest.mark.parametrize(
    ("told", "expected", "requests", "slept"),
    [
        pytest.param(rate_limited({"Retry-After": "20"}), RateLimited, 3, [20, 20], id="429_seconds"),
        pytest.param(
            rate_limited({"Retry-After": "Fri, 20 Nov 2026 12:00:20 GMT"}),
            RateLimited,
            4,
            None,
            id="429_date",
        ),
        pytest.param(
            rate_limited({"X-RateLimit-Reset": "2026-11-20T12:00Z"}), RateLimited, 4, None, id="429_reset"
        ),
        pytest.param(rate_limited(), RateLimited, 4, [2, 4, 8], id="429_without_a_word"),
        pytest.param(rate_limited({"Retry-After": "3600"}), RateLimited, 1, [], id="429_for_an_hour"),
        pytest.param(
            answer(
                403,
                b'{"message": "limit"}',
                {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2000000000"},
            ),
            RateLimited,
            1,
            [],
            id="403_for_an_hour",
        ),
        pytest.param(answer(202, b"{}"), SourceUnavailable, 4, [0.5, 1, 2], id="202"),
        pytest.param(answer(500), SourceUnavailable, 4, [0.5, 1, 2], id="500"),
        pytest.param(answer(503), SourceUnavailable, 4, [0.5, 1, 2], id="503"),
        pytest.param(answer(503, b"", {"Retry-After": "3600"}), RateLimited, 1, [], id="503_for_an_hour"),
        pytest.param(rough.reset, SourceUnavailable, None, [0.5, 1, 2], id="reset"),
        pytest.param(answer(401, b"{}"), Unauthorized, 1, [], id="401"),
    ],
)
def test_only_the_wire_waits_and_asks_again(
    ask: Ask, told, expected, requests, slept, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, beside = FakeTime(), sleeps(monkeypatch)
    with faulty(told) as server:
        wire = a_wire(server.url, time=fake, limits=PATIENT)
        with wire.batch() as traffic, pytest.raises(SourceError) as failed:
            ask(wire, server.url)

        assert type(failed.value) is expected, repr(failed.value)
        assert requests is None or len(server.requests) == requests
        assert traffic.requests == server.connections
    assert slept is None or fake.slept == slept
    assert not beside, "somebody slept beside the wire"


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_other_refusals_reach_the_connector_as_its_librarys_own_error(ask: Ask, status: int) -> None:
    refused = answer(status, b'{"error": {"code": 1, "message": "no", "status": "NO"}, "message": "no"}')
    with faulty(refused) as server:
        with pytest.raises((JIRAError, GithubException, APIError)):
            ask(a_wire(server.url), server.url)

        assert len(server.requests) == 1


def test_a_redirect_is_followed_below_the_library(ask: Ask) -> None:
    with faulty(answer(301, b"", {"Location": "/moved"}), ANSWER) as server:
        assert ask(a_wire(server.url), server.url) == 7

        assert server.requests[1].startswith("GET /moved ")


def test_a_redirect_to_another_host_is_the_operators_business(ask: Ask) -> None:
    with faulty(answer(301, b"", {"Location": "http://127.0.0.1:1/"})) as server, pytest.raises(UnsafeSource):
        ask(a_wire(server.url), server.url)


def test_an_unchanged_answer_reads_like_the_first(ask: Ask) -> None:
    with faulty(ANSWER, answer(304, b"", {"ETag": '"one"'})) as server:
        wire = a_wire(server.url)
        with wire.batch() as traffic:
            assert [ask(wire, server.url) for _ in range(2)] == [7, 7]

    assert traffic.not_modified == 1
