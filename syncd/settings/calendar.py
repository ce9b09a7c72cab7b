"""How the installation counts time: zone, cycles, holidays, thresholds of pace, reach of a forecast."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from syncd.mappings.fields import Fields
from syncd.mappings.findings import Findings, did_you_mean
from syncd.mappings.nodes import MapNode, Scalar
from syncd.mappings.values import Values, check_label
from syncd.okr.definition import Calendar, Cycle
from syncd.okr.forecast import ForecastRule
from syncd.okr.trend import LEAST_POINTS

MAX_FORECAST_DAYS = 92
_DAY = timedelta(days=1)


def read_zone(fields: Fields) -> ZoneInfo | None:
    name = fields.required_text("timezone")
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, as `Europe`
        place = fields.node.values["timezone"].place
        hint = did_you_mean(name, available_timezones()) or "an IANA name, as Europe/Berlin or UTC"
        fields.findings.error(place, "unknown_timezone", f"unknown time zone {name!r}", hint=hint)
        return None


def read_cycles(node: MapNode, *, zone: ZoneInfo, findings: Findings) -> Iterator[Cycle]:
    for key, value in node.items():
        check_label(key, "a cycle", findings)
        cycle = _cycle(key, value, zone, findings) if isinstance(value, MapNode) else None
        if not isinstance(value, MapNode):
            hint = "{from: 2026-10-01, to: 2026-12-31}"
            findings.error(key.place, "wrong_type", f"cycle {key.text!r} is a map of two days", hint=hint)
        if cycle is not None:
            yield cycle


def _cycle(key: Scalar, node: MapNode, zone: ZoneInfo, findings: Findings) -> Cycle | None:
    fields = Fields(node, place=key.place, findings=findings)
    fields.require("from")
    fields.require("to")
    first, last = fields.day("from"), fields.day("to")
    fields.finish()
    if first is None or last is None:
        return None
    if first > last:
        message = f"cycle {key.text!r} ends ({last}) before it begins ({first})"
        findings.error(fields.place_of("to"), "invalid_cycle", message)
    return Cycle(name=key.text, first_day=first, last_day=last, zone=zone)


def read_calendar(fields: Fields, *, zone: ZoneInfo) -> Calendar:
    """`holidays` and `pace`, with what is meant where they say nothing."""
    values, holidays = Values(fields.findings), set[date]()
    for item in fields.items("holidays"):
        day = values.day(item, "holidays")
        if day is not None:
            holidays.add(day)
    node = fields.map("pace")
    usual = Calendar(zone=zone, holidays=frozenset(holidays))
    return usual if node is None else _with_pace(node, usual, fields)


def _with_pace(node: MapNode, usual: Calendar, around: Fields) -> Calendar:
    place = around.place_of("pace")
    fields = Fields(node, place=place, findings=around.findings)
    count: Literal["days", "workdays"] = (
        "workdays" if fields.choice("calendar", ["days", "workdays"]) == "workdays" else "days"
    )
    said = {key: fields.number(key) for key in ("ahead", "on_track", "behind", "too_early")}
    ahead, on_track, behind, too_early = (
        getattr(usual, key) if number is None else number for key, number in said.items()
    )
    fields.finish()
    if not 0 <= behind <= on_track <= ahead or not 0 <= too_early <= 1:
        message = "the thresholds of pace are out of order"
        hint = "0 <= behind <= on_track <= ahead, and too_early from 0 to 1"
        around.findings.error(place, "invalid_value", message, hint=hint)
    return Calendar(
        zone=usual.zone,
        holidays=usual.holidays,
        count=count,
        ahead=ahead,
        on_track=on_track,
        behind=behind,
        too_early=too_early,
    )


def read_forecast(fields: Fields) -> ForecastRule:
    """`forecast`, with what is meant where it says nothing."""
    node, usual = fields.map("forecast"), ForecastRule()
    if node is None:
        return usual
    said = Fields(node, place=fields.place_of("forecast"), findings=fields.findings)
    over, least = said.duration("over"), said.whole("min_points")
    said.finish()
    if over is not None and (over % _DAY or not LEAST_POINTS * _DAY <= over <= MAX_FORECAST_DAYS * _DAY):
        message = f"a forecast looks back over whole days, {LEAST_POINTS} to {MAX_FORECAST_DAYS}"
        fields.findings.error(said.place_of("over"), "invalid_duration", message, hint="over: 28d")
        return usual
    days = usual.over_days if over is None else over // _DAY
    points = min(usual.min_points, days) if least is None else least
    if not LEAST_POINTS <= points <= days:
        message = f"`min_points` counts days, here {LEAST_POINTS} to {days}; got {points}"
        fields.findings.error(said.place_of("min_points"), "invalid_value", message)
        return usual
    return ForecastRule(over_days=days, min_points=points)
