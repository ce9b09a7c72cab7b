"""rebase: a captured start, or an end that was asked once, is taken anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.delivering import Delivered, deliver_due
from syncd.commands.explain import find
from syncd.errors import ConfigError, StoreError
from syncd.okr.definition import Subject
from syncd.okr.judging.ends import EndName, rebase
from syncd.okr.state import Details, KeyResultState
from syncd.store.transaction import Transaction
from syncd.sync.cycles import is_frozen
from syncd.sync.settle import settle
from syncd.sync.site import Site, active


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebased:
    """What was frozen before and is now; the same while the next reading is waited for."""

    subject: Subject
    end: EndName
    before: Details
    after: Details
    deliveries: Delivered | None = None

    @property
    def is_waiting(self) -> bool:
        return "again_after" in self.after

    def row(self) -> dict[str, Any]:  # Any: JSON
        return {
            "id": self.subject.id,
            "cycle": self.subject.cycle,
            "end": self.end,
            "before": _said(self.before),
            "after": None if self.is_waiting else _said(self.after),
            "deliveries": self.deliveries.row() if self.deliveries else None,
        }


async def rebase_key_result(installation: Installation, wanted: str, *, end: EndName, reason: str) -> Rebased:
    """Takes the end anew, from what is recorded; an asked one waits for the next sync.

    A process that serves this store delivers by itself; then nothing is attempted here.

    Raises:
        ConfigError: `no_active_version`, `unknown_key_result`, `ambiguous_key_result`,
            `nothing_to_rebase`, `cycle_frozen`, `missing_reason`.
        StoreError: there is no store yet.
    """
    if not reason.strip():
        raise ConfigError("a rebase needs a reason", code="missing_reason", hint="--reason 'what was wrong'")
    async with await bootstrap.open_store(installation, create=False) as store:
        site = bootstrap.wire_site(installation, store)
        async with store.transaction() as tx:
            rebased = await _rebase(tx, installation, site, wanted, end=end, reason=reason)
        try:
            with bootstrap.serving(installation):
                delivered = await deliver_due(installation, store)
        except StoreError as error:
            if error.code != "store_served":
                raise
            delivered = None
    return Rebased(
        subject=rebased.subject,
        end=end,
        before=rebased.before,
        after=rebased.after,
        deliveries=delivered,
    )


async def _rebase(
    tx: Transaction, installation: Installation, site: Site, wanted: str, *, end: EndName, reason: str
) -> Rebased:
    """One transaction: the mark, who did it and why, and the states that follow from it."""
    at = site.clock()
    mappings = await active(tx, site, lock=True)
    subject = find(wanted, mappings, installation)
    if is_frozen(mappings.key_results[subject].cycle, now=at, closed=mappings.closed):
        raise ConfigError(f"the cycle of {subject} is frozen; its numbers stay", code="cycle_frozen")
    state = (await tx.states.get([subject], lock=True)).get(subject)
    before = _frozen(state, end)
    if before is None or not isinstance(state, KeyResultState):
        raise ConfigError(
            f"no {end} of {subject} was captured",
            code="nothing_to_rebase",
            hint=f"a {end} that is written in the mapping is changed there",
        )
    await tx.states.save([rebase(state, end=end, at=at)], at=at, sync_id=None)
    await settle(tx, site=site, mappings=mappings, cause="rebase", author=person())
    after = _frozen((await tx.states.get([subject])).get(subject), end) or before
    await tx.audit.add(
        at=at,
        actor=person(),
        action="rebase",
        details={
            "key_result": str(subject),
            "end": end,
            "reason": reason.strip(),
            "before": _said(before),
            "after": None if "again_after" in after else _said(after),
        },
    )
    return Rebased(subject=subject, end=end, before=before, after=after)


def _frozen(state: object, end: EndName) -> Details | None:
    return (state.details or {}).get(end) if isinstance(state, KeyResultState) else None


def _said(frozen: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON
    return {"value": frozen["value"], "at": frozen["at"]}
