"""One mapping file -> its objectives and key results. What points elsewhere stays text here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from syncd.mappings.context import DEFAULT_REFRESH, Context, Scope
from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings, did_you_mean
from syncd.mappings.guard import read_guard
from syncd.mappings.inherited import Inherited
from syncd.mappings.kinds import Asking, read_kind
from syncd.mappings.kinds.rate import check_periods
from syncd.mappings.measures import Measured, Named, read_measured, read_shared
from syncd.mappings.nodes import MapNode, Node, Scalar, describe
from syncd.mappings.owner import Owner, read_owner
from syncd.mappings.queries import NamedQuery
from syncd.mappings.shape import read_phases, read_smooth
from syncd.mappings.values import Values, is_name
from syncd.mappings.wanted import Wanted, WantedPart
from syncd.okr.definition import Cycle, FreshnessRule, Input, KeyResult, Objective, Place, Rollup, Subject
from syncd.sdk.plugin import Plugin

WARN_AFTER, ERROR_AFTER = 3, 12
"""How many refreshes may fail before a number is late, and stale, unless the mapping says."""

_ROLLUPS: dict[str, Rollup] = {
    "key_results": "key_results",
    "supporters": "supporters",
    "by_hand": "by_hand",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftObjective:
    objective: Objective
    supports: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftKeyResult:
    """`parts`: what a composite is made of; its kind has none yet."""

    key_result: KeyResult
    parts: tuple[WantedPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one file says.

    Attributes:
        places: Every id that the file defines, even those with mistakes inside.
        was: Every earlier id that the file claims.
        shared: The file's own `measures`, used or not.
    """

    owner: Owner
    places: tuple[tuple[Subject, Place], ...]
    was: tuple[tuple[Subject, Place], ...]
    objectives: tuple[DraftObjective, ...]
    key_results: tuple[DraftKeyResult, ...]
    queries: tuple[NamedQuery, ...]
    shared: tuple[Input, ...] = ()


def read_file(
    node: MapNode, *, text: str, context: Context, plugins: Mapping[str, Plugin], findings: Findings
) -> Draft | None:
    """The draft of one file; None when it does not say whose it is, or for which cycle."""
    fields = Fields(node, place=node.place, findings=findings)
    cycle, owner = _cycle(fields, context), read_owner(fields)
    person = fields.text("owner") or (owner.prefix if owner and owner.tier == "individual" else None)
    handed_down = Inherited(owner=person).with_mode(fields)
    readers = frozenset(filter(None, (owner.prefix, owner.team))) if owner else frozenset[str]()
    scope = Scope(context=context, plugins=plugins, findings=findings, cycle=cycle, readers=readers)
    shared = read_shared(fields, scope)
    objectives = fields.map("objectives")
    if "objectives" not in fields:
        fields.require("objectives")
    fields.finish()
    if cycle is None or owner is None:
        return None
    digest = hashlib.sha256(text.encode()).hexdigest()
    reader = _Reader(owner=owner, cycle=cycle, shared=shared, scope=scope, digest=digest)
    for key, objective in objectives.items() if objectives is not None else ():
        reader.read_objective(key, objective, handed_down)
    return reader.draft()


def _cycle(fields: Fields, context: Context) -> Cycle | None:
    name = fields.required_text("cycle")
    if name is None:
        return None
    cycle = context.cycles.get(name)
    if cycle is None:
        place = fields.node.values["cycle"].place
        hint = did_you_mean(name, context.cycles) or "cycles stand in syncd.yaml"
        fields.findings.error(place, "unknown_cycle", f"unknown cycle {name!r}", hint=hint)
    return cycle


