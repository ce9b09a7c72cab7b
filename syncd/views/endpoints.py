"""An endpoint as it is doing: the row that `endpoints --json` prints and the API answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.delivery.delivery import Result
from syncd.delivery.rate import format_rate
from syncd.errors import SettingsError
from syncd.store.endpoints import KeptEndpoint
from syncd.store.listing import Backlog
from syncd.store.secrets import SealedSecret
from syncd.store.transaction import Transaction
from syncd.views.rows import moment

Row = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEndpoint:
    """An endpoint as it is doing.

    Attributes:
        problem: Why nothing can be signed for it.
    """

    kept: KeptEndpoint
    backlog: Backlog
    problem: SettingsError | None
    now: datetime

    @property
    def state(self) -> str:
        if self.kept.disabled_at is not None:
            return "disabled"
        if self.kept.paused_at is not None:
            return "paused"
        return "enabled" if self.problem is None else "waiting"

    def row(self) -> Row:
        kept, endpoint = self.kept, self.kept.endpoint
        oldest = self.backlog.oldest_at
        return {
            "name": endpoint.name,
            "url": endpoint.url,
            "owner": kept.owner,
            "state": self.state,
            "disabled_reason": kept.reach.disabled,
            "problem": self.problem and {"code": self.problem.code, "message": str(self.problem)},
            "circuit": "open" if kept.reach.circuit.is_open else "closed",
            "probe_at": moment(kept.reach.circuit.probe_at),
            "open": self.backlog.open,
            "dead": self.backlog.dead,
            "oldest_age_s": oldest and max(0.0, (self.now - oldest).total_seconds()),
            "last_delivered_at": moment(kept.reach.delivered_at),
            "events": list(endpoint.events),
            "include": list(endpoint.include),
            "teams": list(endpoint.teams),
            "tiers": list(endpoint.tiers),
            "objectives": list(endpoint.objectives),
            "rate": endpoint.limits.rate and format_rate(endpoint.limits.rate),
            "concurrency": endpoint.limits.concurrency,
            "revision": kept.revision,
            "created_at": moment(kept.created_at),
            "paused_at": moment(kept.paused_at),
            "disabled_at": moment(kept.disabled_at),
        }


def tested_row(name: str, result: Result) -> Row:
    """What a `ping` was answered."""
    return {
        "endpoint": name,
        "outcome": result.outcome,
        "status": result.status,
        "seconds": (result.ended_at - result.started_at).total_seconds(),
        "code": result.code,
        "message": result.message,
    }


async def listed(
    tx: Transaction,
    there: Iterable[KeptEndpoint],
    *,
    problem: Callable[[KeptEndpoint, Sequence[SealedSecret]], SettingsError | None],
    now: datetime,
) -> list[ListedEndpoint]:
    """
    Args:
        problem: Why nothing can be signed for an endpoint with these secrets; None: it can.
    """
    backlogs = await tx.outbox.listing.backlogs()
    return [
        ListedEndpoint(
            kept=kept,
            backlog=backlogs.get(kept.endpoint.name, Backlog()),
            problem=problem(kept, await tx.secrets.of(kept.endpoint.name)),
            now=now,
        )
        for kept in there
    ]
