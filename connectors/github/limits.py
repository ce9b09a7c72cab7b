"""How GitHub says that it has had enough: REST by status, GraphQL in an answer that reads 200."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

SECONDARY_WAIT_S = 60.0
"""GitHub asks for at least a minute where a secondary limit names no time."""


def seconds_to_wait(response: requests.Response) -> float | None:
    """Seconds until GitHub listens again, NaN when it does not say, None when there is no limit.

    The wire reads the headers of a refusal itself; here is what only GitHub's bodies tell.
    """
    if response.status_code == 200:
        return _wait(response) if _is_graphql_limit(response) else None
    if response.status_code in (403, 429) and _speaks_of_a_limit(_json(response)):
        return _wait(response)
    # 403 also stands for a missing permission and for single sign-on.
    return None


def _wait(response: requests.Response) -> float:
    headers = response.headers
    if (after := _number(headers.get("retry-after"))) is not None:
        return after
    if headers.get("x-ratelimit-remaining") == "0":
        reset = _number(headers.get("x-ratelimit-reset"))
        now = _server_time(response)
        # Both figures are GitHub's, so that a wrong clock here does not matter.
        return max(0.0, reset - now) if reset is not None and now is not None else math.nan
    return SECONDARY_WAIT_S if _speaks_of_a_secondary_limit(_json(response)) else math.nan


def _is_graphql_limit(response: requests.Response) -> bool:
    if not (response.url or "").endswith("/graphql") or b"rate" not in response.content.lower():
        return False
    body = _json(response)
    errors = body.get("errors")
    if _speaks_of_a_limit(body):
        return True
    return isinstance(errors, list) and any(
        isinstance(error, dict)
        and (error.get("type") in ("RATE_LIMITED", "RATE_LIMIT") or _speaks_of_a_limit(error))
        for error in errors
    )


# Any: somebody else's JSON.
def _speaks_of_a_limit(body: dict[str, Any]) -> bool:
    return _speaks_of_a_secondary_limit(body) or "api rate limit exceeded" in _message(body)


def _speaks_of_a_secondary_limit(body: dict[str, Any]) -> bool:
    # A secondary limit has no header and no code of its own, only this sentence and this link.
    errors = body.get("errors")
    told = [body, *(errors if isinstance(errors, list) else [])]
    return any(
        "secondary rate limit" in _message(one)
        or "secondary-rate-limits" in str(one.get("documentation_url"))
        for one in told
        if isinstance(one, dict)
    )


def _message(body: dict[str, Any]) -> str:
    return str(body.get("message", "")).lower()


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _server_time(response: requests.Response) -> float | None:
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except ValueError:
        return None
