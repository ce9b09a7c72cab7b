"""What the emulated sources know, as one function of a step.

    python -m syncd.demo.worlds 2026-11-10T11:00:00+00:00 > docs/figures/world.json

prints what they know at first, at one moment, as plain data.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncd.demo import code as repositories
from syncd.demo import sheets as spreadsheets
from syncd.demo import tracker as issues
from syncd.demo.steps import World

NO_SECRET = "whatever-is-sent"  # noqa: S105  # it opens nothing
LINE = 400
"""What fits into so many characters stands on one line."""


def at(step: int, *, tracker: str, code: str, now: datetime) -> Mapping[str, World]:
    """Connector -> its world.

    Args:
        tracker, code: The tokens that those sources take.
    """
    return {
        "jira": issues.tracker(step, token=tracker, now=now),
        "github": repositories.code(step, token=code, now=now),
        "google_sheets": spreadsheets.sheets(step),
    }


def as_text(now: datetime) -> str:
    """The first step's worlds at one moment as JSON, in lines that people can compare."""
    worlds = at(0, tracker=NO_SECRET, code=NO_SECRET, now=now)
    return _lines({"moment": now.isoformat(), **worlds}, indent="") + "\n"


def _lines(value: Any, *, indent: str) -> str:  # Any: JSON
    short = json.dumps(value, ensure_ascii=False)
    if len(short) + len(indent) <= LINE or not isinstance(value, dict | list):
        return short
    deeper = indent + " "
    if isinstance(value, dict):
        inner = [f"{json.dumps(key)}: {_lines(one, indent=deeper)}" for key, one in value.items()]
    else:
        inner = [_lines(one, indent=deeper) for one in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n{deeper}" + f",\n{deeper}".join(inner) + f"\n{indent}{last}"


if __name__ == "__main__":
    sys.stdout.write(as_text(datetime.fromisoformat(sys.argv[1])))
