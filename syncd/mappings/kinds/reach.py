"""`start` and `target`."""

from __future__ import annotations

from syncd.mappings.fields import Fields, not_yet
from syncd.mappings.kinds.asking import Asking
from syncd.mappings.nodes import MapNode, Scalar
from syncd.okr.kinds import Reach


def read_reach(fields: Fields, _asking: Asking) -> Reach | None:
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
