"""A chart: a rectangle of the picture, with the numbers at its edges; and the quarter that many are over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from svg import Point, box, dot, path, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A rectangle of the picture, and the numbers at its edges."""

    left: float
    top: float
    width: float
    height: float
    x: Point
    y: Point

    def at(self, x: float, y: float) -> Point:
        across, up = (x - self.x[0]) / (self.x[1] - self.x[0]), (y - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + across * self.width, self.top + (1 - up) * self.height

    def axes(self, ticks: Iterable[tuple[float, str]], sides: Iterable[tuple[float, str]]) -> Iterable[str]:
        low = self.top + self.height
        yield path([(self.left, self.top), (self.left, low), (self.left + self.width, low)], "axis")
        for value, said in ticks:
            x, _ = self.at(value, self.y[0])
            yield path([(x, low), (x, low + 4)], "axis")
            yield text(x, low + 17, said)
        for value, said in sides:
            _, y = self.at(self.x[0], value)
            yield path([(self.left - 4, y), (self.left, y)], "axis")
            yield text(self.left - 8, y + 4, said, anchor="end")

    def line(self, points: Iterable[Point], look: str = "line") -> str:
        return path([self.at(x, y) for x, y in points], look)

    def level(self, y: float, look: str = "grid") -> str:
        return self.line([(self.x[0], y), (self.x[1], y)], look)

    def dot(self, x: float, y: float) -> str:
        return dot(*self.at(x, y))

    def say(
        self, x: float, y: float, said: str, look: str = "note", *, anchor: str = "middle", by: Point = (0, 0)
    ) -> str:
        left, top = self.at(x, y)
        return text(left + by[0], top + by[1], said, look, anchor)

    def area(self, x: Point, y: Point, look: str) -> str:
        (left, top), (right, low) = self.at(x[0], y[1]), self.at(x[1], y[0])
        return box(left, top, right - left, low - top, look)

    def heading(self, said: str) -> str:
        return text(self.left + self.width / 2, self.top - 14, said, "text")


def day_of(day: date) -> float:
    return float((day - date(2026, 10, 1)).days)


MONTHS = [
    (day_of(date(2026, 10, 1)), "1 Oct"),
    (day_of(date(2026, 11, 1)), "1 Nov"),
    (day_of(date(2026, 12, 1)), "1 Dec"),
    (day_of(date(2027, 1, 1)), "1 Jan"),
]

END = day_of(date(2027, 1, 1))
