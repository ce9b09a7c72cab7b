"""What happened to subjects, as the bytes that are signed and sent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, UniqueConstraint

from syncd.okr.event import Address, Event, Source
from syncd.store.batch import Row, adding
from syncd.store.schema import Instant, generated_key, metadata, to_micros

events = Table(
    "events",
    metadata,
    generated_key("id"),
    # The subject's key, or a log's name: what order, sequence and superseding run on.
    Column("lane", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", Instant, nullable=False),
    # The subject as it was called then.
    Column("cycle", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("tier", Text),
    Column("team", Text),
    Column("objective", Text),
    # Where it stood before it moved; see `Event.left`.
    Column("left_tier", Text),
    Column("left_team", Text),
    Column("left_objective", Text),
    Column("body", LargeBinary, nullable=False),
    # Where it stands among all events: see `syncd.store.feed`.
    Column("position", BigInteger),
    UniqueConstraint("lane", "sequence"),
    UniqueConstraint("position"),
)
has_no_position = events.c.position.is_(None)
# What has its position costs the look for what has none nothing.
Index("ix_events_unnumbered", events.c.id, sqlite_where=has_no_position, postgresql_where=has_no_position)
Index("ix_events_at", events.c.at)

add_events = adding(events)


def event_row(event: Event, source: Source, *, lane: str) -> Row:
    return (
        lane,
        event.sequence,
        event.type,
        to_micros(event.at),
        event.subject.cycle,
        event.subject.id,
        event.tier,
        event.team,
        event.objective,
        *(event.left or (None, None, None)),
        event.body(source),
        None,
    )


# Any: a row of `events`.
def left_by(row: Any) -> Address | None:
    """Where the subject of a stored event stood before it moved."""
    return None if row.left_tier is None else Address(row.left_tier, row.left_team, row.left_objective)
