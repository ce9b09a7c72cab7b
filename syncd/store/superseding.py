"""Which waiting deliveries a newer one makes superfluous, so that backoff never delivers old numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Literal

State = Literal["pending", "in_flight", "waiting", "delivered", "dead", "superseded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """An open delivery among those of its endpoint and lane. `id` 0: not stored yet."""

    id: int
    sequence: int
    coalesces: bool
    state: State
    attempts: int
    due_at: datetime
    first_failed_at: datetime | None
    coalesced_from: int | None


def supersede(older: Sequence[Queued], newer: Queued) -> tuple[Queued, Sequence[Queued]]:
    """`newer` with what it inherits, and those of `older` that it stands for from now on.

    Args:
        older: Open deliveries of the same endpoint and lane, in order, all before `newer`.
    """
    run = list(takewhile(_yields, reversed(older))) if newer.coalesces else []
    if not run:
        return newer, ()
    first = run[-1]
    heir = replace(
        newer,
        state=first.state,
        attempts=first.attempts,
        due_at=first.due_at,
        first_failed_at=first.first_failed_at,
        coalesced_from=first.sequence if first.coalesced_from is None else first.coalesced_from,
    )
    return heir, run


def _yields(queued: Queued) -> bool:
    # Never one in flight, and never across one of another kind.
    return queued.coalesces and queued.state in ("pending", "waiting")
