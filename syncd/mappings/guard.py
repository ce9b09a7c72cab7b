"""`guard`: what is not believed until a person confirms it."""

from __future__ import annotations

from syncd.mappings.fields import Fields
from syncd.mappings.measures import Measured
from syncd.okr.definition import Guard
from syncd.okr.kinds import Composite, Kind, Milestones, Reach


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
    said.finish()
    if not node.values:
        message = "a guard says what is believed"
        findings.error(place, "missing_key", message, hint="write min, max or max_jump")
        return None
    if low is not None and high is not None and low >= high:
        findings.error(said.place_of("max"), "invalid_value", "`max` is not above `min`")
    if jump is not None and jump <= 0:
        message = f"a jump is more than 0, got {jump:g}"
        findings.error(said.place_of("max_jump"), "invalid_value", message)
    if high is None and measured is not None and _is_a_share(kind, unit=measured.unit):
        high = 1.0  # more than all of it is a mistake in what is counted
    return Guard(low=low, high=high, max_jump=jump)


def _is_a_share(kind: Kind | None, *, unit: str) -> bool:
    if unit != "ratio" or not isinstance(kind, Reach):
        return False
    return all(end is not None and 0 <= end <= 1 for end in (kind.start, kind.target))


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
