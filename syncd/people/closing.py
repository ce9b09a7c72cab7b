"""A cycle is closed by a person, or why it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from syncd.errors import ConfigError
from syncd.mappings.findings import did_you_mean
from syncd.okr.closing import Closing
from syncd.okr.definition import Cycle


def close_cycle(
    name: str,
    cycles: Mapping[str, Cycle],
    closed: Mapping[str, Closing],
    *,
    by: str,
    at: datetime,
    early: bool = False,
) -> Closing:
    """The closing.

    Args:
        closed: Those that are closed already.
        early: Also before its last day.

    Raises:
        ConfigError: `unknown_cycle`, `cycle_closed`, `cycle_not_begun`, `cycle_not_over`, `no_author`.
    """
    cycle = cycles.get(name)
    if cycle is None:
        hint = did_you_mean(name, cycles) or "`syncd cycle list` shows them"
        raise ConfigError(f"syncd.yaml has no cycle {name!r}", code="unknown_cycle", hint=hint)
    if not by.strip():
        raise ConfigError("somebody closes a cycle", code="no_author", hint="give --by NAME")
    if (before := closed.get(name)) is not None:
        who = f"by {before.by}" if before.by else "by itself, since nobody had closed it"
        message = f"the cycle {name} was closed on {_day(before.at, cycle)} {who}"
        raise ConfigError(message, code="cycle_closed", hint="its numbers stay; nothing opens it again")
    today = at.astimezone(cycle.zone).date()
    if today < cycle.first_day:
        message = f"the cycle {name} begins on {cycle.first_day}; there is nothing to close yet"
        raise ConfigError(
            message, code="cycle_not_begun", hint="take it out of the files, if it is not to be"
        )
    if today < cycle.last_day and not early:
        raise ConfigError(
            f"the last day of the cycle {name} is {cycle.last_day}",
            code="cycle_not_over",
            hint="close it then; `--early` closes it now, for good",
        )
    return Closing(cycle=name, at=at, by=by.strip())


def _day(at: datetime, cycle: Cycle) -> str:
    return at.astimezone(cycle.zone).date().isoformat()
