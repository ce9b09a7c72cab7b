"""`measures`, `measure` and `value`: which measurements a key result has, and what it makes of them."""

from __future__ import annotations

import hashlib
import json
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass

from syncd.mappings.context import Scope
from syncd.mappings.fields import Fields
from syncd.mappings.findings import did_you_mean, listed
from syncd.mappings.nodes import MapNode, Node, Scalar, describe
from syncd.mappings.queries import NamedQuery, read_query
from syncd.okr.definition import Place
from syncd.okr.formula import FUNCTIONS, SECONDS_IN, Formula, FormulaError, parse

UNNAMED = "value"
"""Name of a query that stands alone under `measure`."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")

Named = Mapping[str, NamedQuery | None]
"""By name; None where the query is wrong, which is told already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a key result reads, and the value's unit and formula.

    `conditions`: formulas beside the value's, as written; what they decide is part of the number.
    """

    queries: tuple[NamedQuery, ...] = ()
    formula: Formula | None = None
    unit: str = "number"
    conditions: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        said = [
            [[named.input.name, *named.input.query[:2]] for named in self.queries],
            self.formula.text if self.formula else None,
            self.unit,
            *self.conditions,
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def read_shared(fields: Fields, scope: Scope) -> Named:
    """The file's `measures`."""
    node = fields.map("measures")
    return _named(node, scope) if node is not None else {}


def read_measured(fields: Fields, *, unit: str | None, shared: Named, scope: Scope) -> Measured | None:
    """`measure` and `value` of a key result; None where either is wrong."""
    node, value = fields.get("measure"), fields.get("value")
    if isinstance(node, MapNode) and "from" in node:
        return _lone(fields, node, value, unit, scope)
    own = read_own(node, shared=shared, scope=scope)
    if own is None:
        return None
    if isinstance(node, MapNode) and value is None:
        message = f"`measure` names {listed(node.keys)}, and no `value` says what they make"
        hint = f"value: {' / '.join(list(node.keys)[:2])}" if node.keys else None
        scope.findings.error(fields.place_of("measure"), "missing_value", message, hint=hint)
        return None
    if value is None:
        return Measured(unit=unit or "number")
    return _by_formula(value, unit=unit, own=own, shared=shared, scope=scope)


def read_own(node: Node | None, *, shared: Named, scope: Scope) -> Named | None:
    """The queries of a `measure` that names them; None where it is no map."""
    if node is None:
        return {}
    if not isinstance(node, MapNode):
        message = f"expected a query or a map of queries for 'measure', got {describe(node)}"
        scope.findings.error(node.place, "wrong_type", message)
        return None
    own = _named(node, scope)
    for name in own.keys() & shared.keys():
        message = f"{name!r} is one of the file's `measures` already"
        scope.findings.error(node.keys[name].place, "duplicate_measurement", message, hint="rename it")
    return own


def _lone(
    fields: Fields, node: MapNode, value: Node | None, unit: str | None, scope: Scope
) -> Measured | None:
    named = read_query(node, name=UNNAMED, place=fields.place_of("measure"), scope=scope)
    if value is not None:
        message = "`measure` is one query without a name; `value` has nothing to name"
        hint = "leave `value` out, or give the query a name: measure: {name: {from: ...}}"
        scope.findings.error(fields.place_of("value"), "value_refused", message, hint=hint)
        return None
    if named is None:
        return None
    converted = _converted(named, unit=unit, place=fields.place_of("measure"), scope=scope)
    return Measured(queries=(named,), formula=converted, unit=unit or named.query.unit)


def _by_formula(value: Node, *, unit: str | None, own: Named, shared: Named, scope: Scope) -> Measured | None:
    known = {**own, **{name: named for name, named in shared.items() if name not in own}}
    formula = read_formula(value, "value", known, scope)
    if formula is None or not isinstance(value, Scalar):
        return None
    used = {name: named for name, named in known.items() if name in own or name in formula.names}
    if None in used.values():
        return None
    queries = tuple(named for named in used.values() if named is not None)
    by_name = {named.input.name: named for named in queries}
    bare = by_name[formula.bare] if formula.bare else None
    if bare is not None:
        converted = _converted(bare, unit=unit, place=value.place, scope=scope)
        return Measured(queries=queries, formula=converted or formula, unit=unit or bare.query.unit)
    check_durations(formula, value, known, scope)
    return Measured(queries=queries, formula=formula, unit=unit or "number")


def _named(node: MapNode, scope: Scope) -> dict[str, NamedQuery | None]:
    queries: dict[str, NamedQuery | None] = {}
    for key, query in node.items():
        if _is_allowed(key, scope):
            queries[key.text] = read_query(query, name=key.text, place=key.place, scope=scope)
    return queries


def _is_allowed(key: Scalar, scope: Scope) -> bool:
    reason = None
    if not _NAME.fullmatch(key.text):
        reason = "lower-case letters, digits and underscores, beginning with a letter"
    elif keyword.iskeyword(key.text) or key.text in FUNCTIONS:
        reason = "it is a word of the formulas; take another"
    if reason is not None:
        message = f"{key.text!r} cannot name a measurement"
        scope.findings.error(key.place, "invalid_name", message, hint=reason)
    return reason is None


def check_durations(formula: Formula, node: Scalar, known: Named, scope: Scope) -> None:
    """Finds durations that do not say in which unit they count."""
    for name in sorted(formula.unwrapped):
        named = known[name]
        if named is not None and named.query.unit == "seconds":
            message = f"{name!r} is a duration in seconds; say in which unit it counts here"
            scope.findings.error(
                _place_of_name(node, name), "bare_duration", message, hint=f"write days({name})"
            )


def read_formula(node: Node, key: str, known: Named, scope: Scope) -> Formula | None:
    """The formula, if it is one and all its names are known."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        message = f"expected a formula over measurements for {key!r}, got {describe(node)}"
        scope.findings.error(node.place, "wrong_type", message)
        return None
    try:
        formula = parse(node.text)
    except FormulaError as error:
        scope.findings.error(node.place_at(error.column), error.code, str(error.args[0]), hint=error.hint)
        return None
    if not formula.names:
        scope.findings.error(node.place, "no_measurement", "this formula reads no measurement")
        return None
    unknown = sorted(formula.names - known.keys())
    for name in unknown:
        has = ", ".join(known) if known else "none"
        message = f"unknown measurement {name!r}; this key result has: {has}"
        hint = did_you_mean(name, known)
        scope.findings.error(_place_of_name(node, name), "unknown_measurement", message, hint=hint)
    return None if unknown else formula


def _place_of_name(node: Scalar, name: str) -> Place:
    found = re.search(rf"\b{re.escape(name)}\b", node.text)
    return node.place_at(found.start() + 1 if found else 1)


def _converted(named: NamedQuery, *, unit: str | None, place: Place, scope: Scope) -> Formula | None:
    """The formula that brings a lone duration from seconds to the key result's unit."""
    if named.query.unit != "seconds" or unit in {None, "seconds"}:
        return None
    if unit in SECONDS_IN:
        return parse(f"{unit}({named.input.name})")
    message = f"a duration does not make a value in {unit!r}"
    hint = f"unit: {listed([*SECONDS_IN, 'seconds'], 'or')}"
    scope.findings.error(place, "wrong_unit", message, hint=hint)
    return None
