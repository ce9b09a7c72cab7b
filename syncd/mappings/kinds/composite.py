"""`composite`: a mix of other key results."""

from __future__ import annotations

from typing import Literal

from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings
from syncd.mappings.kinds.asking import Asking, refuse
from syncd.mappings.measures import Measured
from syncd.mappings.nodes import MapNode
from syncd.mappings.values import Values
from syncd.mappings.wanted import Wanted, WantedPart
from syncd.okr.kinds import Composite
from syncd.okr.names import Place

MOST_PARTS = 40
"""Every event of the key result names all of its parts."""

UNIT = "ratio"

_TAKE: dict[str, Literal["mean", "worst"]] = {"mean": "mean", "worst": "worst"}
_REFUSED = {
    "measure": "a composite is made of other key results; it measures nothing itself",
    "value": "a composite is made of other key results; it has no formula",
    "freshness": "a composite is as fresh as its parts",
    "refresh": "a composite is read when its parts are",
}


def read_composite(fields: Fields, asking: Asking) -> Composite | None:
    """The kind without its parts, which go to `asking`: what they name may stand in another file."""
    asking.reads_measure, asking.measured = True, Measured(unit=UNIT)
    refuse(fields, _REFUSED)
    _check_unit(fields)
    before, place = fields.findings.error_count, fields.place_of("composite")
    node, parts = fields.map("composite"), None
    if node is not None:
        said = Fields(node, place=place, findings=fields.findings)
        take, parts = said.choice("take", [*_TAKE]), said.map("parts")
        said.finish()
    if parts is None or not parts.values:
        if fields.findings.error_count == before:
            message, hint = "this composite has no parts", "parts: {team/objective/key-result: 1}"
            fields.findings.error(place, "missing_key", message, hint=hint)
        return None
    asking.parts = _parts(parts, place=said.place_of("parts"), findings=fields.findings)
    return Composite(parts=(), take=_TAKE.get(take or "", "mean"))


def _parts(node: MapNode, *, place: Place, findings: Findings) -> list[WantedPart]:
    values, parts = Values(findings), []
    for key, weight_node in node.items():
        weight = values.number(weight_node, key.text)
        if weight is not None and weight < 0:
            findings.error(weight_node.place, "invalid_value", f"a weight is not negative, got {weight:g}")
        wanted = Wanted(text=key.text, place=key.place, is_part=True)
        parts.append(WantedPart(wanted=wanted, weight=1.0 if weight is None else weight))
    if all(part.weight == 0 for part in parts):
        message = "the weights of its parts are all zero"
        findings.error(place, "zero_weights", message, hint="give one a weight")
    if len(parts) > MOST_PARTS:
        message = f"a composite has at most {MOST_PARTS} parts, got {len(parts)}"
        findings.error(place, "too_many", message, hint="make composites of composites")
    return parts


def _check_unit(fields: Fields) -> None:
    unit = fields.text("unit")
    if unit not in {None, UNIT}:
        message = f"a composite is a {UNIT}, 0 to 1, and not in {unit!r}"
        fields.findings.error(fields.place_of("unit"), "wrong_unit", message, hint="leave `unit` out")
