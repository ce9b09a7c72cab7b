"""The rules of the kinds, as the guides say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from days import EXPECTED, between, midnight, periods
from paper import shown, total
from world import NOW, WORLD


@dataclass(frozen=True, kw_only=True)
class Row:
    """A key result as computed; every number as it is shown. None: there is none."""

    kind: str
    start: Fraction | None = None
    target: Fraction | None = None
    current: Fraction | None = None
    unclamped: Fraction | None = None
    expected: Fraction | None = None
    pace: str | None = None
    counts_as: Fraction | None = None

    @property
    def progress(self) -> Fraction | None:
        return None if self.unclamped is None else min(max(self.unclamped, Fraction(0)), Fraction(1))


def pace_of(actual: Fraction, expected: Fraction, *, is_met: bool) -> str:
    if expected < Fraction(5, 100):
        return "ahead" if is_met else "on_track"
    for word, least in (("ahead", 1), ("on_track", Fraction(7, 10)), ("behind", Fraction(4, 10))):
        if actual / expected >= least:
            return word
    return "off_track"


def reach(
    current: Fraction,
    *,
    start: str | Fraction,
    target: str | Fraction,
    expected: Fraction = EXPECTED,
    kind: str = "reach",
) -> Row:
    begin, end, here = Fraction(start), Fraction(target), shown(current)
    way = shown((here - begin) / (end - begin))
    return Row(
        kind=kind,
        start=begin,
        target=end,
        current=here,
        unclamped=way,
        expected=expected,
        pace=pace_of(way, expected, is_met=way >= 1),
    )


def change(current: Fraction, *, start: str | Fraction, share: str = "", amount: str = "") -> Row:
    begin = Fraction(start)
    more = Fraction(share) / 100 * abs(begin) if share else Fraction(amount)
    return reach(current, start=begin, target=shown(begin + more), kind="change")


def keep(
    current: Fraction,
    *,
    low: str | None = None,
    high: str | None = None,
    tolerance: str = "0",
    is_strict: bool = False,
) -> Row:
    here, far = shown(current), Fraction(tolerance)
    outside = max(
        Fraction(low) - here if low else Fraction(-1), here - Fraction(high) if high else Fraction(-1)
    )
    is_inside = outside < 0 or (outside == 0 and not is_strict)
    if is_inside:
        held, pace = Fraction(1), "on_track"
    else:
        held = max(Fraction(0), 1 - outside / far) if far else Fraction(0)
        pace = "behind" if far and outside <= far else "off_track"
    return Row(kind="keep", current=here, unclamped=shown(held), pace=pace)


def rate(
    need: int,
    every: str,
    amount: Callable[[date, date], Fraction | None],
    *,
    carry_over: bool = False,
    reaches_back: bool = False,
) -> Row:
    """`amount` of a period that has begun; None: it was not read.

    `reaches_back`: the running period's is what a total grew in the closed ones and in it.
    """
    current: Fraction | None = None
    counted = needed = closed_counted = closed_needed = Fraction(0)
    for first, last, share in periods(every):
        is_closed, has_begun = midnight(last + timedelta(days=1)) <= NOW, midnight(first) <= NOW
        read = amount(first, last) if has_begun else None
        if read is None and is_closed:
            continue  # nobody read it: it counts in neither part
        worth = Fraction(0) if read is None else read if carry_over else min(read, need * share)
        counted, needed = counted + worth, needed + need * share
        if is_closed:
            closed_needed += need * share
        if is_closed or reaches_back:
            closed_counted += worth
        current = current if read is None else read
    expected, way = closed_needed / needed, shown(counted / needed)
    pace = pace_of(closed_counted / needed, expected, is_met=way >= 1)
    if way >= 1:
        pace = "ahead"
    return Row(kind="rate", current=current, unclamped=way, expected=expected, pace=pace)


def only_now(read: Fraction, *, before: Fraction | None) -> Callable[[date, date], Fraction | None]:
    """A number that is read now alone: it belongs to the period of today, `before` to those that are over."""
    return lambda first, last: read if between(first, last)(WORLD["moment"]) else before


def milestones(steps: Sequence[tuple[bool, int, date | None]]) -> Row:
    """Steps: whether it is done, its weight, and when it is due."""
    weight = sum(of for _, of, _ in steps)
    way = shown(Fraction(sum(of for is_done, of, _ in steps if is_done), weight))
    due = [
        EXPECTED if day is None else Fraction(midnight(day + timedelta(days=1)) <= NOW) for _, _, day in steps
    ]
    expected = total(of * share for (_, of, _), share in zip(steps, due, strict=True)) / weight
    return Row(
        kind="milestones",
        current=Fraction(sum(is_done for is_done, _, _ in steps)),
        unclamped=way,
        expected=expected,
        pace=pace_of(way, expected, is_met=way >= 1),
    )


def composite(parts: Mapping[str, int], *, of: Mapping[str, Row], take: str) -> Row:
    known = [
        (progress, weight) for id_, weight in parts.items() if (progress := of[id_].progress) is not None
    ]
    if take == "worst":
        way = min(progress for progress, _ in known)
    else:
        way = shown(total(p * w for p, w in known) / sum(w for _, w in known))
    return Row(
        kind="composite",
        start=Fraction(0),
        target=Fraction(1),
        current=way,
        unclamped=way,
        expected=EXPECTED,
        pace=pace_of(way, EXPECTED, is_met=way >= 1),
    )


def observe(current: Fraction) -> Row:
    return Row(kind="observe", current=shown(current))


def nothing(kind: str, *, start: str | None = None, target: str | None = None) -> Row:
    """No value was ever read."""
    return Row(
        kind=kind, start=Fraction(start) if start else None, target=Fraction(target) if target else None
    )
