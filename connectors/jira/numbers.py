"""From what stands in an issue to a number. Missing is not zero, and text is not a number."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from connectors.jira.answers import Issue
from connectors.jira.queries import Take
from syncd.sdk import MalformedResponse

# Fields that hold their number one level deeper.
_WITHIN: Final = {"votes": "votes", "watches": "watchCount"}

_TAKE: Final[dict[Take, Callable[[Sequence[float]], float]]] = {
    "sum": math.fsum,
    "mean": statistics.fmean,
    "median": statistics.median,
    "min": min,
    "max": max,
}


def statistic(take: Take, values: Sequence[float], *, field: str) -> float:
    """One number for the issues that have a value.

    Raises:
        MalformedResponse: `empty`: no issue has one. Even a sum is missing then, since a field
            that nobody fills in looks the same as one that adds up to nothing.
    """
    if not values:
        raise MalformedResponse(
            f"no issue has a number in the field {field!r}: its {take} is missing",
            code="empty",
            hint="does the JQL find issues, and is this the field that people fill in?",
        )
    return _finite(_TAKE[take](values), field)


def numbers(issues: Iterable[Issue], *, field: str) -> list[float]:
    """What stands in `field` of each issue that has a value there."""
    found = (number(issue, field=field) for issue in issues)
    return [value for value in found if value is not None]


def number(issue: Issue, *, field: str) -> float | None:
    """What stands in `field`; None when nothing does.

    Raises:
        MalformedResponse: something stands there that is not a number.
    """
    value = issue.fields.get(field)
    if field in _WITHIN and isinstance(value, dict):
        value = value.get(_WITHIN[field])
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MalformedResponse(
            # Not what stands there: it may be anything that people write into tickets.
            f"{_name(issue)} has no number but a {type(value).__name__} in the field {field!r}",
            code="not_a_number",
        )
    return _finite(value, field)


def _finite(value: float, field: str) -> float:
    try:
        finite = float(value)
    except OverflowError:
        finite = math.inf
    if not math.isfinite(finite):
        raise MalformedResponse(f"the field {field!r} holds a number that is too large", code="not_a_number")
    return finite


def _name(issue: Issue) -> str:
    return issue.key or f"issue {issue.id}"
