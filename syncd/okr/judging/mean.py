"""The mean of a number over the cycle so far, weighted by time.

A value counts from when it was read until the next good read, but no longer than it is believed:
what goes beyond (a source that fails, syncd switched off) counts in neither part. The history is
not needed: the mean so far and its time stand in the details.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from syncd.okr.body import moment
from syncd.okr.definition import Cycle

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The mean so far.

    Attributes:
        total: Of value x time over time; kept to twice a float's precision, so that the mean of a
            number that never moved is that number.
        covered: How much time it stands for.
        last, at: The last value, and when it was read; it counts from then on.
    """

    last: float
    at: datetime
    total: Fraction = Fraction(0)
    covered: timedelta = timedelta()

    @property
    def value(self) -> float:
        """Before any time has passed, the last value."""
        return float(self.total) if self.covered else self.last

    def then(self, value: float, *, at: datetime, cycle: Cycle, believed: timedelta | None) -> Mean:
        """With one more read. `believed`: for how long a value counts at most."""
        if at <= self.at:  # the same read, judged or confirmed once more
            return replace(self, last=value)
        until = at if believed is None else min(at, self.at + believed)
        span = min(until, cycle.ends_at) - max(self.at, cycle.starts_at)
        if span <= timedelta():
            return replace(self, last=value, at=at)
        covered = self.covered + span
        total = (self.total * _micros(self.covered) + Fraction(self.last) * _micros(span)) / _micros(covered)
        return Mean(last=value, at=at, total=total, covered=covered)

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        high = float(self.total)
        return {
            "value": high,
            "rest": float(self.total - Fraction(high)),
            "seconds": self.covered / _SECOND,
            "last": self.last,
            "at": moment(self.at),
        }

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Mean:  # Any: JSON
        return cls(
            last=json["last"],
            at=datetime.fromisoformat(json["at"]),
            total=Fraction(json["value"]) + Fraction(json["rest"]),
            covered=timedelta(seconds=json["seconds"]),
        )


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
