"""What shapes a key result's way: `targets`, the points that pace expects, and `smooth`, a mean."""

from __future__ import annotations

from datetime import timedelta

from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings
from syncd.mappings.nodes import Scalar
from syncd.mappings.values import Values
from syncd.okr.definition import Cycle, Phase, Smooth
from syncd.okr.kinds import Change, Keep, Kind, Observe, Reach
from syncd.okr.smoothing import MAX_DAYS

_DAY = timedelta(days=1)


def read_phases(fields: Fields, kind: Kind | None, cycle: Cycle) -> tuple[Phase, ...]:
    """The points of `targets`, in the order of their days."""
    node = fields.map("targets")
    if node is None:
        return ()
    findings, place = fields.findings, fields.place_of("targets")
    if kind is not None and not isinstance(kind, Reach | Change):
        message = f"`targets` lead from a start to a target; {kind.name!r} has none"
        findings.error(place, "targets_refused", message, hint="leave `targets` out")
        return ()
    values = Values(findings)
    phases: list[Phase] = []
    for key, number in node.items():
        day, value = values.day(key, "targets"), values.number(number, key.text)
        if day is None or value is None:
            continue
        phase = Phase(day=day, value=value)
        if _is_on_the_way(phase, phases, key, cycle, findings):
            phases.append(phase)
    return tuple(phases)


def _is_on_the_way(phase: Phase, so_far: list[Phase], key: Scalar, cycle: Cycle, findings: Findings) -> bool:
    if not cycle.first_day <= phase.day <= cycle.last_day:
        message = f"{phase.day} is not in the cycle {cycle.name} ({cycle.first_day} to {cycle.last_day})"
        findings.error(key.place, "outside_cycle", message)
        return False
    if phase.day == cycle.last_day:
        message = f"{phase.day} is the cycle's last day; what is expected then is the target itself"
        findings.error(key.place, "outside_cycle", message, hint="leave it out")
        return False
    if so_far and phase.day < so_far[-1].day:
        message = f"{phase.day} stands after {so_far[-1].day}"
        findings.error(key.place, "unordered_targets", message, hint="write the days in their order")
        return False
    return True


def read_smooth(fields: Fields, kind: Kind | None) -> Smooth | None:
    node = fields.map("smooth")
    if node is None:
        return None
    findings, place = fields.findings, fields.place_of("smooth")
    if kind is not None and not isinstance(kind, Reach | Change | Keep | Observe):
        message = f"`smooth` is a mean of values; {kind.name!r} is made of something else"
        findings.error(place, "smooth_refused", message, hint="leave `smooth` out")
        return None
    said = Fields(node, place=place, findings=findings)
    said.require("mean")
    span, least = said.duration("mean"), said.whole("min_points")
    said.finish()
    if span is None:
        return None
    if span % _DAY or not _DAY <= span <= MAX_DAYS * _DAY:
        message = f"a mean is over whole days, 1 to {MAX_DAYS}"
        findings.error(said.place_of("mean"), "invalid_duration", message, hint="mean: 28d")
        return None
    days = span // _DAY
    if least is not None and not 1 <= least <= days:
        message = f"`min_points` counts days with a value, here 1 to {days}; got {least}"
        findings.error(said.place_of("min_points"), "invalid_value", message)
        return None
    return Smooth(days=days, min_points=1 if least is None else least)
