"""`rate`: so much in every period, and which queries are asked per period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings, listed
from syncd.mappings.kinds.asking import Asking
from syncd.mappings.nodes import Scalar
from syncd.mappings.queries import NamedQuery
from syncd.okr.kinds import Kind, Rate

_EVERY: dict[str, Literal["day", "week", "month"]] = {"day": "day", "week": "week", "month": "month"}


def read_rate(fields: Fields, _asking: Asking) -> Rate | None:
    node = fields.map("rate")
    if node is None:
        if isinstance(written := fields.get("rate"), Scalar) and written.value is None:
            message = "`rate` says neither how much nor how often"
            hint = "rate: {at_least: 10, every: week}"
            fields.findings.error(fields.place_of("rate"), "missing_key", message, hint=hint)
        return None
    before = fields.findings.error_count
    rate = Fields(node, place=fields.place_of("rate"), findings=fields.findings)
    rate.require("at_least")
    rate.require("every")
    need, every = rate.number("at_least"), rate.choice("every", [*_EVERY])
    carry_over, of = rate.flag("carry_over"), rate.choice("of", ["amount", "running_total"])
    rate.finish()
    if need is not None and need <= 0:
        message = f"a rate needs more than {need:g} in a period"
        hint = "keep: {at_most: ...} watches a number that should stay low"
        rate.findings.error(rate.place_of("at_least"), "invalid_value", message, hint=hint)
    is_total = of == "running_total"
    start = _start(fields, is_total=is_total)
    if need is None or every is None or fields.findings.error_count > before:
        return None
    return Rate(
        need=need,
        every=_EVERY[every],
        carry_over=bool(carry_over),
        of="running_total" if is_total else "amount",
        start=start,
    )


def _start(fields: Fields, *, is_total: bool) -> float | None:
    """What a total was when the cycle began; `measured` is the first value read in it."""
    node = fields.get("start")
    if node is None:
        return None
    if not is_total:
        message = "a rate counts in each period anew; it has no `start`"
        hint = "leave it out; beside `of: running_total` it is the total when the cycle began"
        fields.findings.error(fields.place_of("start"), "mixed_kinds", message, hint=hint)
        return None
    if isinstance(node, Scalar) and node.value == "measured":
        return None
    return fields.number("start")


def check_periods(
    kind: Kind, measured: Sequence[NamedQuery], beside: Sequence[NamedQuery], findings: Findings
) -> None:
    """Finds `window: period` where there is no period, or only half of the numbers have one.

    Args:
        beside: Queries of the kind itself: a start, a milestone's; they know no period.
    """
    periodic = [named for named in measured if named.input.per_period]
    astray = [named for named in beside if named.input.per_period]
    if not isinstance(kind, Rate):
        astray += periodic
    elif periodic and kind.of == "running_total":
        message = "what is counted per period is an amount, and no total that runs on"
        hint = "leave `of` out, or count with `window: cycle`"
        findings.error(periodic[0].input.place, "invalid_window", message, hint=hint)
    elif 0 < len(periodic) < len(measured):
        without = [named.input.name for named in measured if not named.input.per_period]
        message = f"`window: period` stands on some measurements only; {listed(without)} is without"
        hint = "all measurements of a rate are read per period, or none"
        findings.error(periodic[0].input.place, "invalid_window", message, hint=hint)
    elif kind.of == "amount" and not periodic:
        for named in measured:
            _refuse_other_window(named, findings)
    for named in astray:
        message = "only the numbers of a `rate` are read per period"
        hint = "window: cycle, whole days back from now (28d), or two days"
        findings.error(named.input.place, "invalid_window", message, hint=hint)


def _refuse_other_window(named: NamedQuery, findings: Findings) -> None:
    """What is counted over more than a period would count the same things in each period again."""
    if named.query.window is None or named.query.by is None:
        return
    message = "a rate asks for each period; this window is another"
    hint = "write `window: period`; a total since the cycle began is `of: running_total`"
    findings.error(named.input.place, "invalid_window", message, hint=hint)
