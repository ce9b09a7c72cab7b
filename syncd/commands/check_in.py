"""check-in: what a person says of a key result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.delivering import Delivered, deliver_due
from syncd.commands.explain import find
from syncd.errors import ConfigError, StoreError
from syncd.okr.definition import KeyResult, Mappings
from syncd.okr.state import KeyResultState
from syncd.okr.word import Word
from syncd.people.check_in import check_in
from syncd.store.store import Store
from syncd.store.transaction import Transaction
from syncd.sync.cycles import is_frozen
from syncd.sync.run import Site, active
from syncd.sync.speak import speak
from syncd.views.rows import key_result_row, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn:
    """What was said, and the state that it made."""

    word: Word
    state: KeyResultState
    deliveries: Delivered | None = None

    def row(self) -> dict[str, Any]:  # Any: JSON
        word = self.word
        return {
            "check_in": {
                "at": moment(word.at),
                "author": word.author,
                "value": word.value,
                "confidence": word.confidence,
                "comment": word.comment,
                "until": moment(word.until),
            },
            "key_result": key_result_row(self.state),
            "deliveries": self.deliveries.row() if self.deliveries else None,
        }


async def check_in_key_result(
    installation: Installation,
    wanted: str,
    *,
    value: float | None = None,
    confidence: float | None = None,
    comment: str | None = None,
    author: str | None = None,
    until: date | None = None,
) -> CheckedIn:
    """Records the word in one short transaction, and attempts what is due to be delivered.

    A process that serves this store delivers by itself; then nothing is attempted here.

    Raises:
        ConfigError: the word cannot be taken (see `people.check_in`); `no_active_version`,
            `unknown_key_result`, `ambiguous_key_result`, `cycle_frozen`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store:
        site = bootstrap.wire_site(installation, store)
        async with store.transaction() as tx:
            mappings, key_result = await active_key_result(tx, installation, site, wanted)
            word = check_in(
                key_result,
                author=person() if author is None else author,
                at=site.clock(),
                value=value,
                confidence=confidence,
                comment=comment,
                until=until,
            )
            state = await _record(tx, site=site, mappings=mappings, word=word)
        return CheckedIn(word=word, state=state, deliveries=await deliver_beside(installation, store))


async def active_key_result(
    tx: Transaction, installation: Installation, site: Site, wanted: str
) -> tuple[Mappings, KeyResult]:
    """The active mappings, and the key result that a person means, of a cycle that still moves."""
    mappings = await active(tx, site)
    key_result = mappings.key_results[find(wanted, mappings, installation)]
    if is_frozen(key_result.cycle, now=site.clock(), closed=mappings.closed):
        message = f"the cycle {key_result.cycle.name} is frozen: its numbers stay as they are"
        raise ConfigError(message, code="cycle_frozen")
    return mappings, key_result


async def deliver_beside(installation: Installation, store: Store) -> Delivered | None:
    """One attempt for all that is due; None where another process delivers."""
    try:
        with bootstrap.serving(installation):
            return await deliver_due(installation, store)
    except StoreError as error:
        if error.code != "store_served":
            raise
        return None


async def _record(tx: Transaction, *, site: Site, mappings: Mappings, word: Word) -> KeyResultState:
    state = await speak(tx, site=site, mappings=mappings, word=word)
    await tx.audit.add(
        at=word.at,
        actor=word.author,
        action="check_in" if word.until is None else "override",
        details={
            "key_result": str(word.subject),
            "value": word.value,
            "confidence": word.confidence,
            "comment": word.comment,
            "until": moment(word.until),
            "typed_by": person(),
        },
    )
    return state
