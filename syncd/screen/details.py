"""What only one kind has, in words: periods, steps, parts, days, captured ends, held values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from syncd.screen.terminal import counted, number, share

Json = Mapping[str, Any]  # Any: JSON

SHOWN = 8
"""Of periods and days, so many of the newest; `--json` has all."""


def detail_lines(details: Json, unit: str) -> Iterator[str]:
    """Lines for people, in a fixed order; a detail that is not known here says nothing."""
    for name, lines in _LINES.items():
        if name in details:
            yield from lines(details, unit)


def _override(details: Json, unit: str) -> Iterator[str]:
    said = details["override"]
    measured = number(said["measured"]["value"])
    until = f" until {said['until']}" if said.get("until") else ""
    yield f"said by {said.get('author', 'a person')}{until}; measured {measured}"
    if "comment" in said:
        yield f"  {said['comment']}"


def _held(details: Json, unit: str) -> Iterator[str]:
    held = details["held"]
    yield f"held back since {held['since']}: {number(held['value'])} {unit}; {held['reason']}"


def _change(details: Json, unit: str) -> Iterator[str]:
    change = details["change"]
    amount = f"{change['amount']:+.4g} {unit}"
    if change["is_relative"]:
        amount = f"{100 * change['amount']:+.4g}% of the start"
    yield f"change {amount}"


def _band(details: Json, unit: str) -> Iterator[str]:
    band = details["band"]
    edges = [f"{word.replace('_', ' ')} {number(band[word])}" for word in _EDGES if word in band]
    tolerance = f", with a tolerance of {number(band['tolerance'])}" if band["tolerance"] is not None else ""
    by = f", by its {band['by']}{' day' if band['by'] == 'worst' else ''}" if band["by"] != "latest" else ""
    yield f"good is {' and '.join(edges)} {unit}{tolerance}{by}"


_EDGES = ("at_least", "above", "at_most", "below")


def _end(name: str) -> Callable[[Json, str], Iterator[str]]:
    def lines(details: Json, unit: str) -> Iterator[str]:
        end = details[name]
        how = "captured" if end["from"] == "measured" else "asked once,"
        again = "; to be taken anew" if "again_after" in end else ""
        yield f"{name} {number(end['value'])} {unit}, {how} {end['at']}{again}"

    return lines


def _phases(details: Json, unit: str) -> Iterator[str]:
    points = ", ".join(f"{number(it['value'])} by {it['day']}" for it in details["phases"])
    yield f"expected on the way: {points}"


def _latest(details: Json, unit: str) -> Iterator[str]:
    yield f"read last {number(details['latest'])}"


def _smooth(details: Json, unit: str) -> Iterator[str]:
    smooth = details["smooth"]
    yield f"mean of {counted(smooth['points'], 'day')} (at least {smooth['min_points']}): " + _newest(
        {day: number(value) for day, value in smooth["days"].items()}
    )


def _mean(details: Json, unit: str) -> Iterator[str]:
    mean = details["mean"]
    yield (
        f"mean {number(mean['value'])} {unit} over {mean['seconds'] / 86_400:.1f} days that are known;"
        f" {number(mean['last'])} since {mean['at']}"
    )


def _worst(details: Json, unit: str) -> Iterator[str]:
    worst, days = details["worst"], details["days"]
    seen = [days[name] for name in ("lowest", "highest") if days[name]]
    others = "".join(f", {number(it['value'])} on {it['day']}" for it in seen)
    last = days["last"]
    yield (
        f"worst day {worst['day']}: {number(worst['value'])} {unit}"
        f" (last {number(last['value'])} on {last['day']}{others})"
    )


def _rate(details: Json, unit: str) -> Iterator[str]:
    rate = details["rate"]
    carried = ", carried over" if rate["carry_over"] else ""
    yield (
        f"{number(rate['need'])} per {rate['every']}{carried}: {rate['met']} of {rate['closed']} closed"
        f" periods met, {rate['periods']} in all"
        + (f", {rate['unread']} could not be read" if rate["unread"] else "")
    )
    yield f"counted {number(rate['counted'])} of {number(rate['needed'])} needed"
    yield "periods by first day: " + _newest({day: number(value) for day, value in rate["amounts"].items()})


def _milestones(details: Json, unit: str) -> Iterator[str]:
    yield f"{details['known']} of {counted(details['of'], 'step')} known"
    for step in details["milestones"].values():
        mark = {True: "done", False: "open", None: "unknown"}[step["done"]]
        when = f" {step['done_on']}" if step["done_on"] else ""
        due = f", due {step['due']}" if step["due"] else ""
        weight = f", weight {number(step['weight'])}" if step["weight"] != 1 else ""
        yield f"  {mark}{when}: {step['title']}{due}{weight}"


def _parts(details: Json, unit: str) -> Iterator[str]:
    mix = "the worst" if details["take"] == "worst" else "the weighted mean"
    yield f"{mix} of {details['known']} known of {counted(details['of'], 'part')}"
    for name, part in details["parts"].items():
        yield f"  {name}: {share(part['progress'])}, weight {number(part['weight'])}"


def _newest(named: Mapping[str, str]) -> str:
    shown = list(named.items())[-SHOWN:]
    before = "… " if len(named) > len(shown) else ""
    return before + ", ".join(f"{name} {value}" for name, value in shown)


_LINES: Mapping[str, Callable[[Json, str], Iterator[str]]] = {
    "override": _override,
    "held": _held,
    "change": _change,
    "band": _band,
    "start": _end("start"),
    "target": _end("target"),
    "phases": _phases,
    "smooth": _smooth,
    "mean": _mean,
    "worst": _worst,
    "rate": _rate,
    "milestones": _milestones,
    "parts": _parts,
    "latest": _latest,
}
