"""cycle close, cycle list: which cycles there are, and the end of one for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.delivering import Delivered
from syncd.commands.speaking import deliver_beside
from syncd.okr.closing import Closing
from syncd.people.closing import close_cycle
from syncd.sync.closing import close
from syncd.sync.ending import judge_last
from syncd.views.cycles import ListedCycle, listed, listed_all


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedCycle:
    """What was closed; `row` as `cycle list` has it."""

    listed: ListedCycle
    deliveries: Delivered | None = None

    def row(self) -> dict[str, Any]:  # Any: JSON
        return {
            "cycle": self.listed.row(),
            "deliveries": self.deliveries.row() if self.deliveries else None,
        }


async def list_cycles(installation: Installation) -> list[ListedCycle]:
    """The cycles of syncd.yaml by their first day. Works without a store, and writes nothing."""
    store = await bootstrap.find_store(installation)
    closed: Mapping[str, Closing] = {}
    if store is not None:
        async with store, store.reading() as tx:
            closed = await tx.cycles.closed()
    return listed_all(installation.context.cycles.values(), closed, now=installation.clock())


async def close_one(
    installation: Installation, name: str, *, early: bool = False, author: str | None = None
) -> ClosedCycle:
    """Freezes the cycle as it is at this moment, and attempts what is due to be delivered.

    Its numbers are judged once more by what was read so far, so that what had ended by now has
    ended: an override, a day of a band. No source is asked.

    Raises:
        ConfigError: `no_active_version`, and those of `people.closing`.
        StoreError: there is no store yet.
    """
    by = person() if author is None else author
    async with await bootstrap.open_store(installation, create=False) as store:
        site = bootstrap.wire_site(installation, store)
        async with store.transaction() as tx:
            now, cycles = site.clock(), installation.context.cycles
            await judge_last(tx, site=site, author=by)
            closing = close_cycle(name, cycles, await tx.cycles.closed(), by=by, at=now, early=early)
            await close(tx, cycles[name], closing, source=site.source, now=now)
            await tx.audit.add(
                at=now,
                actor=by.strip(),
                action="close_cycle",
                details={"cycle": name, "early": early, "typed_by": person()},
            )
        return ClosedCycle(
            listed=listed(cycles[name], closing, now=now),
            deliveries=await deliver_beside(installation, store),
        )
