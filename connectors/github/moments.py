"""Moments as GitHub writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from syncd.sdk import MalformedResponse, excerpt


# Any: GitHub's JSON.
def read_moment(moment: Any) -> datetime:
    """Raises MalformedResponse: it is none, or has no zone."""
    try:
        parsed = datetime.fromisoformat(moment)
    except (TypeError, ValueError) as error:
        raise MalformedResponse(f"GitHub sent {excerpt(repr(moment))} as a moment") from error
    if parsed.utcoffset() is None:
        raise MalformedResponse(f"GitHub sent {excerpt(repr(moment))}, a moment without a zone")
    return parsed
