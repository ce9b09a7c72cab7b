"""store: what is in it, and a new epoch after it was restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.delivering import Delivered, deliver_due
from syncd.errors import StoreError
from syncd.okr.event import Source
from syncd.store.overview import StoreOverview
from syncd.sync.announce import Announced, begin_epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`where`: the database, without its password."""

    where: str
    overview: StoreOverview

    def row(self) -> dict[str, Any]:  # Any: JSON
        found = self.overview
        return {
            "store": self.where,
            "schema": found.revision,
            "epoch": found.epoch,
            "bytes": found.size,
            "rows": dict(found.rows),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEpoch:
    announced: Announced
    deliveries: Delivered

    def row(self) -> dict[str, Any]:  # Any: JSON
        return {
            "epoch": self.announced.begun.epoch,
            "former_epoch": self.announced.begun.former,
            "announced": self.announced.told,
            "removed": self.announced.removed,
            "deliveries": self.deliveries.row(),
        }


async def show_store(installation: Installation) -> Shown:
    """
    Raises:
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        return Shown(where=store.where, overview=await tx.overview())


async def new_epoch(installation: Installation, *, reason: str | None) -> NewEpoch:
    """Announces everything in a new epoch, and attempts what is due.

    Raises:
        StoreError: there is no store, or another process serves it.
    """
    await _check_that_it_is_there(installation)
    with bootstrap.serving(installation):
        # A backup of an older syncd is brought up to date here: `apply` would speak in the old epoch.
        async with await bootstrap.open_store(installation) as store:
            source = Source(instance=installation.settings.instance, epoch=store.epoch)
            at = installation.clock()
            async with store.transaction() as tx:
                announced = await begin_epoch(tx, source=source, at=at)
                begun = announced.begun
                details = {
                    "former": begun.former,
                    "epoch": begun.epoch,
                    "reason": (reason or "").strip() or None,
                }
                await tx.audit.add(at=at, actor=person(), action="new_epoch", details=details)
            return NewEpoch(announced=announced, deliveries=await deliver_due(installation, store))


async def _check_that_it_is_there(installation: Installation) -> None:
    try:
        await (await bootstrap.open_store(installation, create=False)).close()
    except StoreError as error:
        if error.code != "store_older":
            raise
