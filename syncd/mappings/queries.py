"""The flat grammar of a query: `{from: tracker, count: "project = PHX", window: cycle, by: created}`.

The connection decides which kinds there are, the kind's model checks its own options, and the
core's keys stand beside them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from syncd.mappings.context import Connection, Scope
from syncd.mappings.fields import Fields, not_yet, report_unknown_key
from syncd.mappings.findings import did_you_mean, listed, nearest
from syncd.mappings.models import build_model, refuse_plain_queries
from syncd.mappings.nodes import MapNode, Node, Plain, Scalar, describe, one_line, to_plain
from syncd.mappings.windows import read_window
from syncd.okr.definition import AskedQuery, Cycle, Input, Place, QueryKey, WindowSpec
from syncd.sdk.ask import Ask
from syncd.sdk.plugin import ConnectionConfig, Plugin

CORE_KEYS = frozenset({"from", "window", "by", "min_value", "min_sample"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedQuery:
    """A query under the name that formulas use."""

    input: Input
    query: AskedQuery


def read_query(node: Node, *, name: str, place: Place, scope: Scope) -> NamedQuery | None:
    """The query that `node` says; None, with findings, when it says none.

    Args:
        place: Where its name stands.
    """
    if not isinstance(node, MapNode):
        message = f"expected a query, got {describe(node)}"
        scope.findings.error(
            node.place, "wrong_type", message, hint='{from: CONNECTION, count: "..."} or another kind'
        )
        return None
    fields = Fields(node, place=place, findings=scope.findings)
    connection_name = fields.required_text("from")
    if connection_name is None:
        return None
    query = read_asked(fields, connection_name=connection_name, scope=scope)
    min_value, min_sample = fields.number("min_value"), fields.whole("min_sample")
    if query is None:
        return None
    if min_sample is not None and not type(query.ask).has_sample:
        message = f"a {query.kind!r} is made of no sample, so it has no size"
        hint = "take `min_sample` away; the floor of a count is its `min_value`"
        scope.findings.error(fields.place_of("min_sample"), "no_sample", message, hint=hint)
        return None
    asked = Input(
        name=name,
        query=query.key,
        place=place,
        min_value=min_value,
        min_sample=min_sample,
        per_period=query.window is not None and query.window.is_period,
    )
    return NamedQuery(input=asked, query=query)


def read_asked(fields: Fields, *, connection_name: str, scope: Scope) -> AskedQuery | None:
    """What is asked of the connection, without what the core does with the answer."""
    connection = _connection(fields, connection_name, scope)
    if connection is None:
        return None
    ask_type = _kind(fields, connection_name, connection, scope)
    if ask_type is None:
        return None
    before = scope.findings.error_count
    window, by = read_window(fields, ask_type, scope)
    own = fields.node.without(CORE_KEYS)
    refuse_plain_queries(ask_type, own, scope.findings)
    plain = _with_defaults(ask_type, own, connection, scope.plugins[connection.connector])
    ask = build_model(ask_type, plain, node=own, place=fields.place, findings=scope.findings)
    if ask is None or scope.findings.error_count > before:
        return None
    if not _is_complete(ask, fields, connection_name, scope.plugins[connection.connector], scope):
        return None
    # Two days stand by themselves, and a period is named beside it; the cycle bounds every other
    # window, so it is part of the question.
    cycle = scope.cycle if window is not None and (window.is_cycle or window.days is not None) else None
    return AskedQuery(
        key=QueryKey(connection_name, _digest(ask, window, by, cycle)),
        kind=ask_type.kind(),
        ask=ask,
        text=one_line(to_plain(fields.node.without(CORE_KEYS - {"window", "by"})))[1:-1],
        unit=ask_type.unit,
        window=window,
        by=by,
        cycle=cycle,
    )


def _connection(fields: Fields, name: str, scope: Scope) -> Connection | None:
    connection = scope.context.connections.get(name)
    node = fields.get("from") or fields.node
    if connection is None:
        hint = did_you_mean(name, scope.context.connections) or "connections stand in syncd.yaml"
        scope.findings.error(node.place, "unknown_connection", f"unknown connection {name!r}", hint=hint)
        return None
    if connection.teams is not None and scope.readers and not scope.readers & connection.teams:
        message = f"connection {name!r} is not for {listed(sorted(scope.readers), 'or')}"
        hint = f"its `teams` in syncd.yaml are {listed(sorted(connection.teams))}"
        scope.findings.error(node.place, "connection_not_allowed", message, hint=hint)
        return None
    if connection.connector not in scope.plugins:
        message = f"no connector {connection.connector!r} is installed"
        scope.findings.error(node.place, "connector_not_found", message)
        return None
    return connection


def _kind(fields: Fields, name: str, connection: Connection, scope: Scope) -> type[Ask] | None:
    plugin = scope.plugins[connection.connector]
    kinds = plugin.kinds
    own = {text: key for text, key in fields.node.keys.items() if text not in CORE_KEYS}
    named = [text for text in own if text in kinds or text in plugin.later]
    if len(named) > 1:
        message = f"one query has one kind; here are {listed(named)}"
        scope.findings.error(
            own[named[1]].place, "several_kinds", message, hint="make two measurements of it"
        )
        return None
    if not named:
        _no_kind(fields, name, own, plugin)
        return None
    if named[0] in plugin.later:
        what = f"{named[0]!r} ({plugin.later[named[0]]})"
        not_yet(own[named[0]].place, what, scope.findings)
        return None
    return kinds[named[0]]


def _no_kind(fields: Fields, name: str, own: dict[str, Scalar], plugin: Plugin) -> None:
    """One finding: the kind is missing, or is there and misspelt."""
    kinds = sorted(plugin.kinds)
    for text, key in own.items():
        if nearest(text, [*kinds, *CORE_KEYS]):
            return report_unknown_key(key, [*kinds, *CORE_KEYS], fields.findings)
    message = f"this query names no kind; {name!r} ({plugin.name}) has {listed(kinds, 'or')}"
    if own:
        message = f"{listed(own)} is no kind of query; {name!r} ({plugin.name}) has {listed(kinds, 'or')}"
    place = next(iter(own.values())).place if own else fields.place
    fields.findings.error(place, "missing_kind", message, hint="write exactly one of them")
    return None


def _with_defaults(
    ask_type: type[Ask], node: MapNode, connection: Connection, plugin: Plugin
) -> dict[str, Plain]:
    said = {name: to_plain(value) for name, value in node.values.items()}
    shared = _shared_fields(ask_type, plugin)
    return {name: connection.defaults[name] for name in shared if name in connection.defaults} | said


def _is_complete(ask: Ask, fields: Fields, connection: str, plugin: Plugin, scope: Scope) -> bool:
    """Whether what may stand on the connection or on the query stands on one of them."""
    missing = [name for name in _shared_fields(type(ask), plugin) if getattr(ask, name) is None]
    for name in missing:
        message = f"{name!r} stands neither here nor on connection {connection!r}"
        scope.findings.error(fields.place, "missing_key", message)
    return not missing


def _shared_fields(ask_type: type[Ask], plugin: Plugin) -> list[str]:
    """Fields that a query takes over from its connection: both models name them."""
    own = plugin.config.model_fields.keys() - ConnectionConfig.model_fields.keys()
    return [name for name in ask_type.model_fields if name in own]


def _said(window: WindowSpec | None) -> list[int | str | None] | None:
    if window is None or window.is_period:
        return ["period"] if window else None
    return [window.days, str(window.first_day), str(window.last_day)]


def _digest(ask: Ask, window: WindowSpec | None, by: str | None, cycle: Cycle | None) -> str:
    said = {
        "kind": ask.kind(),
        "ask": ask.model_dump(mode="json", exclude_defaults=True),
        "window": _said(window),
        "by": by,
        "cycle": [cycle.name, str(cycle.first_day), str(cycle.last_day)] if cycle else None,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
