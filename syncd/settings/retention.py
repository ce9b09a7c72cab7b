"""`keep:`: how long what has happened is kept."""

from __future__ import annotations

from datetime import timedelta

from syncd.mappings.fields import Fields
from syncd.okr.retention import Retention

LEAST_DELIVERIES = timedelta(days=1)
LEAST_EVENTS = timedelta(days=7)
LEAST_HISTORY = timedelta(days=400)
"""A cycle of a year, and the days in which it is closed."""


def read_retention(fields: Fields) -> Retention:
    """`keep`, with what is meant where it says nothing."""
    node, usual = fields.map("keep"), Retention()
    if node is None:
        return usual
    said = Fields(node, place=fields.place_of("keep"), findings=fields.findings)
    deliveries, events = said.duration("deliveries"), said.duration("events")
    syncs, history = said.duration("syncs"), said.duration("history")
    said.finish()
    wanted = Retention(
        # Who names one of the two means the other to fit.
        deliveries=min(usual.deliveries, events or usual.events) if deliveries is None else deliveries,
        events=max(usual.events, deliveries or usual.deliveries) if events is None else events,
        syncs=usual.syncs if syncs is None else syncs,
        history=history,
    )
    for key, least in (
        ("deliveries", LEAST_DELIVERIES),
        ("events", max(LEAST_EVENTS, wanted.deliveries)),
        ("syncs", LEAST_DELIVERIES),
        ("history", LEAST_HISTORY),
    ):
        kept: timedelta | None = getattr(wanted, key)
        if kept is not None and kept < least:
            message = f"`{key}` is kept for {least.days}d at least"
            hint = "events outlive their deliveries" if key == "events" else f"{key}: {least.days}d"
            fields.findings.error(said.place_of(key), "invalid_duration", message, hint=hint)
    return wanted
