"""Which kind of key result this is: one group of keys, told apart by their names."""

from __future__ import annotations

from collections.abc import Callable

from syncd.mappings.fields import Fields
from syncd.mappings.findings import listed
from syncd.mappings.kinds.asking import Asking as Asking
from syncd.mappings.kinds.change import read_change
from syncd.mappings.kinds.composite import read_composite
from syncd.mappings.kinds.keep import read_keep
from syncd.mappings.kinds.milestones import read_milestones
from syncd.mappings.kinds.rate import read_rate
from syncd.mappings.kinds.reach import read_reach
from syncd.okr.kinds import Kind, Observe

GROUPS = {
    "target": "reach",
    "change": "change",
    "keep": "keep",
    "rate": "rate",
    "milestones": "milestones",
    "observe": "observe",
    "composite": "composite",
}
"""The key that names a group -> the kind."""

_WITHOUT_START = frozenset({"keep", "milestones", "observe", "composite"})
_GROUPS_IN_WORDS = "start and target, start and change, keep, rate, milestones, observe, or composite"


def read_kind(fields: Fields, asking: Asking) -> Kind | None:
    """The kind; None, with findings, when there is none, or a mixture. Its own queries go to `asking`."""
    for key in ("start", *GROUPS):
        fields.get(key)  # they belong here, whichever of them is read
    findings = fields.findings
    named = [key for key in GROUPS if key in fields]
    if not named:
        _no_group(fields)
        return None
    mixed = ["start", *named] if "start" in fields and named[0] in _WITHOUT_START else named
    if len(mixed) > 1:
        message = f"a key result has one kind; here are {listed(mixed)}"
        hint = f"keep one group: {_GROUPS_IN_WORDS}"
        findings.error(fields.place_of(mixed[-1]), "mixed_kinds", message, hint=hint)
        return None
    return _READERS[named[0]](fields, asking)


def _no_group(fields: Fields) -> None:
    if "start" in fields:
        message, hint = "`start` needs a `target` to reach", None
        fields.findings.error(fields.place_of("start"), "missing_key", message, hint=hint)
        return
    message = "this key result says neither what to reach nor what to keep"
    fields.findings.error(fields.place, "missing_kind", message, hint=f"write one group: {_GROUPS_IN_WORDS}")


def _observe(fields: Fields, _asking: Asking) -> Observe | None:
    flag = fields.flag("observe")
    if flag is False:
        message = "'observe' is true, or not there"
        fields.findings.error(
            fields.place_of("observe"), "invalid_value", message, hint="write: observe: true"
        )
    return Observe() if flag else None


_READERS: dict[str, Callable[[Fields, Asking], Kind | None]] = {
    "target": read_reach,
    "change": read_change,
    "keep": read_keep,
    "rate": read_rate,
    "milestones": read_milestones,
    "observe": _observe,
    "composite": read_composite,
}
