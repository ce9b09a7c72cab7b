"""What an answer, or none, says about a delivery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from syncd.delivery.schedule import LONGEST_RETRY_AFTER

Outcome = Literal["delivered", "busy", "unreachable", "refused", "gone", "quarantined"]
"""
delivered: the endpoint has it.
busy: there is somebody, who cannot take it now: 408, 425, 429, 5xx.
unreachable: nobody answered in time.
refused: this delivery is not wanted, or sent to the wrong place; tried again, since people mend that.
gone: the endpoint wants nothing any more.
quarantined: our own code failed on it.
"""

_BUSY = frozenset({408, 425, 429})


def outcome_of(status: int) -> Outcome:
    """What an HTTP status says about a delivery. A redirect is a refusal: it is never followed."""
    if 200 <= status < 300:
        return "delivered"
    if status == 410:
        return "gone"
    return "busy" if status in _BUSY or status >= 500 else "refused"


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
