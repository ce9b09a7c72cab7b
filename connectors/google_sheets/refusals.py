"""What Google's refusals mean. Several errors share one status, so their bodies are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from syncd.sdk import MalformedResponse, QueryRejected, SourceError, Unauthorized, excerpt

if TYPE_CHECKING:  # files are checked offline, without any HTTP library
    import requests

# Google files both under the domain "usageLimits": a quota that refills, and a service nobody switched on.
_SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


class NotShared(Unauthorized):
    """403 for one spreadsheet; others may still be read."""


class RangesRefused(QueryRejected):
    """400 for a whole request, of whose ranges at least one is bad."""


class NoSuchFile(QueryRejected):
    """404: a file or a channel that is not there, or not for us."""


class ChannelExists(QueryRejected):
    """400: a channel of this id is open."""


def to_source_error(response: requests.Response, *, spreadsheet: str, email: str) -> SourceError:
    """What a refusal means. 401, 429 and 5xx never get here, nor quotas: the wire raises."""
    error = error_of(response)
    said = excerpt(str(error.get("message", ""))) or f"HTTP {response.status_code}"
    match response.status_code:
        case 400 if "channelIdNotUnique" in _reasons(error):
            return ChannelExists(f"spreadsheet {spreadsheet}: {said}")
        case 400 | 413 | 414:  # the latter two: too many long ranges for one URL
            return RangesRefused(f"spreadsheet {spreadsheet}: {said}")
        case 403 if _reasons(error) & _SWITCHED_OFF:
            return Unauthorized(
                f"an API is switched off in the project of {email}: {said}",
                hint="in the Google Cloud console, enable the Sheets API; with `push`, the Drive API too",
            )
        case 403:
            return NotShared(
                f"spreadsheet {spreadsheet} is not shared with {email}",
                hint=f"share it with {email} as a viewer",
            )
        case 404:
            return NoSuchFile(
                f"there is no spreadsheet {spreadsheet}", hint="was it deleted, or is its id mistyped?"
            )
        case status:
            return MalformedResponse(f"spreadsheet {spreadsheet}: HTTP {status}, {said!r}")


def read_limit(response: requests.Response) -> float | None:
    """Google's quotas come as 429, and sometimes as 403; never with a figure."""
    if response.status_code != 403:
        return None
    error = error_of(response)
    reasons = _reasons(error)
    is_quota = error.get("status") == "RESOURCE_EXHAUSTED" or (
        "usageLimits" in reasons and not reasons & _SWITCHED_OFF
    )
    return math.nan if is_quota else None


# Any: an error's body, in one of two shapes, or in none.
def error_of(response: requests.Response) -> dict[str, Any]:
    """The API says `{"error": {"code", "message", ...}}`, OAuth `{"error", "error_description"}`."""
    try:
        body = response.json()
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return {"message": error, "description": body.get("error_description", "")}
    return error if isinstance(error, dict) else {}


def _reasons(error: Mapping[str, Any]) -> set[str]:
    """Domains and reasons that an error names."""
    listed = [*_dicts(error.get("errors")), *_dicts(error.get("details"))]
    return {str(entry[key]) for entry in listed for key in ("domain", "reason") if key in entry}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
