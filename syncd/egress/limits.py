"""How long a source asks us to wait: reads headers, decides nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT_S = 3600.0
"""Vendors' windows are an hour at most. A longer figure is cut to it: asked again then, at the latest."""

NO_FIGURE = math.nan
"""Limited, and not said for how long."""

Wall = Callable[[], datetime]


def asked_wait_s(status: int, headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds that a response asks us to wait; `NO_FIGURE` when limited without one; None when not limited.

    A 403 counts as a limit only with a sign of one: without it, it is about permission.
    GitHub: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    Jira: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/

    Args:
        headers: Case-insensitive.
    """
    if status == 429:
        wait_s = _retry_after_s(headers, now)
        if wait_s is None:
            wait_s = _reset_s(headers, now)
        return NO_FIGURE if wait_s is None else wait_s
    if status == 403:
        wait_s = _retry_after_s(headers, now)
        if wait_s is not None or headers.get("X-RateLimit-Remaining", "").strip() != "0":
            return wait_s
        reset_s = _reset_s(headers, now)
        return NO_FIGURE if reset_s is None else reset_s
    if status >= 500:
        return _retry_after_s(headers, now)
    return None


def bounded(wait_s: float) -> float:
    """`wait_s` within what can be meant; a broken figure is none."""
    return wait_s if math.isnan(wait_s) else min(max(wait_s, 0.0), LONGEST_WAIT_S)


def _retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """RFC 9110, 10.2.3: seconds, or a date."""
    text = headers.get("Retry-After", "").strip()
    if _is_number(text):
        return bounded(float(text))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return _until(at, now)


def _reset_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Epoch seconds (GitHub), or ISO 8601, sometimes without seconds (Jira)."""
    text = headers.get("X-RateLimit-Reset", "").strip()
    if _is_number(text):
        return bounded(float(text) - now.timestamp())
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _until(at, now)


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit()


def _until(at: datetime, now: datetime) -> float:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)  # an HTTP date, or ISO, that leaves it out means UTC
    return bounded((aware - now).total_seconds())
