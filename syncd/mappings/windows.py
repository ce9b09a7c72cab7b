"""`window:` and `by:` of a query."""

from __future__ import annotations

import re

from syncd.mappings.context import Scope
from syncd.mappings.fields import Fields
from syncd.mappings.findings import listed, nearest
from syncd.mappings.nodes import MapNode, Node, Scalar, describe
from syncd.okr.definition import WindowSpec
from syncd.sdk.ask import Ask

_DAYS = re.compile(r"([1-9][0-9]{0,3})([dw])")


def read_window(fields: Fields, ask: type[Ask], scope: Scope) -> tuple[WindowSpec | None, str | None]:
    """The window and its `by`, as far as this kind of query has them."""
    node, by = fields.get("window"), fields.get("by")
    kind = ask.kind()
    if node is not None and ask.window is None:
        message = f"{kind!r} is what it is now; it has no window"
        scope.findings.error(fields.place_of("window"), "window_refused", message, hint="leave `window` out")
        return None, None
    if node is None:
        if by is not None:
            place = fields.place_of("by")
            scope.findings.error(place, "by_without_window", "`by` says nothing without `window`")
        return None, None
    return _window(node, scope), _by(fields, by, ask)


def _window(node: Node, scope: Scope) -> WindowSpec | None:
    if isinstance(node, MapNode):
        return _two_days(node, scope)
    text = node.text if isinstance(node, Scalar) else ""
    if text == "cycle":
        if scope.cycle is None:
            scope.findings.error(node.place, "unknown_cycle", "there is no cycle around this query")
        return WindowSpec()
    if text == "period":
        return WindowSpec(is_period=True)
    if days := _DAYS.fullmatch(text):
        return WindowSpec(days=int(days[1]) * (7 if days[2] == "w" else 1))
    message = f"expected a window, got {describe(node)}"
    hint = "cycle, period, whole days back from now (28d, 4w), or {from: 2026-10-01, to: 2026-10-31}"
    scope.findings.error(node.place, "invalid_window", message, hint=hint)
    return None


def _two_days(node: MapNode, scope: Scope) -> WindowSpec | None:
    fields = Fields(node, place=node.place, findings=scope.findings)
    fields.require("from")
    fields.require("to")
    first, last = fields.day("from"), fields.day("to")
    fields.finish()
    if first is None or last is None:
        return None
    if first > last:
        message = f"the window ends ({last}) before it begins ({first})"
        scope.findings.error(node.place, "invalid_window", message)
        return None
    return WindowSpec(first_day=first, last_day=last)


def _by(fields: Fields, by: Node | None, ask: type[Ask]) -> str | None:
    moments = ask.window.by if ask.window else ()
    if by is None:
        if moments:
            message = f"a window on {ask.kind()!r} needs `by`: which moment falls into it"
            place = fields.place_of("window")
            fields.findings.error(place, "missing_by", message, hint=f"by: {listed(moments, 'or')}")
        return None
    if not moments:
        message = f"{ask.kind()!r} has only one moment; `by` says nothing"
        fields.findings.error(fields.place_of("by"), "by_refused", message, hint="leave `by` out")
        return None
    if isinstance(by, Scalar) and by.value in moments:
        return by.text
    message = f"expected {listed(moments, 'or')} for 'by', got {describe(by)}"
    hint = nearest(by.text, moments) if isinstance(by, Scalar) else None
    fields.findings.error(by.place, "invalid_value", message, hint=hint)
    return None
