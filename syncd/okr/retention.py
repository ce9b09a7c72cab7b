"""How long what has happened is kept: pure, so that what would be deleted can be asked of any moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """
    Attributes:
        deliveries: Settled ones, with their attempts; dead ones as long as events.
        events: At least as long as deliveries.
        syncs: What each sync did.
        history: Check-ins, and what they were made of; None: for ever.
    """

    deliveries: timedelta = timedelta(days=30)
    events: timedelta = timedelta(days=90)
    syncs: timedelta = timedelta(days=90)
    history: timedelta | None = None

    def horizon(self, now: datetime) -> Horizon:
        return Horizon(
            deliveries=now - self.deliveries,
            # There to be looked at: as long as what they failed to tell.
            dead=now - self.events,
            events=now - self.events,
            syncs=now - self.syncs,
            history=None if self.history is None else now - self.history,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """What lies before these moments may go. `history` None: nothing of it."""

    deliveries: datetime
    dead: datetime
    events: datetime
    syncs: datetime
    history: datetime | None