class _Reader:
    """Collects what one file defines."""

    def __init__(self, *, owner: Owner, cycle: Cycle, shared: Named, scope: Scope, digest: str) -> None:
        self._owner, self._cycle, self._shared, self._scope = owner, cycle, shared, scope
        self._findings, self._digest = scope.findings, digest
        self._values = Values(scope.findings)
        self._places: list[tuple[Subject, Place]] = []
        self._was_places: list[tuple[Subject, Place]] = []
        self._objectives: list[DraftObjective] = []
        self._key_results: list[DraftKeyResult] = []
        self._queries: list[NamedQuery] = []

    def draft(self) -> Draft:
        return Draft(
            owner=self._owner,
            places=tuple(self._places),
            was=tuple(self._was_places),
            objectives=tuple(self._objectives),
            key_results=tuple(self._key_results),
            queries=tuple(self._queries),
            shared=tuple(named.input for named in self._shared.values() if named is not None),
        )

    def read_objective(self, key: Scalar, node: Node, inherited: Inherited) -> None:
        subject = self._subject(self._owner.prefix, key)
        fields = self._fields(key, node, "an objective")
        if subject is None or fields is None:
            return
        title = fields.required_text("title")
        own = inherited.with_all(fields)
        supports = tuple(Wanted(text=text, place=at.place) for text, at in fields.texts("supports"))
        rollup = _ROLLUPS.get(fields.choice("rollup", [*_ROLLUPS]) or "", "key_results")
        was = self._was(fields, parts=2)
        key_results = fields.map("key_results")
        fields.finish()
        found = tuple(self._read_key_results(subject, key_results, own)) if key_results else ()
        objective = Objective(
            subject=subject,
            title=title or "",
            tier=self._owner.tier,
            team=self._owner.team,
            owner=own.owner,
            cycle=self._cycle,
            key_results=tuple(draft.key_result.subject for draft in found),
            rollup=rollup,
            is_shadow=own.is_shadow,
            is_pushed=own.is_pushed,
            was=was,
            place=key.place,
            digest=self._digest,
        )
        is_weighed = rollup == "key_results" and found
        if is_weighed and all(draft.key_result.weight == 0 for draft in found):
            message = "the weights of its key results are all zero"
            self._findings.error(key.place, "zero_weights", message, hint="give one a weight")
        self._objectives.append(DraftObjective(objective=objective, supports=supports))
        self._key_results.extend(found)

    def _read_key_results(
        self, objective: Subject, node: MapNode, inherited: Inherited
    ) -> Iterator[DraftKeyResult]:
        for key, value in node.items():
            subject = self._subject(objective.id, key)
            fields = self._fields(key, value, "a key result")
            if subject is not None and fields is not None:
                key_result = self._read_key_result(subject, fields, inherited)
                if key_result is not None:
                    yield key_result

    def _read_key_result(
        self, subject: Subject, fields: Fields, inherited: Inherited
    ) -> DraftKeyResult | None:
        title, unit = fields.required_text("title"), fields.text("unit")
        own, refresh = inherited.with_all(fields), fields.duration("refresh")
        asking = Asking(self._scope, shared=self._shared)
        weight, kind = self._weight(fields), read_kind(fields, asking)
        if refresh is not None and not refresh:
            message = "a key result cannot be read every 0s"
            self._findings.error(fields.place_of("refresh"), "invalid_duration", message)
        phases, smooth = read_phases(fields, kind, self._cycle), read_smooth(fields, kind)
        was = self._was(fields, parts=3)
        measured = asking.measured
        if not asking.reads_measure:
            measured = read_measured(fields, unit=unit, shared=self._shared, scope=self._scope)
        guard = read_guard(fields, kind, measured)
        freshness = self._freshness(fields, measured, refresh)
        fields.finish()
        if title is None or kind is None or measured is None:
            return None
        check_periods(kind, measured.queries, asking.queries, self._findings)
        self._queries.extend((*measured.queries, *asking.queries))
        key_result = KeyResult(
            subject=subject,
            title=title,
            tier=self._owner.tier,
            team=self._owner.team,
            owner=own.owner,
            unit=measured.unit,
            kind=kind,
            cycle=self._cycle,
            weight=weight,
            inputs=tuple(named.input for named in measured.queries),
            formula=measured.formula,
            freshness=freshness,
            refresh=refresh,
            phases=phases,
            smooth=smooth,
            guard=guard,
            is_shadow=own.is_shadow,
            is_pushed=own.is_pushed,
            was=was,
            measure_digest=measured.digest,
            place=fields.place,
            digest=self._digest,
        )
        return DraftKeyResult(key_result=key_result, parts=tuple(asking.parts))

    def _subject(self, parent: str, key: Scalar) -> Subject | None:
        name = self._values.name(key, key.text)
        if name is None:
            return None
        subject = Subject(self._cycle.name, f"{parent}/{name}")
        self._places.append((subject, key.place))
        return subject

    def _was(self, fields: Fields, *, parts: int) -> Subject | None:
        """What it was called before, in the same cycle."""
        text = fields.text("was")
        if text is None:
            return None
        names = text.split("/")
        if len(names) == parts and all(map(is_name, names)):
            self._was_places.append((Subject(self._cycle.name, text), fields.place_of("was")))
            return Subject(self._cycle.name, text)
        hint = "team/objective" if parts == 2 else "team/objective/key-result"
        self._findings.error(fields.place_of("was"), "invalid_id", f"{text!r} is not an id", hint=hint)
        return None

    def _fields(self, key: Scalar, node: Node, what: str) -> Fields | None:
        if not isinstance(node, MapNode):
            message = f"expected {what} under {key.text!r}, got {describe(node)}"
            self._findings.error(node.place, "wrong_type", message)
            return None
        return Fields(node, place=key.place, findings=self._findings)

    def _weight(self, fields: Fields) -> float:
        weight = fields.number("weight")
        if weight is not None and weight < 0:
            place = fields.place_of("weight")
            self._findings.error(place, "invalid_value", f"a weight is not negative, got {weight:g}")
        return 1.0 if weight is None else weight

    def _freshness(
        self, fields: Fields, measured: Measured | None, refresh: timedelta | None
    ) -> FreshnessRule | None:
        node = fields.map("freshness")
        if refresh is None and measured is not None:
            refresh = self._slowest_refresh(measured)
        refresh = refresh or DEFAULT_REFRESH
        warn = error = None
        if node is not None:
            said = Fields(node, place=fields.place_of("freshness"), findings=self._findings)
            warn, error = said.duration("warn_after"), said.duration("error_after")
            said.finish()
        elif measured is None or not measured.queries:
            return None
        warn = warn if warn is not None else min(WARN_AFTER * refresh, error or timedelta.max)
        error = error if error is not None else max(ERROR_AFTER * refresh, warn)
        if warn > error:
            message = "`error_after` comes before `warn_after`"
            self._findings.error(fields.place_of("freshness"), "invalid_value", message, hint="swap them")
        return FreshnessRule(warn_after=warn, error_after=error)

    def _slowest_refresh(self, measured: Measured) -> timedelta | None:
        connections = self._scope.context.connections
        names = {named.query.key.connection for named in measured.queries}
        return max((connections[name].refresh for name in names), default=None)
