"""One attempt: the POST, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, Protocol

from syncd.egress.answer import Answer
from syncd.errors import EndpointGone, EndpointRefused, EndpointUnavailable, UnsafeTarget, excerpt
from syncd.store.delivery import Delivery
from syncd.webhooks.sign import Secret, signed_headers

Outcome = Literal["delivered", "retry", "refused", "gone"]
"""
delivered: the endpoint has it.
retry: it could not be taken now, whatever it is: nobody there, too busy, broken.
refused: this delivery is not wanted, or sent to the wrong place; tried again, since people mend that.
gone: the endpoint wants nothing any more.
"""

Clock = Callable[[], datetime]

LONGEST_RETRY_AFTER = timedelta(hours=24)

_BUSY = frozenset({408, 425, 429})


class Sender(Protocol):
    """What posts; see `syncd.egress.http.Poster`."""

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an attempt came to.

    Attributes:
        retry_after: The wait that the endpoint asks for, from `ended_at` on.
        code, message: Why it was not delivered.
    """

    outcome: Outcome
    started_at: datetime
    ended_at: datetime
    status: int | None = None
    retry_after: timedelta | None = None
    code: str | None = None
    message: str | None = None


async def attempt(delivery: Delivery, sender: Sender, *, secrets: Sequence[Secret], clock: Clock) -> Result:
    """Signs the stored bytes anew and posts them once; a failure is a result."""
    started_at = clock()
    headers = {
        "content-type": "application/json",
        **signed_headers(secrets, webhook_id=delivery.webhook_id, at=started_at, body=delivery.body),
    }
    if delivery.coalesced_from is not None:
        headers["syncd-coalesced-from"] = str(delivery.coalesced_from)
    try:
        answer = await sender.post(delivery.url, body=delivery.body, headers=headers)
    except (EndpointUnavailable, UnsafeTarget) as error:
        return Result(
            outcome="retry", started_at=started_at, ended_at=clock(), code=error.code, message=str(error)
        )
    return judge(answer, started_at=started_at, ended_at=clock())


def judge(answer: Answer, *, started_at: datetime, ended_at: datetime) -> Result:
    outcome = outcome_of(answer.status)
    said = excerpt(answer.body.decode("utf-8", "replace"))
    return Result(
        outcome=outcome,
        started_at=started_at,
        ended_at=ended_at,
        status=answer.status,
        retry_after=retry_after(answer.headers.get("retry-after", ""), now=ended_at),
        code=_CODES.get(outcome),
        message=None if outcome == "delivered" else f"HTTP {answer.status}" + (f": {said}" if said else ""),
    )


_CODES = {
    "retry": EndpointUnavailable.code,
    "refused": EndpointRefused.code,
    "gone": EndpointGone.code,
}


def outcome_of(status: int) -> Outcome:
    """What an HTTP status says about a delivery. A redirect is a refusal: it is never followed."""
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "gone"
    return "retry" if status in _BUSY or status >= 500 else "refused"


def retry_after(text: str, *, now: datetime) -> timedelta | None:
    """RFC 9110, 10.2.3: seconds, or a date; at most 24 hours, None when it says nothing usable."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        # Digits without end are a number that no timedelta holds.
        asked = timedelta(seconds=int(text)) if len(text) < 10 else LONGEST_RETRY_AFTER
    else:
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        # A date in GMT has no offset to a reader that follows RFC 5322 to the letter.
        asked = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(asked, timedelta()), LONGEST_RETRY_AFTER)
