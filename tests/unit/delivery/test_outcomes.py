"""Every HTTP status: what it says about a delivery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from syncd.delivery.outcome import Outcome, outcome_of, retry_after
from syncd.egress.answer import Answer
from syncd.errors import EndpointUnavailable, UnsafeTarget
from syncd.webhooks.attempt import attempt, judge
from syncd.webhooks.sign import Secret
from tests.deliveries import NOW, SECRET, Obeying, Time, a_delivery, an_answer

OUTCOMES: dict[int, Outcome] = {
    101: "refused",
    200: "delivered",
    201: "delivered",
    202: "delivered",
    204: "delivered",
    299: "delivered",
    300: "refused",
    301: "refused",
    302: "refused",
    304: "refused",
    307: "refused",
    308: "refused",
    400: "refused",
    401: "refused",
    403: "refused",
    404: "refused",
    408: "busy",
    409: "refused",
    410: "gone",
    413: "refused",
    422: "refused",
    425: "busy",
    429: "busy",
    499: "refused",
    500: "busy",
    501: "busy",
    502: "busy",
    503: "busy",
    504: "busy",
    529: "busy",
    599: "busy",
}


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_has_one_outcome(status: int) -> None:
    assert outcome_of(status) == OUTCOMES.get(status, _of_its_hundred(status))


def _of_its_hundred(status: int) -> Outcome:
    hundreds: dict[int, Outcome] = {1: "refused", 2: "delivered", 3: "refused", 4: "refused", 5: "busy"}
    return hundreds[status // 100]


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("0", timedelta()),
        ("Fri, 20 Nov 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Fri, 20 Nov 2026 11:00:00 GMT", timedelta()),
        ("172800", timedelta(hours=24)),
        ("Fri, 20 Nov 2099 12:01:00 GMT", timedelta(hours=24)),
        ("9" * 400, timedelta(hours=24)),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_up_to_a_day(text: str, wait: timedelta | None) -> None:
    assert retry_after(text, now=datetime(2026, 11, 20, 12, 0, tzinfo=UTC)) == wait


def test_a_refusal_says_what_the_endpoint_said_on_one_line_and_cut() -> None:
    answer = an_answer(422, body=b"no\nsuch \xff key result " + b"x" * 1_000)

    result = judge(answer, started_at=NOW, ended_at=NOW)

    assert (result.outcome, result.code) == ("refused", "endpoint_refused")
    assert result.message is not None
    assert result.message.startswith("HTTP 422: no such � key result x")
    assert len(result.message) <= 210


async def test_an_attempt_sends_the_stored_bytes_as_json_under_their_id() -> None:
    sender = Obeying()

    await attempt(a_delivery(), sender, secrets=[Secret.parse(SECRET)], clock=Time())

    (sent,) = sender.sent
    assert sent.body == b'{"type":"key_result.progressed"}'
    assert sent.headers["content-type"] == "application/json"
    assert sent.webhook_id == "msg_1"
    assert "syncd-coalesced-from" not in sent.headers


async def test_an_attempt_tells_from_which_sequence_on_it_stands_for_others() -> None:
    sender = Obeying()

    await attempt(a_delivery(coalesced_from=4), sender, secrets=[Secret.parse(SECRET)], clock=Time())

    assert sender.sent[0].headers["syncd-coalesced-from"] == "4"


@pytest.mark.parametrize(
    "fault", [EndpointUnavailable("no answer", code="timeout"), UnsafeTarget("leads to 127.0.0.1")]
)
async def test_an_endpoint_out_of_reach_is_tried_again(fault: EndpointUnavailable | UnsafeTarget) -> None:
    def no_answer(_: object) -> Answer:
        raise fault

    result = await attempt(a_delivery(), Obeying(no_answer), secrets=[Secret.parse(SECRET)], clock=Time())

    assert (result.outcome, result.status, result.code) == ("unreachable", None, fault.code)


def test_headers_are_read_whatever_their_case() -> None:
    answer = Answer(status=503, headers=httpx.Headers({"Retry-After": "60"}), body=b"", seconds=0.1)

    assert judge(answer, started_at=NOW, ended_at=NOW).retry_after == timedelta(seconds=60)
