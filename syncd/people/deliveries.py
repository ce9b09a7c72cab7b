"""What people do with deliveries: send them once more, or give them up. Both are audited."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.people.acting import Act
from syncd.people.endpoints import existing
from syncd.store.transaction import Transaction


async def redeliver(tx: Transaction, ids: Sequence[int], *, act: Act) -> int:
    """Sends settled deliveries once more.

    Returns:
        How many were settled.

    Raises:
        ConfigError: `unknown_delivery`; `unknown_endpoint`: theirs was removed.
    """
    for name in sorted(await tx.outbox.listing.endpoints_of(ids)):
        await existing(tx, name)
    reopened = await tx.outbox.operating.redeliver(ids, at=act.at)
    # Many at a time are named by their ends.
    told = {"deliveries": reopened, "first": min(ids, default=None), "last": max(ids, default=None)}
    await tx.audit.add(at=act.at, actor=act.by, action="redeliver", details=told)
    return reopened


async def give_up(tx: Transaction, ids: Sequence[int], *, reason: str, act: Act) -> int:
    """Makes open deliveries dead, so that what waits behind them goes on; all of them, or none.

    Args:
        reason: Stands beside each; who gave it up is in the audit.

    Returns:
        How many were open.

    Raises:
        ConfigError: `unknown_delivery`, `delivery_in_flight`, `missing_reason`.
    """
    given_up = await tx.outbox.operating.give_up(ids, reason=reason, at=act.at)
    told = {"deliveries": given_up, "ids": sorted(ids), "reason": reason.strip()}
    await tx.audit.add(at=act.at, actor=act.by, action="give_up_delivery", details=told)
    return given_up
