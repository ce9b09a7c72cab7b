"""What a sync works with, and the mappings that hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.errors import ConfigError
from syncd.okr.definition import Calendar, Mappings
from syncd.okr.event import Source
from syncd.store.store import Store
from syncd.store.transaction import Transaction
from syncd.sync.closing import with_closed
from syncd.sync.hinted import Touches, anything
from syncd.sync.measure import Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a sync works with; wired once per process.

    Attributes:
        load: The files of an applied version -> its mappings.
        refresh: Connection -> how often it is asked.
        source: Who we are to consumers.
        touches: What the answers to a question depend on.
        senders: Other syncds whose events are taken.
    """

    store: Store
    open_connection: Open
    load: Callable[[Mapping[str, str]], Mappings]
    calendar: Calendar
    refresh: Mapping[str, timedelta]
    source: Source
    clock: Callable[[], datetime]
    touches: Touches = anything
    senders: Collection[str] = ()


async def active(tx: Transaction, site: Site, *, lock: bool = False) -> Mappings:
    """The active mappings, with the cycles that were closed.

    Args:
        lock: No other cycle is closed until the transaction ends.

    Raises:
        ConfigError: `no_active_version`.
    """
    version = await tx.versions.active()
    if version is None:
        raise ConfigError(
            "no mappings are active yet",
            code="no_active_version",
            hint="run `syncd apply`, or `syncd sync --from-files`",
        )
    return await with_closed(tx, site.load(version.files), lock=lock)
