"""Day values: what a number was on each day.

The value of a day is the last one read on it, by the calendar of the cycle's zone; today's may
still change. A day without a good read has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from syncd.okr.definition import Cycle
from syncd.okr.value import Value

Json = dict[str, Any]  # Any: JSON


class DayValue(NamedTuple):
    day: date
    value: float

    def to_json(self) -> Json:
        return {"day": self.day.isoformat(), "value": self.value}

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> DayValue:  # Any: JSON
        return cls(date.fromisoformat(json["day"]), json["value"])


def day_value(value: Value, cycle: Cycle) -> DayValue | None:
    """What this read says of its day; None while nothing new was read."""
    if value.current is None or value.read_at is None:
        return None
    return DayValue(value.read_at.astimezone(cycle.zone).date(), value.current)
