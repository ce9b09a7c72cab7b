"""What consumers hear of the instance itself: that it lives, and that an endpoint was disabled."""

from __future__ import annotations

from datetime import datetime

from syncd.okr.event import Source
from syncd.okr.instance import (
    ALIVE_EVERY,
    INSTANCE,
    endpoint_disabled,
    endpoint_subject,
    instance_alive,
)
from syncd.store.transaction import Transaction


async def tell_alive(tx: Transaction, *, source: Source, now: datetime) -> bool:
    """Sends `instance.alive`, once an hour; whether it did."""
    last = await tx.outbox.last(INSTANCE)
    # After now: the clock was set back since.
    if last is not None and now - ALIVE_EVERY < last.at <= now:
        return False
    sequence = last.sequence + 1 if last else 1
    await tx.outbox.enqueue([instance_alive(sequence=sequence, now=now)], source=source, at=now)
    return True


async def tell_disabled(tx: Transaction, *, source: Source, now: datetime) -> list[str]:
    """Tells the other endpoints of each that was disabled since; answers their names.

    In a transaction of its own: what disables an endpoint holds the lock of that one alone.
    """
    untold = await tx.outbox.endpoints.untold()
    for kept in untold:
        name = kept.endpoint.name
        event = endpoint_disabled(
            name,
            reason=kept.reach.disabled or "",
            since=kept.disabled_at or now,
            sequence=1 + await tx.outbox.last_sequence(endpoint_subject(name)),
            now=now,
        )
        await tx.outbox.enqueue([event], source=source, at=now, leaving_out=name)
        await tx.outbox.endpoints.note_told(kept.id, at=now)
    return [kept.endpoint.name for kept in untold]
