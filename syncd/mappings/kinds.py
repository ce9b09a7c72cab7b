"""Which kind of key result this is: one group of keys, told apart by their names."""

from __future__ import annotations

from syncd.mappings.fields import Fields, not_yet
from syncd.mappings.findings import Findings, listed
from syncd.mappings.nodes import MapNode, Node, Scalar, describe
from syncd.mappings.values import Values
from syncd.okr.definition import Keep, Kind, Observe, Place, Reach

GROUPS = {
    "target": "reach",
    "change": "change",
    "keep": "keep",
    "rate": "rate",
    "milestones": "milestones",
    "observe": "observe",
    "composite": "composite",
}
"""The key that names a group -> the kind."""

_LATER = {
    "change": "a change against the start",
    "rate": "so much in every period",
    "milestones": "named steps",
    "composite": "a mix of other key results",
}
_GROUPS_IN_WORDS = "start and target, start and change, keep, rate, milestones, observe, or composite"
_BANDS = ("at_least", "at_most", "above", "below", "between")


def read_kind(fields: Fields) -> Kind | None:
    """The kind; None, with findings, when there is none, or a mixture."""
    for key in ("start", *GROUPS):
        fields.get(key)  # they belong here, whichever of them is read
    findings = fields.findings
    named = [key for key in GROUPS if key in fields]
    if not named:
        _no_group(fields)
        return None
    mixed = ["start", *named] if "start" in fields and named[0] in {"keep", "observe"} else named
    if len(mixed) > 1:
        message = f"a key result has one kind; here are {listed(mixed)}"
        hint = f"keep one group: {_GROUPS_IN_WORDS}"
        findings.error(fields.place_of(mixed[-1]), "mixed_kinds", message, hint=hint)
        return None
    group = named[0]
    if group in _LATER:
        not_yet(fields.place_of(group), f"{group!r} ({_LATER[group]})", findings)
        return None
    return {"target": _reach, "keep": _keep, "observe": _observe}[group](fields)


def _no_group(fields: Fields) -> None:
    if "start" in fields:
        message, hint = "`start` needs a `target` to reach", None
        fields.findings.error(fields.place_of("start"), "missing_key", message, hint=hint)
        return
    message = "this key result says neither what to reach nor what to keep"
    fields.findings.error(fields.place, "missing_kind", message, hint=f"write one group: {_GROUPS_IN_WORDS}")


def _reach(fields: Fields) -> Reach | None:
    start, target = _end(fields, "start"), _end(fields, "target")
    if start is None or target is None:
        return None
    if start == target:
        message = f"start and target are both {start:g}; there is no way to go"
        hint = "keep: {at_least: ...} watches a number that should stay"
        fields.findings.error(fields.place_of("target"), "start_is_target", message, hint=hint)
        return None
    return Reach(start=start, target=target)


def _end(fields: Fields, key: str) -> float | None:
    node = fields.require(key)
    if node is None:
        return None
    if key == "start" and isinstance(node, Scalar) and node.value == "measured":
        not_yet(node.place, "'start: measured' (the first value of the cycle)", fields.findings)
        return None
    if isinstance(node, MapNode):
        not_yet(node.place, f"a query as {key!r}", fields.findings)
        return None
    return fields.number(key)


def _observe(fields: Fields) -> Observe | None:
    flag = fields.flag("observe")
    if flag is False:
        message = "'observe' is true, or not there"
        fields.findings.error(
            fields.place_of("observe"), "invalid_value", message, hint="write: observe: true"
        )
    return Observe() if flag else None


def _keep(fields: Fields) -> Keep | None:
    node = fields.map("keep")
    if node is None:
        if isinstance(written := fields.get("keep"), Scalar) and written.value is None:
            _no_band(fields)
        return None
    place = fields.place_of("keep")
    band = Fields(node, place=place, findings=fields.findings)
    before = fields.findings.error_count
    tolerance, named = band.number("tolerance"), [key for key in _BANDS if band.get(key) is not None]
    if tolerance is not None and tolerance <= 0:
        band.findings.error(band.place_of("tolerance"), "invalid_value", "a tolerance is more than zero")
    _by(band)
    band.finish()
    if not named and fields.findings.error_count == before:
        _no_band(fields)
    sides = _sides(band, named) if named else None
    if sides is None or fields.findings.error_count > before:
        return None
    low, high, strict_low, strict_high = sides
    return Keep(low=low, high=high, strict_low=strict_low, strict_high=strict_high, tolerance=tolerance)


def _no_band(fields: Fields) -> None:
    message = f"`keep` says no band: {listed(_BANDS, 'or')}"
    fields.findings.error(fields.place_of("keep"), "missing_band", message)


def _by(band: Fields) -> None:
    node = band.get("by")
    if isinstance(node, Scalar) and node.value in {"mean", "worst"}:
        not_yet(node.place, f"'by: {node.text}'", band.findings)
    else:
        band.choice("by", ["latest", "mean", "worst"])


def _sides(band: Fields, named: list[str]) -> tuple[float | None, float | None, bool, bool] | None:
    """Low, high, and whether each edge is outside."""
    lows = [key for key in named if key in {"at_least", "above", "between"}]
    highs = [key for key in named if key in {"at_most", "below", "between"}]
    if len(lows) > 1 or len(highs) > 1:
        message = f"{listed(named)} do not make one band"
        hint = "one lower side and one upper side, or between: [low, high]"
        band.findings.error(band.place_of(named[-1]), "mixed_band", message, hint=hint)
        return None
    if named == ["between"]:
        return _between(band)
    low = band.number(lows[0]) if lows else None
    high = band.number(highs[0]) if highs else None
    if low is not None and high is not None:
        _check_order(low, high, band.place_of(named[-1]), band.findings)
    return low, high, "above" in named, "below" in named


def _between(band: Fields) -> tuple[float | None, float | None, bool, bool] | None:
    edges: list[Node] = list(band.items("between"))
    numbers = [Values(band.findings).number(edge, "between") for edge in edges]
    if len(edges) != 2:
        node = band.get("between")
        what = describe(node) if node is not None and not edges else f"{len(edges)} numbers"
        message = f"`between` takes two numbers, got {what}"
        band.findings.error(band.place_of("between"), "invalid_value", message, hint="between: [2, 5]")
        return None
    low, high = numbers
    if low is None or high is None:
        return None
    _check_order(low, high, band.place_of("between"), band.findings)
    return low, high, False, False


def _check_order(low: float, high: float, place: Place, findings: Findings) -> None:
    if low > high:
        message = f"the band's lower side ({low:g}) is above its upper side ({high:g})"
        findings.error(place, "invalid_value", message, hint="swap them")
