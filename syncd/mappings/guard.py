"""`guard`: what is not believed until a person confirms it."""

from __future__ import annotations

from typing import Final

from syncd.mappings.fields import Fields
from syncd.mappings.measures import Measured
from syncd.okr.definition import Guard
from syncd.okr.kinds import Change, Composite, Keep, Kind, Milestones, Reach

MAX_SHRINK: Final = 0.5
"""Of a guarded quotient: half of the people are rarely gone between two reads, half of a list often."""


def read_guard(fields: Fields, kind: Kind | None, measured: Measured | None) -> Guard | None:
    node = fields.map("guard")
    if node is None:
        return None
    findings, place = fields.findings, fields.place_of("guard")
    reason = _refusal(kind, measured)
    if reason is not None:
        findings.error(place, "guard_refused", reason, hint="leave `guard` out")
        return None
    said = Fields(node, place=place, findings=findings)
    low, high, jump = said.number("min"), said.number("max"), said.number("max_jump")
    shrink = said.number("max_shrink")
    said.finish()
    if not node.values:
        message = "a guard says what is believed"
        findings.error(place, "missing_key", message, hint="write min, max, max_jump or max_shrink")
        return None
    if low is not None and high is not None and low >= high:
        findings.error(said.place_of("max"), "invalid_value", "`max` is not above `min`")
    if jump is not None and jump <= 0:
        message = f"a jump is more than 0, got {jump:g}"
        findings.error(said.place_of("max_jump"), "invalid_value", message)
    divides = measured is not None and measured.formula is not None and bool(measured.formula.divisors)
    if shrink is not None and not divides:
        message = "nothing is divided here that could shrink"
        findings.error(said.place_of("max_shrink"), "guard_refused", message, hint="leave `max_shrink` out")
    if shrink is not None and not 0 < shrink < 1:
        message = f"a share is between 0 and 1, got {shrink:g}"
        findings.error(said.place_of("max_shrink"), "invalid_value", message, hint="half of it is 0.5")
    if shrink is None and divides:
        shrink = MAX_SHRINK
    if high is None and measured is not None and _is_a_share(kind, unit=measured.unit):
        high = 1.0  # more than all of it is a mistake in what is counted
    return Guard(low=low, high=high, max_jump=jump, max_shrink=shrink)


def _is_a_share(kind: Kind | None, *, unit: str) -> bool:
    """A ratio whose written ends, those that it has, are parts of a whole; others are not known yet."""
    if unit != "ratio":
        return False
    match kind:
        case Reach():
            ends = (kind.start, kind.target)
        case Change():
            ends = (kind.start, None)
        case Keep():
            ends = (kind.low, kind.high)
        case _:
            return False
    return all(end is None or 0 <= end <= 1 for end in ends)


def _refusal(kind: Kind | None, measured: Measured | None) -> str | None:
    if isinstance(kind, Milestones | Composite):
        return f"a guard watches one number; {kind.name!r} is made of something else"
    if measured is None:
        return None
    if not measured.queries and measured.formula is None:
        return "a guard watches what is measured; this number is said by people"
    if any(named.input.per_period for named in measured.queries):
        return "a guard watches one number; this rate reads one for each of its periods"
    return None
