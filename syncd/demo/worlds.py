"""What the emulated sources know, as one function of a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from syncd.demo import code as repositories
from syncd.demo import sheets as spreadsheets
from syncd.demo import tracker as issues
from syncd.demo.steps import World


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
