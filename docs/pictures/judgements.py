"""What is said of a number: its pace, what is expected of it, its freshness."""

from __future__ import annotations

from datetime import date

from chart import END, MONTHS, Chart, day_of
from svg import Point, box, path, picture, text


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
            fan.say(0.89, 0.75, "on_track", "text", by=(0, 4)),
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
    points = [(0.0, 0.0), (day_of(date(2026, 11, 1)), 10.0), (day_of(date(2026, 12, 1)), 25.0), (END, 60.0)]
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
