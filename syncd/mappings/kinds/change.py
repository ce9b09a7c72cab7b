"""`start` and `change`: a share of the start (`-25%`), or an amount in the unit (`+20`)."""

from __future__ import annotations

import re
from decimal import Decimal

from syncd.errors import EvaluationError
from syncd.mappings.fields import Fields
from syncd.mappings.kinds.asking import Asking
from syncd.mappings.kinds.ends import read_start
from syncd.mappings.nodes import Node, Scalar, describe
from syncd.okr.judging.change import target_of
from syncd.okr.kinds import Change

_PERCENT = re.compile(r"([-+]?[0-9]{1,9}(?:\.[0-9]{1,9})?) ?%")


def read_change(fields: Fields, asking: Asking) -> Change | None:
    if "start" not in fields:
        message, hint = "`change` needs a `start`", "start: measured, or the number that it was"
        fields.findings.error(fields.place_of("change"), "missing_key", message, hint=hint)
    start = read_start(fields, asking) if "start" in fields else None
    change = _amount(fields)
    if start is None or change is None:
        return None
    amount, is_relative = change
    found = Change(amount=amount, is_relative=is_relative, start=start.number, start_from=start.asked)
    return found if _leads_somewhere(found, fields) else None


def _amount(fields: Fields) -> tuple[float, bool] | None:
    """How much, and whether it is a share of the start."""
    node = fields.get("change")
    percent = _PERCENT.fullmatch(node.text) if isinstance(node, Scalar) else None
    if percent:
        # By decimals: 33.3 % is 0.333, and not its neighbour.
        return float(Decimal(percent[1]).scaleb(-2)), True
    if isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value), False
    _report_wrong(fields, node)
    return None


def _report_wrong(fields: Fields, node: Node | None) -> None:
    got = describe(node) if node is not None else "nothing"
    place = node.place if node is not None else fields.place
    message = f"expected a change for 'change', got {got}"
    hint = "a share of the start, -25%, or an amount in the unit, +20"
    fields.findings.error(place, "wrong_type", message, hint=hint)


def _leads_somewhere(kind: Change, fields: Fields) -> bool:
    place = fields.place_of("change")
    if kind.amount == 0:
        hint = "keep: {at_least: ...} watches a number that should stay"
        fields.findings.error(place, "start_is_target", "a change of 0 is no change", hint=hint)
        return False
    if kind.start is None:
        return True
    try:
        target = target_of(kind, kind.start)
    except EvaluationError as error:
        fields.findings.error(place, error.code, str(error))
        return False
    if target == kind.start:
        message = f"so small a change leads from {kind.start:g} to itself"
        fields.findings.error(place, "start_is_target", message)
    return target != kind.start
