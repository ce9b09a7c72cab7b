"""`start` and `target`."""

from __future__ import annotations

from syncd.mappings.fields import Fields
from syncd.mappings.kinds.asking import Asking
from syncd.mappings.kinds.ends import read_start, read_target
from syncd.okr.kinds import Reach


def read_reach(fields: Fields, asking: Asking) -> Reach | None:
    start, target = read_start(fields, asking), read_target(fields, asking)
    if start is None or target is None:
        return None
    if start.number is not None and start.number == target.number:
        message = f"start and target are both {start.number:g}; there is no way to go"
        hint = "keep: {at_least: ...} watches a number that should stay"
        fields.findings.error(fields.place_of("target"), "start_is_target", message, hint=hint)
        return None
    return Reach(start=start.number, target=target.number, start_from=start.asked, target_from=target.asked)
