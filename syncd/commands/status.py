"""status: every key result as last recorded, with where it seems to be going."""

from __future__ import annotations

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.views.forecasts import Outlook
from syncd.views.rows import Row
from syncd.views.status import status as status_of


async def status(installation: Installation) -> Row:
    """Rows of every subject, those of other syncds too.

    Raises:
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        return await status_of(
            tx,
            await tx.states.get(via="anybody"),
            outlook=outlook_of(installation),
            zone=installation.settings.calendar.zone,
            now=installation.clock(),
        )


def outlook_of(installation: Installation) -> Outlook:
    return Outlook(rule=installation.settings.forecast, cycles=installation.settings.cycles)
