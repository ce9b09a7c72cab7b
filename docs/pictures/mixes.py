"""What is made of several: composites and roll-ups."""

from __future__ import annotations

from chart import Chart
from svg import TIMES, arrow, box, path, picture, text


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
        parts += [*arrow([(226, middle), (308, middle)])]
        parts.append(box(312, middle - 24, 176, 48, "card", round_by=8))
        parts.append(text(400, middle - 4, name, "text"))
        shown = "no progress" if mean is None else f"{mean:g}"
        parts.append(text(400, middle + 14, f"{shown} · known {known}"))
        if mean is not None:
            means.append(mean)
        bend = 155.0
        parts.append(
            path([(488, middle), (518, middle), (518, bend)], "arrow" if mean is not None else "soft")
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
