"""`milestones`: named steps, each done by a date, a query or a condition."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from syncd.mappings.fields import Fields
from syncd.mappings.findings import listed
from syncd.mappings.kinds.asking import Asking, refuse
from syncd.mappings.measures import Measured, Named, check_durations, read_formula, read_own
from syncd.mappings.nodes import MapNode, Node, Scalar, describe
from syncd.mappings.queries import NamedQuery, read_query
from syncd.mappings.values import Values
from syncd.okr.definition import Cycle
from syncd.okr.formula import SECONDS_IN, Formula
from syncd.okr.kinds import Milestone, Milestones

MOST_STEPS = 40
"""Every event of the key result names all of its steps."""

UNIT = "count"

_DONE_BY = ("done_on", "measure", "when")
_REFUSED = {"value": "what milestones make of their measurements stands in each one's `when`"}
_NO_UNITS = {"ratio", "seconds", *SECONDS_IN}


def read_milestones(fields: Fields, asking: Asking) -> Milestones | None:
    asking.reads_measure = True
    refuse(fields, _REFUSED)
    unit = _unit(fields)
    before = fields.findings.error_count
    own = _own(fields, asking)
    node = fields.map("milestones")
    if node is None or not node.values:
        if node is not None or fields.findings.error_count == before:
            message, hint = "there is no milestone here", "launch: {title: Launch, due: 2026-11-15}"
            fields.findings.error(fields.place_of("milestones"), "missing_key", message, hint=hint)
        return None
    reader = _Reader(fields, asking, own=own)
    steps = tuple(step for key, said in node.items() if (step := reader.read(key, said)) is not None)
    _check_all(steps, fields)
    if fields.findings.error_count > before:
        return None
    asking.measured = reader.measured(unit)
    return Milestones(steps=steps)


def _unit(fields: Fields) -> str:
    unit = fields.text("unit")
    if unit in _NO_UNITS:
        message = f"the number of a key result with milestones counts those that are done, not {unit!r}"
        fields.findings.error(fields.place_of("unit"), "wrong_unit", message, hint="leave `unit` out")
    return unit or UNIT


def _own(fields: Fields, asking: Asking) -> Named:
    node = fields.get("measure")
    if isinstance(node, MapNode) and "from" in node:
        message = "no milestone can name this query"
        hint = "give it a name: measure: {name: {from: ...}}, or write it into the milestone"
        fields.findings.error(fields.place_of("measure"), "unnamed_measure", message, hint=hint)
        return {}
    return read_own(node, shared=asking.shared, scope=asking.scope) or {}


def _check_all(steps: Collection[Milestone], fields: Fields) -> None:
    place = fields.place_of("milestones")
    if steps and all(step.weight == 0 for step in steps):
        message = "the weights of its milestones are all zero"
        fields.findings.error(place, "zero_weights", message, hint="give one a weight")
    if len(steps) > MOST_STEPS:
        message = f"a key result has at most {MOST_STEPS} milestones, got {len(steps)}"
        fields.findings.error(place, "too_many", message, hint="make two key results of it")


class _Reader:
    """Collects the steps' queries and the names that their conditions use."""

    def __init__(self, fields: Fields, asking: Asking, *, own: Named) -> None:
        self._findings, self._scope = fields.findings, asking.scope
        self._cycle = asking.scope.cycle
        self._own = own
        self._known: Named = {**own, **{k: v for k, v in asking.shared.items() if k not in own}}
        self._queries: list[NamedQuery] = []
        self._conditions: list[Formula] = []

    def read(self, key: Scalar, node: Node) -> Milestone | None:
        name = Values(self._findings).name(key, key.text)
        if not isinstance(node, MapNode):
            message = f"expected a milestone under {key.text!r}, got {describe(node)}"
            self._findings.error(node.place, "wrong_type", message, hint=f"{key.text}: {{title: ...}}")
            return None
        said = Fields(node, place=key.place, findings=self._findings)
        title, weight = said.required_text("title"), said.number("weight")
        if weight is not None and weight < 0:
            message = f"a weight is not negative, got {weight:g}"
            self._findings.error(said.place_of("weight"), "invalid_value", message)
        due, done_on = self._day("due", said), self._day("done_on", said)
        named = [word for word in _DONE_BY if said.get(word) is not None]
        if len(named) > 1:
            message = f"a milestone is done in one way; here are {listed(named)}"
            hint = "keep one of `done_on`, `measure` and `when`"
            self._findings.error(said.place_of(named[1]), "mixed_milestone", message, hint=hint)
            named = []
        measured = self._query(key.text, said) if named == ["measure"] else None
        when = self._condition(said) if named == ["when"] else None
        said.finish()
        return Milestone(
            key=name or key.text,
            title=title or "",
            weight=1.0 if weight is None else weight,
            due=due,
            done_on=done_on,
            measure=measured.input if measured else None,
            when=when,
        )

    def measured(self, unit: str) -> Measured | None:
        """All that the key result asks: of the file's shared measurements, those that a condition names."""
        used = {name for condition in self._conditions for name in condition.names}
        named = [query for name, query in self._known.items() if name in self._own or name in used]
        queries = [query for query in named if query is not None]
        if len(queries) < len(named):
            return None
        conditions = tuple(condition.text for condition in self._conditions)
        return Measured(queries=(*queries, *self._queries), unit=unit, conditions=conditions)

    def _day(self, word: str, said: Fields) -> date | None:
        day = said.day(word)
        if day is not None and self._cycle is not None and day > self._cycle.last_day:
            self._findings.error(said.place_of(word), "outside_cycle", _too_late(day, self._cycle))
        return day

    def _query(self, key: str, said: Fields) -> NamedQuery | None:
        # A dot, which no name of a measurement has, keeps it apart from the key result's own ones.
        node, place, name = said.node.values["measure"], said.place_of("measure"), f"milestones.{key}"
        named = read_query(node, name=name, place=place, scope=self._scope)
        if named is None:
            return None
        if named.query.unit == "seconds":
            message = "a milestone is done at 1, and this is a duration"
            hint = "name it in the key result's `measure`, and write when: days(name) <= 30"
            self._findings.error(place, "bare_duration", message, hint=hint)
            return None
        self._queries.append(named)
        return named

    def _condition(self, said: Fields) -> Formula | None:
        node = said.node.values["when"]
        formula = read_formula(node, "when", self._known, self._scope)
        if formula is not None and isinstance(node, Scalar):
            check_durations(formula, node, self._known, self._scope)
            self._conditions.append(formula)
        return formula


def _too_late(day: date, cycle: Cycle) -> str:
    return f"{day} is after the last day of the cycle {cycle.name} ({cycle.last_day})"
