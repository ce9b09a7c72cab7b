"""What happens to numbers over time: cycles begin and close, people speak, a pilot goes live."""

from __future__ import annotations

from datetime import date

from chart import Chart, day_of
from svg import box, dot, path, picture, text


def lifecycle() -> str:
    left, day = 130.0, 4.0

    def x(of: date) -> float:
        return left + day_of(of) * day

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


def shadow() -> str:
    chart = Chart(left=74, top=62, width=600, height=150, x=(0, 42), y=(0.2, 0.55))
    wrong, right = 14.0, 28.0
    before = [(0.0, 0.30), (6.0, 0.33), (13.0, 0.36), (wrong, 0.36)]
    after = [(wrong, 0.42), (20.0, 0.44), (27.0, 0.46), (right, 0.46)]
    live = [(right, 0.46), (35.0, 0.47), (42.0, 0.49)]
    said = [(6.0, 0.40), (13.0, 0.41), (20.0, 0.44), (27.0, 0.45)]
    return picture(
        "Shadow: computed beside what people say, until both agree",
        "For four weeks a number is computed and told to nobody, while a person says each week what they"
        " would enter. After two weeks the two are far apart, and the measure is mended; from then on they"
        " agree. Then the mapping says mode: live, and only what follows is sent to consumers.",
        height=296,
        parts=[
            chart.area((0, right), (0.2, 0.55), "near"),
            chart.area((right, 42), (0.2, 0.55), "band"),
            chart.say(right / 2, 0.55, "mode: shadow", "text", by=(0, -12)),
            chart.say((right + 42) / 2, 0.55, "mode: live", "text", by=(0, -12)),
            *chart.axes(
                [(0, "1 Oct"), (wrong, "the measure is mended"), (right, "29 Oct"), (42, "12 Nov")],
                [(0.3, "0.3"), (0.4, "0.4"), (0.5, "0.5")],
            ),
            chart.line([*before, *after], "soft"),
            chart.line(live),
            *(chart.dot(*it) for it in said),
            chart.say(13, 0.41, "0.41 said, 0.36 computed: drifts", by=(-20, -14)),
            chart.say(27, 0.45, "0.45 said, 0.46 computed: within", anchor="end", by=(4, 44)),
            chart.say(35, 0.47, "defined, progressed, …", "name", by=(0, 28)),
            dot(82, 276),
            text(94, 280, "said: syncd check-in --value", anchor="start"),
            path([(296, 276), (322, 276)], "soft"),
            text(329, 280, "computed, told to nobody", anchor="start"),
            path([(506, 276), (532, 276)], "line"),
            text(539, 280, "sent to consumers", anchor="start"),
        ],
    )
