"""`start` and `target`: a number, `measured`, or a query that is asked once."""

from __future__ import annotations

from typing import NamedTuple

from syncd.mappings.fields import Fields
from syncd.mappings.findings import listed
from syncd.mappings.kinds.asking import Asking
from syncd.mappings.nodes import MapNode, Scalar
from syncd.okr.formula import SECONDS_IN
from syncd.okr.names import Input


class WrittenEnd(NamedTuple):
    """Neither a number nor a query: the first value of the cycle."""

    number: float | None = None
    asked: Input | None = None


MEASURED = WrittenEnd()


def read_start(fields: Fields, asking: Asking) -> WrittenEnd | None:
    node = fields.get("start")
    if isinstance(node, Scalar) and node.value == "measured":
        return MEASURED
    return _read_end(fields, "start", asking)


def read_target(fields: Fields, asking: Asking) -> WrittenEnd | None:
    return _read_end(fields, "target", asking)


def _read_end(fields: Fields, key: str, asking: Asking) -> WrittenEnd | None:
    """None, with findings, where nothing, or something else, is written."""
    node = fields.require(key)
    if not isinstance(node, MapNode):
        number = fields.number(key)
        return None if number is None else WrittenEnd(number=number)
    named = asking.read(node, name=key, place=fields.place_of(key))
    if named is None:
        return None
    unit = fields.get("unit")
    if (
        named.query.unit == "seconds"
        and isinstance(unit, Scalar)
        and unit.text not in {*SECONDS_IN, "seconds"}
    ):
        message = f"a duration does not make a {key} in {unit.text!r}"
        hint = f"unit: {listed([*SECONDS_IN, 'seconds'], 'or')}"
        fields.findings.error(fields.place_of(key), "wrong_unit", message, hint=hint)
        return None
    return WrittenEnd(asked=named.input)
