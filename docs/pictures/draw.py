"""Draws the pictures of the kinds: `python docs/pictures/draw.py` writes them beside this file.

Nothing of syncd is imported: each shape is drawn by the formula that its page states, so that a
picture is a second opinion. The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

Point = tuple[float, float]

WIDTH = 720
TIMES = "\N{MULTIPLICATION SIGN}"

ROOT = (
    'role="img" aria-labelledby="title desc"'
    " font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\""
)
STYLE = """
    .text { fill: #1f2328; font-size: 13px; font-weight: 600; }
    .note { fill: #59636e; font-size: 11.5px; }
    .name { fill: #0969da; font-size: 11.5px; font-weight: 600; }
    .axis { stroke: #8c959f; stroke-width: 1; fill: none; }
    .grid { stroke: #8c959f; stroke-width: 1; stroke-dasharray: 2 4; opacity: .6; fill: none; }
    .line { stroke: #0969da; stroke-width: 2.4; fill: none; stroke-linejoin: round; }
    .soft { stroke: #59636e; stroke-width: 1.6; stroke-dasharray: 5 4; fill: none; }
    .arrow { stroke: #59636e; stroke-width: 1.6; fill: none; }
    .dot { fill: #0969da; }
    .bar { fill: #0969da; }
    .rest { fill: #0969da; fill-opacity: .22; }
    .band { fill: #1a7f37; opacity: .16; }
    .edge { stroke: #1a7f37; stroke-width: 1.6; fill: none; }
    .near { fill: #9a6700; opacity: .16; }
    .far { fill: #d1242f; opacity: .14; }
    .empty { fill: none; stroke: #8c959f; stroke-dasharray: 3 3; }
    .card { fill: #f6f8fa; stroke: #8c959f; }
    .core { fill: #ddf4ff; stroke: #0969da; }
    @media (prefers-color-scheme: dark) {
      .text { fill: #f0f6fc; }
      .note { fill: #9da7b3; }
      .name { fill: #4493f8; }
      .axis, .grid, .empty { stroke: #768390; }
      .line { stroke: #4493f8; }
      .soft, .arrow { stroke: #9da7b3; }
      .dot, .bar, .rest { fill: #4493f8; }
      .rest { fill-opacity: .38; }
      .band { fill: #3fb950; }
      .edge { stroke: #3fb950; }
      .near { fill: #d29922; }
      .far { fill: #f85149; }
      .card { fill: #21262d; stroke: #768390; }
      .core { fill: #0c2d4a; stroke: #4493f8; }
    }
"""


def picture(title: str, description: str, *, height: float, parts: Iterable[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_n(height)}" {ROOT}>',
            f'  <title id="title">{escape(title)}</title>',
            f'  <desc id="desc">{escape(description)}</desc>',
            f"  <style>{STYLE}  </style>",
            *(f"  {part}" for part in parts),
            "</svg>\n",
        ]
    )


def text(x: float, y: float, said: str, look: str = "note", anchor: str = "middle") -> str:
    return f'<text class="{look}" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(said)}</text>'


def box(x: float, y: float, width: float, height: float, look: str, *, round_by: float = 0) -> str:
    corners = f' rx="{_n(round_by)}"' if round_by else ""
    size = f'width="{_n(width)}" height="{_n(height)}"'
    return f'<rect class="{look}" x="{_n(x)}" y="{_n(y)}" {size}{corners}/>'


def dot(x: float, y: float, look: str = "dot") -> str:
    return f'<circle class="{look}" cx="{_n(x)}" cy="{_n(y)}" r="4"/>'


def path(points: Sequence[Point], look: str) -> str:
    return f'<path class="{look}" d="M{" ".join(f"{_n(x)} {_n(y)}" for x, y in points)}"/>'


def arrow(points: Sequence[Point]) -> Iterable[str]:
    """A line from left to right, or downwards, with a tip at its end."""
    yield path(points, "arrow")
    (x, y), (before, _) = points[-1], points[-2]
    tip = (
        [(x - 4, y - 6), (x, y), (x + 4, y - 6)] if before == x else [(x - 6, y - 4), (x, y), (x - 6, y + 4)]
    )
    yield path(tip, "arrow")


def _n(number: float) -> str:
    """At most one digit after the point: enough for a screen, and the same on every machine."""
    return f"{round(number * 10) / 10:g}"


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


def clamp(share: float) -> float:
    return min(max(share, 0.0), 1.0)


# ------------------------------------------------------------------ reach, change


def reach() -> str:
    parts: list[str] = []
    panels: list[tuple[str, float, Point, Point, float, Callable[[float], str]]] = [
        ("up: from 20 % to 75 %", 60, (0.0, 1.0), (0.20, 0.75), 0.475, lambda it: f"{it * 100:g} %"),
        ("down: from 40 to 28 days", 430, (22.0, 44.8), (40.0, 28.0), 34.0, lambda it: f"{it:g} d"),
    ]
    for heading, left, span, (start, target), current, said in panels:
        chart = Chart(left=left, top=44, width=260, height=180, x=span, y=(-0.4, 1.5))

        def share(value: float, start: float = start, target: float = target) -> float:
            return (value - start) / (target - start)

        corners = sorted([(start, 0.0), (target, 1.0)])
        ends = [(span[0], clamp(share(span[0]))), *corners, (span[1], clamp(share(span[1])))]
        marks = [(start, f"start {said(start)}"), (target, f"target {said(target)}")]
        parts += [
            *chart.axes(marks, [(0.0, "0"), (0.5, "0.5"), (1.0, "1")]),
            chart.heading(heading),
            chart.level(0.0),
            chart.level(1.0),
            chart.line([(it, share(it)) for it in span], "soft"),
            chart.line(ends),
            chart.dot(current, share(current)),
            chart.say(current, share(current), said(current), "name", anchor="start", by=(10, 4)),
        ]
    parts += [
        path([(210, 268), (236, 268)], "line"),
        text(243, 272, "progress", anchor="start"),
        path([(340, 268), (366, 268)], "soft"),
        text(373, 272, "progress_unclamped, beyond both ends", anchor="start"),
    ]
    return picture(
        "Reach: progress over the current value",
        "Two charts. Progress rises in a straight line from 0 at the start to 1 at the target, whichever"
        " of the two is larger: 47.5 % is half of the way from 20 % to 75 %, and 34 days half of the way"
        " from 40 to 28. Beyond both ends progress stays at 0 and 1, and progress_unclamped goes on.",
        height=290,
        parts=parts,
    )


def change() -> str:
    rows = [
        ("-25 %", 12.0, 12 + -0.25 * abs(12), 10.5, f"12 - 0.25 {TIMES} |12| = 9"),
        ("+20", 31.0, 31 + 20.0, 41.0, "31 + 20 = 51"),
        ("+40 %", -10.0, -10 + 0.4 * abs(-10), -8.0, f"-10 + 0.4 {TIMES} |-10| = -6"),
    ]
    parts = [
        text(64, 28, "change", "text"),
        text(150, 28, "start", "text"),
        text(560, 28, "target", "text"),
    ]
    for n, (said, start, target, current, why) in enumerate(rows):
        y, left, right = 66 + n * 72, 150.0, 560.0
        share = (current - start) / (target - start)
        at = left + share * (right - left)
        parts += [
            text(64, y + 5, said, "text"),
            box(left, y - 5, right - left, 10, "rest", round_by=5),
            box(left, y - 5, at - left, 10, "bar", round_by=5),
            dot(at, y),
            text(left, y + 26, f"{start:g}"),
            text(at, y - 14, f"{current:g}: progress {share:g}", "name"),
            text(right, y + 26, f"{target:g}"),
            text(355, y + 26, why),
        ]
    return picture(
        "Change: the target is made of the start",
        "Three ways from a start to a target that is made of it: 12 less 25 % is 9, 31 and 20 is 51, and"
        " 40 % more of -10 is -6. Halfway between start and target, at 10.5, 41 and -8, progress is 0.5.",
        height=250,
        parts=parts,
    )


# ------------------------------------------------------------------ keep, rate


def keep() -> str:
    edge, tolerance = 0.999, 0.001
    reads = [(0.0, 1.0), (1.0, 0.998), (1.5, 1.0), (3.0, 0.9985)]
    left = Chart(left=74, top=44, width=330, height=190, x=(0, 4), y=(0.9974, 1.0002))
    steps: list[Point] = []
    for n, (at, value) in enumerate(reads):
        until = reads[n + 1][0] if n + 1 < len(reads) else 4.0
        steps += [(at, value), (until, value)]
    right = Chart(left=480, top=44, width=210, height=190, x=(0.9974, 1.0002), y=(0.0, 1.15))
    far = edge - tolerance
    days = [(float(n), f"{n + 1} Oct") for n in range(4)]
    sides = [(far, "0.998"), (edge, "0.999"), (1.0, "1")]
    return picture(
        "Keep: a band, its tolerance, and progress in both",
        "On the left availability over four days: 1, half a day of 0.998, 1 again, and 0.9985 from 4"
        " October on. The band reaches down to 0.999, its tolerance to 0.998. On the right progress over"
        " the value: 1 inside the band, falling in a straight line to 0 at the far edge of the tolerance.",
        height=300,
        parts=[
            left.area((0, 4), (edge, 1.0002), "band"),
            left.area((0, 4), (far, edge), "near"),
            left.area((0, 4), (0.9974, far), "far"),
            left.level(edge, "edge"),
            left.level(far, "grid"),
            *left.axes(days, sides),
            left.heading("at_least: 0.999, tolerance: 0.001"),
            left.line(steps),
            *(left.dot(at, value) for at, value in reads),
            left.say(4, edge, "on_track", anchor="end", by=(-4, -6)),
            left.say(4, far, "behind", anchor="end", by=(-4, -6)),
            left.say(4, 0.9974, "off_track", anchor="end", by=(-4, -6)),
            right.area((edge, 1.0002), (0, 1.15), "band"),
            right.area((far, edge), (0, 1.15), "near"),
            right.area((0.9974, far), (0, 1.15), "far"),
            *right.axes([(far, "0.998"), (edge, "0.999"), (1.0, "1")], [(0, "0"), (0.5, "0.5"), (1, "1")]),
            right.heading("progress"),
            right.line([(0.9974, 0), (far, 0), (edge, 1), (1.0002, 1)]),
            right.dot(0.9985, 0.5),
            right.say(0.9985, 0.5, "0.9985", "name", anchor="end", by=(-8, -4)),
            text(239, 282, "the value counts from a read to the next one (mean), or by days (worst)"),
        ],
    )


_MONTHS = {10: "Oct", 11: "Nov", 12: "Dec"}


def rate() -> str:
    amounts = [6.0, 14.0, 10.0, 7.0, 12.0, 3.0]
    first, last = date(2026, 10, 1), date(2026, 12, 31)
    chart = Chart(left=60, top=40, width=640, height=190, x=(0, 14), y=(0, 15))
    parts: list[str] = []
    day, n = first, 0
    while day <= last:
        sunday = min(day + timedelta(days=6 - day.weekday()), last)
        need = 10 * ((sunday - day).days + 1) / 7
        low, high = n + 0.14, n + 0.86
        if n < len(amounts):
            counts = min(amounts[n], need)
            parts.append(chart.area((low, high), (0, counts), "bar"))
            if amounts[n] > counts:
                parts.append(chart.area((low, high), (counts, amounts[n]), "rest"))
            parts.append(chart.say(n + 0.5, amounts[n], f"{amounts[n]:g}", "name", by=(0, -6)))
        parts.append(chart.line([(n + 0.06, need), (n + 0.94, need)], "edge"))
        parts.append(chart.say(n + 0.5, 0, f"{day.day} {_MONTHS[day.month]}", by=(0, 17)))
        day, n = sunday + timedelta(days=1), n + 1
    return picture(
        "Rate: each week up to its need",
        "Fourteen weeks of a quarter. Each needs 10, the first and the last, cut to four days, 5.7. Of"
        " the amounts 6, 14, 10, 7, 12 and 3 only what lies under the need counts: what a rich week has"
        " too much is drawn pale. The sixth week still runs, eight are to come.",
        height=292,
        parts=[
            *chart.axes([], [(0, "0"), (5, "5"), (10, "10")]),
            *parts,
            chart.heading("at_least: 10, every: week"),
            chart.say(5.5, 3, "runs", by=(0, -22)),
            chart.say(10, 10, "what each week needs", by=(0, -8)),
            box(150, 266, 14, 12, "bar"),
            text(170, 276, "counts", anchor="start"),
            box(240, 266, 14, 12, "rest"),
            text(260, 276, "too much: lends nothing to a poor week (unless carry_over)", anchor="start"),
        ],
    )


# ------------------------------------------------------------------ milestones, composite, roll-up


def _day(day: date) -> float:
    return float((day - date(2026, 10, 1)).days)


MONTHS = [
    (_day(date(2026, 10, 1)), "1 Oct"),
    (_day(date(2026, 11, 1)), "1 Nov"),
    (_day(date(2026, 12, 1)), "1 Dec"),
    (_day(date(2027, 1, 1)), "1 Jan"),
]
END = _day(date(2027, 1, 1))


def milestones() -> str:
    done = [
        (date(2026, 11, 3), 2, "launch"),
        (date(2026, 11, 4), 1, "pilot"),
        (date(2026, 12, 2), 3, "wearables"),
    ]
    due = [(date(2026, 10, 31), 1), (date(2026, 11, 15), 2), (date(2026, 12, 15), 3)]
    chart = Chart(left=74, top=40, width=620, height=190, x=(0, END), y=(0, 7.4))
    line, weight = [(0.0, 0.0)], 0
    labels: list[str] = []
    for day, more, name in done:
        line += [(_day(day), float(weight)), (_day(day), float(weight + more))]
        weight += more
        side, by = ("end", (-8, 4)) if name == "launch" else ("start", (8, -6))
        labels.append(chart.say(_day(day), weight, f"{name} {more}", "name", anchor=side, by=by))
    line.append((END, float(weight)))

    plan, due_weight = [(0.0, 0.0)], 0
    for day, more in due:
        end = _day(day + timedelta(days=1))
        plan += [(end, due_weight + end / END), (end, due_weight + more + end / END)]
        due_weight += more
    plan.append((END, due_weight + 1.0))
    return picture(
        "Milestones: the weight that is done, and the weight that is due",
        "Over a quarter the weight that is done rises in steps: the launch, weight 2, on 3 November, the"
        " pilot, 1, on 4 November, and the wearables, 3, on 2 December: 6 of 7. What is expected rises by"
        " each step's weight at the end of the day on which it is due, and bit by bit for the one without"
        " a day.",
        height=292,
        parts=[
            *chart.axes(MONTHS, [(0, "0"), (3, "3 of 7"), (6, "6 of 7"), (7, "7 of 7")]),
            chart.level(7),
            chart.heading("weight done"),
            chart.line(plan, "soft"),
            chart.line(line),
            *labels,
            path([(226, 276), (252, 276)], "line"),
            text(259, 280, "done", anchor="start"),
            path([(336, 276), (362, 276)], "soft"),
            text(369, 280, "expected: what is due by now", anchor="start"),
        ],
    )


def composite() -> str:
    found: list[tuple[str, int, float | None]] = [
        ("adoption", 2, 0.5),
        ("answers", 1, 0.2),
        ("waiting", 1, None),
    ]
    chart = Chart(left=74, top=40, width=470, height=190, x=(0, 4), y=(0, 1))
    known = [(weight, share) for _, weight, share in found if share is not None]
    mean = sum(weight * share for weight, share in known) / sum(weight for weight, _ in known)
    worst = min(share for _, share in known)
    parts: list[str] = []
    at = 0
    for name, weight, share in found:
        low, high = at + 0.04, at + weight - 0.04
        parts.append(chart.area((low, high), (0, 1), "empty"))
        if share is None:
            parts.append(chart.say((low + high) / 2, 0.5, "no value:"))
            parts.append(chart.say((low + high) / 2, 0.5, "does not count", by=(0, 16)))
        else:
            parts.append(chart.area((low, high), (0, share), "rest"))
            parts.append(chart.say((low + high) / 2, share, f"{share:g}", "name", by=(0, -6)))
        parts.append(chart.say((low + high) / 2, 0, f"{name} · weight {weight}", by=(0, 17)))
        at += weight
    return picture(
        "Composite: the mean or the worst of the parts that are known",
        "Three parts, as wide as they weigh and as high as their progress: adoption, weight 2, at 0.5,"
        " answers, weight 1, at 0.2, and waiting, weight 1, without a value. Over the known ones the"
        " weighted mean is 0.4 and the worst 0.2.",
        height=270,
        parts=[
            *chart.axes([], [(0, "0"), (0.5, "0.5"), (1, "1")]),
            *parts,
            chart.line([(0, mean), (3, mean)]),
            path([chart.at(3, mean), chart.at(4, mean)], "soft"),
            chart.say(4, mean, f"take: mean → {mean:g}", "text", anchor="start", by=(10, 4)),
            chart.line([(0, worst), (3, worst)], "edge"),
            path([chart.at(3, worst), chart.at(4, worst)], "soft"),
            chart.say(4, worst, f"take: worst → {worst:g}", "text", anchor="start", by=(10, 4)),
            text(74 + 235, 24, "width: weight, height: progress"),
        ],
    )


def rollup() -> str:
    rows: list[tuple[str, str, list[tuple[float | None, int]]]] = [
        ("product/faster", "2 of 3", [(0.4, 2), (1.0, 1), (None, 1)]),
        ("people/hiring", "1 of 1", [(0.2, 1)]),
        ("support/answers", "0 of 1", [(None, 1)]),
    ]
    parts = [
        text(128, 26, "key results", "text"),
        text(400, 26, "objectives of the teams", "text"),
        text(630, 26, "rollup: supporters", "text"),
        box(556, 126, 148, 58, "core", round_by=8),
        text(630, 150, "company/care", "text"),
    ]
    means: list[float] = []
    y = 44.0
    for name, known, found in rows:
        height = 26.0 * len(found) + 8
        middle = y + height / 2
        for n, (share, weight) in enumerate(found):
            top = y + 4 + n * 26
            parts.append(box(30, top, 150, 20, "empty"))
            if share is not None:
                parts.append(box(30, top, 150 * share, 20, "rest"))
            said = "no value" if share is None else f"{share:g}"
            parts.append(text(105, top + 14, said, "note" if share is None else "name"))
            parts.append(text(190, top + 14, f"{TIMES} {weight}", anchor="start"))
        counted = [(share, weight) for share, weight in found if share is not None]
        mean = sum(s * w for s, w in counted) / sum(w for _, w in counted) if counted else None
        parts += [*arrow([(226, middle), (316, middle)])]
        parts.append(box(320, middle - 24, 160, 48, "card", round_by=8))
        parts.append(text(400, middle - 4, name, "text"))
        shown = "no progress" if mean is None else f"{mean:g}"
        parts.append(text(400, middle + 14, f"{shown} · known {known}"))
        if mean is not None:
            means.append(mean)
        bend = 155.0
        parts.append(
            path([(480, middle), (518, middle), (518, bend)], "arrow" if mean is not None else "soft")
        )
        y += height + 28
    parts += [*arrow([(518, 155), (552, 155)])]
    parts.append(text(630, 170, f"{sum(means) / len(means):g} · known {len(means)} of {len(rows)}"))
    return picture(
        "Roll-up: weighted means of what is known",
        "Key results at 0.4, weight 2, and 1, and one without a value make 0.6 for product/faster, 2 of 3"
        " known. One at 0.2 makes 0.2 for people/hiring. One without a value makes no progress for"
        " support/answers. company/care rolls up from these supporters: 0.4, 2 of 3 known.",
        height=y - 8,
        parts=parts,
    )


# ------------------------------------------------------------------ observe, pace, phases


def observe() -> str:
    values = [(3.0, 62.0), (17.0, 66.0), (31.0, 71.0), (45.0, 83.0), (59.0, 88.0), (73.0, 96.0)]
    chart = Chart(left=74, top=34, width=560, height=150, x=(0, END), y=(50, 110))
    return picture(
        "Observe: a value, and nothing to hold it against",
        "A value that moves over a quarter from 62 to 96. There is no start, no target and no band;"
        " progress and pace are null.",
        height=230,
        parts=[
            *chart.axes(MONTHS, [(60, "60"), (80, "80"), (100, "100")]),
            chart.heading("stars"),
            chart.line(values),
            *(chart.dot(x, y) for x, y in values),
            chart.say(73, 96, "current 96", "name", by=(0, -12)),
            chart.say(73, 62, "progress: null, pace: null", anchor="middle"),
        ],
    )


def pace() -> str:
    fan = Chart(left=60, top=44, width=290, height=190, x=(0, 1), y=(0, 1))
    corners = [
        ("band", [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0)]),
        ("rest", [(0.0, 0.0), (1.0, 1.0), (1.0, 0.7)]),
        ("near", [(0.0, 0.0), (1.0, 0.7), (1.0, 0.4)]),
        ("far", [(0.0, 0.0), (1.0, 0.4), (1.0, 0.0)]),
    ]
    steps = Chart(left=430, top=44, width=262, height=190, x=(0, 14), y=(0, 1))
    stairs: list[Point] = [(0.0, 0.0)]
    over = 0
    for day in range(14):  # from a Monday on; a workday counts when it is over
        stairs.append((float(day), over / 10))
        stairs.append((day + 1.0, over / 10))
        over += day % 7 < 5
    stairs.append((14.0, over / 10))
    return picture(
        "Pace: progress held against what the calendar expects",
        "On the left progress over what is expected by now: at least as much is ahead, down to 0.7 of it"
        " is on_track, down to 0.4 behind, and less off_track; each edge belongs to its better side. On"
        " the right what two weeks expect: by days a straight line, by workdays a step for every workday"
        " that is over, none on the weekends.",
        height=296,
        parts=[
            *(path([fan.at(x, y) for x, y in found], look) for look, found in corners),
            *(fan.line([(0, 0), (1, ratio)], "axis") for ratio in (1.0, 0.7, 0.4)),
            *fan.axes([(0, "0"), (0.5, "0.5"), (1, "1")], [(0, "0"), (0.5, "0.5"), (1, "1")]),
            fan.heading("progress over expected progress"),
            fan.say(0.34, 0.72, "ahead", "text"),
            fan.say(0.87, 0.7, "on_track", "text", by=(0, 4)),
            fan.say(0.86, 0.48, "behind", "text", by=(0, 4)),
            fan.say(0.78, 0.12, "off_track", "text"),
            fan.say(1, 1, "1", anchor="start", by=(5, 4)),
            fan.say(1, 0.7, "0.7", anchor="start", by=(5, 4)),
            fan.say(1, 0.4, "0.4", anchor="start", by=(5, 4)),
            *steps.axes(
                [(0, "Mon"), (5, "Sat"), (7, "Mon"), (12, "Sat")], [(0, "0"), (0.5, "0.5"), (1, "1")]
            ),
            steps.area((5, 7), (0, 1), "near"),
            steps.area((12, 14), (0, 1), "near"),
            steps.heading("expected in two weeks"),
            steps.line([(0, 0), (14, 1)], "soft"),
            steps.line(stairs),
            path([(442, 276), (468, 276)], "soft"),
            text(475, 280, "calendar: days", anchor="start"),
            path([(576, 276), (602, 276)], "line"),
            text(609, 280, "workdays", anchor="start"),
        ],
    )


def phases() -> str:
    chart = Chart(left=74, top=40, width=600, height=190, x=(0, END), y=(0, 64))
    points = [(0.0, 0.0), (_day(date(2026, 11, 1)), 10.0), (_day(date(2026, 12, 1)), 25.0), (END, 60.0)]
    return picture(
        "Phased targets: where pace expects a number on its way",
        "From 0 on 1 October to 60 on 31 December, with 10 by the end of 31 October and 25 by the end of"
        " 30 November. Straight lines join the points; a dashed line shows the way without them. 16 is"
        " above the phased way on 16 November and under the straight one.",
        height=292,
        parts=[
            *chart.axes(MONTHS, [(0, "0"), (10, "10"), (25, "25"), (60, "60")]),
            chart.heading("targets: {2026-10-31: 10, 2026-11-30: 25}"),
            chart.line([points[0], points[-1]], "soft"),
            chart.line(points),
            *(chart.dot(x, y) for x, y in points[1:3]),
            chart.level(16, "edge"),
            chart.say(0, 16, "16", "name", anchor="start", by=(6, -6)),
            chart.say(points[1][0], 10, "10 by 31 October", by=(12, 20), anchor="start"),
            chart.say(points[2][0], 25, "25 by 30 November", by=(12, 16), anchor="start"),
            path([(226, 276), (252, 276)], "line"),
            text(259, 280, "expected, phased", anchor="start"),
            path([(396, 276), (422, 276)], "soft"),
            text(429, 280, "expected, straight", anchor="start"),
        ],
    )


# ------------------------------------------------------------------ over time


def freshness() -> str:
    left, hour = 60.0, 52.0

    def x(hours: float) -> float:
        return left + hours * hour

    rows = [
        (
            "nothing is read any more",
            44.0,
            [(0, 3, "fresh", "band"), (3, 9, "late", "near"), (9, 12, "stale", "far")],
            [(0, "last good read"), (3, "warn_after"), (9, "error_after")],
        ),
        (
            "the source fails, again and again",
            150.0,
            [(0, 5, "fresh", "band"), (5, 12, "failing", "far")],
            [(0, "last good read"), (3, "1st failure"), (5, "2nd failure"), (7, "3rd failure")],
        ),
    ]
    parts: list[str] = []
    for said, y, spans, marks in rows:
        parts.append(text(left, y - 12, said, "text", "start"))
        for begin, end, name, look in spans:
            parts.append(box(x(begin), y, x(end) - x(begin), 30, look))
            parts.append(text((x(begin) + x(end)) / 2, y + 20, name, "text"))
        parts.append(path([(x(0), y + 38), (x(12), y + 38)], "axis"))
        for n, mark in marks:
            parts.append(path([(x(n), y + 38), (x(n), y + 42)], "axis"))
            parts.append(text(x(n), y + 56, mark, anchor="middle" if n else "start"))
    return picture(
        "Freshness: the age of the last good read",
        "Above, nothing is read any more: fresh until warn_after, then late, and stale from error_after"
        " on. Below, the source fails: the first failure changes nothing, and from the second in a row on"
        " it is failing.",
        height=222,
        parts=parts,
    )


def lifecycle() -> str:
    left, day = 130.0, 4.0

    def x(of: date) -> float:
        return left + _day(of) * day

    begin, end, frozen = x(date(2026, 10, 1)), x(date(2027, 1, 1)), x(date(2027, 1, 15))
    spans = [
        (20.0, begin, "defined", "empty"),
        (begin, end, "begun: read, judged, sent", "band"),
        (end, frozen, "ended", "near"),
        (frozen, 710.0, "closed", "core"),
    ]
    parts: list[str] = []
    for low, high, name, look in spans:
        parts.append(box(low, 60, high - low, 44, look))
        parts.append(text((low + high) / 2, 87, name, "text"))
    for at, said in ((begin, "1 Oct"), (end, "31 Dec"), (frozen, "14 Jan")):
        parts.append(path([(at, 48), (at, 116)], "axis"))
        parts.append(
            text(at + (0 if at == begin else -4), 40, said, anchor="middle" if at == begin else "end")
        )
    parts += [
        text((20 + begin) / 2, 136, "no numbers"),
        text((20 + begin) / 2, 152, "yet"),
        text((begin + end) / 2, 136, "windows run with the calendar"),
        text(end + 28, 136, "still read;"),
        text(end + 28, 152, "windows end"),
        text(end + 28, 168, "on 31 Dec"),
        text((frozen + 710) / 2, 136, "nothing moves:"),
        text((frozen + 710) / 2, 152, "neither reads"),
        text((frozen + 710) / 2, 168, "nor new files"),
    ]
    return picture(
        "Lifecycle: what becomes of a cycle",
        "Before its first day a cycle has definitions and no numbers. From 1 October to 31 December it is"
        " read, judged and sent. For 14 more days it is still read, while its windows end at its last day."
        " Then it is closed, and nothing moves its numbers.",
        height=190,
        parts=parts,
    )


def people() -> str:
    chart = Chart(left=74, top=40, width=600, height=150, x=(0, 21), y=(0.1, 0.5))
    measured = [
        (0.0, 0.20),
        (3.0, 0.21),
        (6.0, 0.23),
        (9.0, 0.24),
        (12.0, 0.24),
        (15.0, 0.26),
        (18.0, 0.27),
        (21.0, 0.28),
    ]
    said, until = 5.0, 14.0
    return picture(
        "Override: a person's number stands for a while",
        "A measured number moves slowly from 0.20 to 0.28. On a Wednesday a person says 0.4: that is"
        " shown, flat, to the end of the Sunday of next week, while the measured number is read on. Then"
        " the measured one returns.",
        height=252,
        parts=[
            chart.area((said, until), (0.1, 0.5), "near"),
            chart.heading("--value 0.4"),
            *chart.axes(
                [(said, "said on Wed 4 Nov"), (until, "end of Sun 15 Nov")], [(0.2, "0.2"), (0.4, "0.4")]
            ),
            chart.line(measured, "soft"),
            chart.line(
                [*measured[:2], (said, 0.2233), (said, 0.4), (until, 0.4), (until, 0.2533), *measured[5:]]
            ),
            chart.dot(said, 0.4),
            chart.say((said + until) / 2, 0.4, "0.4, by hand", "name", by=(0, -8)),
            path([(196, 236), (222, 236)], "line"),
            text(229, 240, "shown, judged and sent", anchor="start"),
            path([(396, 236), (422, 236)], "soft"),
            text(429, 240, "measured", anchor="start"),
        ],
    )


PICTURES: dict[str, Callable[[], str]] = {
    "reach": reach,
    "change": change,
    "keep": keep,
    "rate": rate,
    "milestones": milestones,
    "composite": composite,
    "rollup": rollup,
    "observe": observe,
    "pace": pace,
    "phases": phases,
    "freshness": freshness,
    "lifecycle": lifecycle,
    "people": people,
}
"""File name without `.svg` -> what draws it."""


def main() -> None:
    for name, draw in PICTURES.items():
        Path(__file__).with_name(f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
