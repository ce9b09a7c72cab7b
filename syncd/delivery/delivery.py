"""A delivery: as it is claimed, what trying it came to, and its next row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from syncd.delivery.outcome import Outcome

State = Literal["pending", "in_flight", "waiting", "delivered", "dead", "superseded"]

BATCH = 100
"""Most deliveries that one claim takes: what a crash may repeat."""

WaitsFor = Literal["success", "circuit"]
"""What makes a waiting delivery due before its time.

success: it took the place of an older one: the endpoint's next success shows that it need not wait
    as long as that one.
circuit: nobody answered: once the circuit is open, that alone holds it back.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to settle what was claimed under `token`; from `until` on others may claim it."""

    token: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A claimed one, with what an attempt needs.

    Attributes:
        attempts: How many were counted before, those of the ones that it stands for included.
        refusals: How many of its own were refused.
        due_at: Since when it was due.
        coalesced_from: The first sequence that this one stands for, beside its own.
    """

    id: int
    endpoint_id: int
    endpoint: str
    url: str
    webhook_id: str
    body: bytes
    coalesced_from: int | None
    attempts: int
    refusals: int
    due_at: datetime
    first_failed_at: datetime | None
    waits_for: WaitsFor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an attempt came to.

    Attributes:
        retry_after: The wait that the endpoint asks for, from `ended_at` on.
        code, message: Why it was not delivered.
    """

    outcome: Outcome
    started_at: datetime
    ended_at: datetime
    status: int | None = None
    retry_after: timedelta | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A claimed delivery and what became of the attempt; None: there was no time for one.

    Attributes:
        chance: 0 to 1, for the jitter.
    """

    delivery: Delivery
    result: Result | None
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The new row of a delivery.

    Attributes:
        due_at: When it is due again; when it was settled, once delivered or dead.
        attempt: What happened, with its number among those that count; None: nothing did.
        reason: Why it is dead.
    """

    delivery: Delivery
    state: Literal["pending", "waiting", "delivered", "dead"]
    attempts: int
    refusals: int
    due_at: datetime
    first_failed_at: datetime | None
    waits_for: WaitsFor | None = None
    attempt: Result | None = None
    reason: str | None = None

    @property
    def is_settled(self) -> bool:
        return self.state in ("delivered", "dead")
