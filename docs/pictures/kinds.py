"""A picture per kind that reads one number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from chart import END, MONTHS, Chart, day_of
from svg import TIMES, Point, box, path, picture, text


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
        line += [(day_of(day), float(weight)), (day_of(day), float(weight + more))]
        weight += more
        side, by = ("end", (-8, 4)) if name == "launch" else ("start", (8, -6))
        labels.append(chart.say(day_of(day), weight, f"{name} {more}", "name", anchor=side, by=by))
    line.append((END, float(weight)))

    plan, due_weight = [(0.0, 0.0)], 0
    for day, more in due:
        end = day_of(day + timedelta(days=1))
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


def clamp(share: float) -> float:
    return min(max(share, 0.0), 1.0)
