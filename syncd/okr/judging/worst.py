"""The worst day of the cycle so far, for a band.

The history is not needed: of all days before the last one, no other can be worse than the lowest
or the highest, wherever the band is moved to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from syncd.okr.judging.days import DayValue
from syncd.okr.kinds import Keep
from syncd.okr.progress import is_inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Extremes:
    """`lowest` and `highest` of the days before `last`; None while there is only one day."""

    last: DayValue
    lowest: DayValue | None = None
    highest: DayValue | None = None

    def then(self, new: DayValue) -> Extremes:
        """With one more read; one of a day that is over already says nothing new."""
        if new.day < self.last.day:
            return self
        if new.day == self.last.day:
            return Extremes(last=new, lowest=self.lowest, highest=self.highest)
        return Extremes(
            last=new,
            lowest=min(self.lowest or self.last, self.last, key=_value),
            highest=max(self.highest or self.last, self.last, key=_value),
        )

    def worst(self, band: Keep) -> DayValue:
        """The day furthest outside the band; if all are inside, the nearest to its edge."""
        days = [day for day in (self.lowest, self.highest, self.last) if day is not None]
        return min(days, key=lambda it: (is_inside(band, current=it.value), _room(band, it.value), it.day))

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        return {
            "last": self.last.to_json(),
            "lowest": self.lowest.to_json() if self.lowest else None,
            "highest": self.highest.to_json() if self.highest else None,
        }

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Extremes:  # Any: JSON
        low, high = json["lowest"], json["highest"]
        return cls(
            last=DayValue.from_json(json["last"]),
            lowest=DayValue.from_json(low) if low else None,
            highest=DayValue.from_json(high) if high else None,
        )


def _value(day: DayValue) -> float:
    return day.value


def _room(band: Keep, value: float) -> Fraction:
    """The way to the nearer edge from inside, exactly; outside it is negative."""
    rooms = []
    if band.low is not None:
        rooms.append(Fraction(value) - Fraction(band.low))
    if band.high is not None:
        rooms.append(Fraction(band.high) - Fraction(value))
    return min(rooms)
