"""What happened to subjects, as the bytes that are signed and sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text, UniqueConstraint

from syncd.store.schema import Instant, generated_key, metadata

events = Table(
    "events",
    metadata,
    generated_key("id"),
    # The subject's key, or a log's name: what order, sequence and superseding run on.
    Column("lane", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("tier", Text),
    Column("team", Text),
    Column("objective", Text),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("lane", "sequence"),
)
