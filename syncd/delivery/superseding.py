"""Which waiting deliveries a newer one makes superfluous, so that backoff never delivers old numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from syncd.delivery.delivery import State, WaitsFor


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """An open delivery among those of its queue: of one endpoint and subject.

    Attributes:
        id: 0 while it is not stored yet.
        due_at: None while another of its queue is to be sent first. So exactly one has it: the head.
    """

    id: int
    sequence: int
    coalesces: bool
    state: State
    attempts: int
    due_at: datetime | None
    first_failed_at: datetime | None
    waits_for: WaitsFor | None
    coalesced_from: int | None


def supersede(older: Sequence[Queued], newer: Queued) -> tuple[Queued, Sequence[Queued]]:
    """`newer` with what it inherits, and those of `older` that it stands for from now on.

    It inherits the wait of the first of them, and is due at once when the endpoint next takes
    anything. Refusals it does not inherit: a delivery dies of its own alone.

    Args:
        older: Open deliveries of the same queue, in order, all before `newer`.
    """
    run = list(takewhile(_yields, reversed(older))) if newer.coalesces else []
    if not run:
        return newer, ()
    first = run[-1]
    # Those that were opened again by hand stand behind the head, and are older.
    head = next((one for one in run if one.due_at is not None), first)
    heir = replace(
        newer,
        state=head.state,
        attempts=head.attempts,
        due_at=head.due_at,
        first_failed_at=head.first_failed_at,
        waits_for="success" if head.state == "waiting" else head.waits_for,
        coalesced_from=first.sequence if first.coalesced_from is None else first.coalesced_from,
    )
    return heir, run


def _yields(queued: Queued) -> bool:
    # Never one in flight, and never across one of another kind.
    return queued.coalesces and queued.state in ("pending", "waiting")
