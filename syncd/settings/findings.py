"""`findings:`: which findings of `syncd check` are told, how severe they are, and their limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import get_args

from syncd.mappings.fields import Fields
from syncd.mappings.lint import RULES, Rulebook
from syncd.mappings.lint.rulebook import Setting
from syncd.okr.definition import Tier

_SETTINGS: Mapping[str, Setting] = {setting: setting for setting in ("error", "warning", "off")}
_TIERS: Mapping[str, Tier] = {tier: tier for tier in get_args(Tier)}


def read_rulebook(around: Fields) -> Rulebook:
    """`findings`, with what is meant where it says nothing."""
    node, usual = around.map("findings"), Rulebook()
    if node is None:
        return usual
    fields = Fields(node, place=around.place_of("findings"), findings=around.findings)
    # A limit alone switches its rule on.
    settings: dict[str, Setting] = {"too_many_objectives": "warning"} if "objectives_per" in fields else {}
    for rule in RULES:
        if (word := fields.choice(rule.code, _SETTINGS)) is not None:
            settings[rule.code] = _SETTINGS[word]
    _refuse_lenience_for_circles(fields)
    rulebook = Rulebook(
        settings=settings,
        objectives_per=_limits(fields) or usual.objectives_per,
        unmoved_after=_duration(fields, "unmoved_after") or usual.unmoved_after,
        no_check_in_after=_duration(fields, "no_check_in_after") or usual.no_check_in_after,
    )
    fields.finish()
    return rulebook


def _refuse_lenience_for_circles(fields: Fields) -> None:
    if fields.choice("circle", _SETTINGS) not in {None, "error"}:
        message, hint = "a circle is always an error", "leave `circle` out"
        fields.findings.error(fields.place_of("circle"), "invalid_value", message, hint=hint)


def _limits(around: Fields) -> dict[Tier, int]:
    node = around.map("objectives_per")
    if node is None:
        return {}
    fields, limits = Fields(node, place=around.place_of("objectives_per"), findings=around.findings), {}
    for name, tier in _TIERS.items():
        limit = fields.number(name)
        if limit is not None and (limit < 0 or not limit.is_integer()):
            message = f"a limit is a whole number, got {limit:g}"
            fields.findings.error(fields.place_of(name), "invalid_value", message)
        elif limit is not None:
            limits[tier] = int(limit)
    fields.finish()
    return limits


def _duration(fields: Fields, key: str) -> timedelta | None:
    duration = fields.duration(key)
    if duration is not None and not duration:
        message = f"{key!r} is longer than 0s"
        fields.findings.error(fields.place_of(key), "invalid_duration", message, hint=f"{key}: 28d")
    return duration
