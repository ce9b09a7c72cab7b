"""explain --at, from the store here."""

from __future__ import annotations

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.views.past import explain_past as past_of
from syncd.views.rows import Row
from syncd.views.times import past_moment


async def explain_past(installation: Installation, wanted: str, *, at: str) -> Row:
    """What was said then, what it was made of, and whether it comes out the same today.

    Raises:
        ConfigError: `unreadable_time`, `time_in_future`, and those of `views.past.explain_past`.
        StoreError: there is no store yet.
    """
    settings = installation.settings
    moment = past_moment(at, zone=settings.calendar.zone, now=installation.clock())
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        return await past_of(tx, wanted, at=moment, load=installation.load, cycles=settings.cycles)
