"""How far each event is on its way to each endpoint: the tables.

The states, and what leads from one to the next, are those of `syncd.delivery`. A lease's end, not a
process's death, gives a delivery back: `due_at` of one in flight is the end of its lease. A disabled
or paused endpoint's deliveries stay open; nothing of it is claimed.

Whoever changes deliveries of an endpoint holds the lock of its row (`Endpoints.lock`).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

from syncd.store.schema import Instant, generated_key, metadata

deliveries = Table(
    "deliveries",
    metadata,
    generated_key("id"),
    Column("event_id", ForeignKey("events.id"), nullable=False),
    Column("endpoint_id", ForeignKey("endpoints.id"), nullable=False),
    Column("webhook_id", Text, nullable=False),
    # Endpoint and lane in one: inside a queue, in the order of its sequence, order holds.
    Column("queue", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("coalesces", Boolean, nullable=False),
    Column("coalesced_from", BigInteger),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    # Of the head of its queue alone: it alone may be sent.
    Column("due_at", Instant),
    Column("queued_at", Instant, nullable=False),
    Column("lease", Text),
    Column("first_failed_at", Instant),
    Column("waits_for", Text),
    Column("settled_at", Instant),
    Column("reason", Text),
    UniqueConstraint("event_id", "endpoint_id"),
)

is_open = deliveries.c.settled_at.is_(None)
is_head = and_(is_open, deliveries.c.due_at.is_not(None))
"""The first open delivery of its queue: it alone may be sent, so that order holds."""

_hurries = and_(is_open, deliveries.c.waits_for.is_not(None))

# What is settled, and what stands behind another, costs the claims nothing, however much it is.
Index(
    "ix_deliveries_due",
    deliveries.c.endpoint_id,
    deliveries.c.due_at,
    deliveries.c.id,
    sqlite_where=is_head,
    postgresql_where=is_head,
)
# PostgreSQL's planner, without statistics, takes any index that fits a little: this one alone fits
# a look at a queue, and the one above alone a look at what is due.
Index(
    "ix_deliveries_queue",
    deliveries.c.queue,
    deliveries.c.sequence,
    sqlite_where=is_open,
    postgresql_where=is_open,
)
# The database itself sees to it that two of a queue are never sent at the same time.
Index(
    "uq_deliveries_head",
    deliveries.c.queue,
    unique=True,
    sqlite_where=is_head,
    postgresql_where=is_head,
)
Index(
    "ix_deliveries_waits_for",
    deliveries.c.endpoint_id,
    deliveries.c.waits_for,
    sqlite_where=_hurries,
    postgresql_where=_hurries,
)
# What a person looks for: the dead ones of an endpoint, say, the last first.
Index("ix_deliveries_state", deliveries.c.endpoint_id, deliveries.c.state, deliveries.c.id)

attempts = Table(
    "attempts",
    metadata,
    generated_key("id"),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    # Among those that count; what an open circuit lets through does not.
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("code", Text),
    Column("message", Text),
)
