"""What an endpoint hears of: patterns over types, tiers, teams and objectives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

EVERYTHING = ("*",)

FAMILIES = (
    "key_result",
    "objective",
    "check_in",
    "sync",
    "connection",
    "cycle",
    "team",
    "postcard",
    "endpoint",
    "instance",
)
"""First words of event types."""

INCLUDES = ("individual",)
"""What is sent only where it is asked for."""

_TYPES = re.compile(r"\*|([a-z_]+)\.(\*|[a-z_]+)")
# Names and ids are lower-case letters, digits and hyphens; around them what a glob may say.
_NAMES = re.compile(r"[a-z0-9*?\[\]!-]+")
_IDS = re.compile(r"[a-z0-9*?\[\]!/-]+")


def is_event_pattern(text: str) -> bool:
    """`*`, `key_result.*` or `key_result.progressed`; of a family that there is."""
    match = _TYPES.fullmatch(text)
    return match is not None and (match[1] is None or match[1] in FAMILIES)


def is_team_pattern(text: str) -> bool:
    return _NAMES.fullmatch(text) is not None


def is_objective_pattern(text: str) -> bool:
    return _IDS.fullmatch(text) is not None


def is_one_of(team: str | None, objective: str, patterns: Sequence[str]) -> bool:
    """Whether patterns of teams mean this objective.

    They mean what stands first in its id (a team, a handle, or `company`), and a person's team too.
    """
    first = objective.partition("/")[0]
    return matches(first, patterns) or (team is not None and matches(team, patterns))


def matches(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)
