"""One attempt: the POST, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from syncd.delivery.delivery import Delivery, Result
from syncd.delivery.outcome import outcome_of, retry_after
from syncd.egress.answer import Answer
from syncd.errors import EndpointGone, EndpointRefused, EndpointUnavailable, UnsafeTarget, excerpt
from syncd.webhooks.sign import Secret, signed_headers

Clock = Callable[[], datetime]


class Sender(Protocol):
    """What posts; see `syncd.egress.http.Poster`."""

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer: ...


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
            outcome="unreachable",
            started_at=started_at,
            ended_at=clock(),
            code=error.code,
            message=str(error),
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
    "busy": EndpointUnavailable.code,
    "refused": EndpointRefused.code,
    "gone": EndpointGone.code,
}
