"""A delivery outside the database: as it is claimed, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to settle what was claimed under `token`; from `until` on others may claim it."""

    token: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A claimed one, with what an attempt needs.

    Attributes:
        attempts: How many there were before.
        due_at: Since when it was due.
        coalesced_from: The first sequence that this one stands for, beside its own.
        endpoint_delivered_at: When its endpoint last took anything.
    """

    id: int
    endpoint_id: int
    endpoint: str
    url: str
    webhook_id: str
    body: bytes
    coalesced_from: int | None
    attempts: int
    due_at: datetime
    first_failed_at: datetime | None
    endpoint_delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one attempt came to. `message` says why, if it was not delivered."""

    number: int
    at: datetime
    seconds: float
    outcome: str
    status: int | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The new row of a delivery. Without `attempt` it is given back as it was.

    Attributes:
        attempts: How many there were, this one included.
        due_at: When it is due again; without meaning once delivered or dead.
        reason: Why it is dead.
        disables: Why its endpoint gets nothing more until somebody enables it.
    """

    delivery: Delivery
    state: Literal["pending", "waiting", "delivered", "dead"]
    attempts: int
    due_at: datetime
    attempt: Attempt | None = None
    first_failed_at: datetime | None = None
    reason: str | None = None
    disables: str | None = None
