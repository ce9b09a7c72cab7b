"""What people say, recorded: check-ins, the end of an override, an objective's progress, confirmations.

One way for all of them: find what is meant, let `people` make a word of it, let `sync.words` record it
and who said it, and attempt the deliveries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.delivering import Delivered, deliver_due
from syncd.commands.explain import find, find_objective
from syncd.commands.explain_objective import is_objective
from syncd.errors import StoreError
from syncd.okr.definition import KeyResult, Mappings, Objective
from syncd.okr.state import KeyResultState, State
from syncd.okr.word import Say, Word
from syncd.store.store import Store
from syncd.sync.site import active
from syncd.sync.words import take_word
from syncd.views.rows import row
from syncd.views.words import word_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What was said, and the state that it made."""

    word: Word
    state: State
    deliveries: Delivered | None = None

    def row(self) -> dict[str, Any]:  # Any: JSON
        is_key_result = isinstance(self.state, KeyResultState)
        return {
            "confirmed" if self.word.confirms is not None else "check_in": word_row(self.word),
            "key_result" if is_key_result else "objective": row(self.state),
            "deliveries": self.deliveries.row() if self.deliveries else None,
        }


async def speak_of(installation: Installation, wanted: str, say: Say, *, author: str | None = None) -> Spoken:
    """Records the word in one short transaction, and attempts what is due to be delivered.

    A process that serves this store delivers by itself; then nothing is attempted here.

    Args:
        wanted: A key result, or an objective, as a person types it.
        author: Who says so; None: who runs the command.

    Raises:
        ConfigError: what `say` raises; `no_active_version`, `cycle_frozen`, `not_evaluated`,
            `unknown_key_result`, `ambiguous_key_result`, `unknown_objective`, `ambiguous_objective`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store:
        site = bootstrap.wire_site(installation, store)
        async with store.transaction() as tx:
            mappings = await active(tx, site, lock=True)
            word, state = await take_word(
                tx,
                site=site,
                mappings=mappings,
                about=meant(wanted, mappings, installation),
                say=say,
                author=person() if author is None else author,
                typed_by=person(),
            )
        return Spoken(word=word, state=state, deliveries=await deliver_beside(installation, store))


def meant(wanted: str, mappings: Mappings, installation: Installation) -> KeyResult | Objective:
    """What an id names: three parts are a key result, two an objective."""
    if is_objective(wanted):
        return mappings.objectives[find_objective(wanted, mappings, installation)]
    return mappings.key_results[find(wanted, mappings, installation)]


async def deliver_beside(installation: Installation, store: Store) -> Delivered | None:
    """One attempt for all that is due; None where another process delivers."""
    try:
        with bootstrap.serving(installation):
            return await deliver_due(installation, store)
    except StoreError as error:
        if error.code != "store_served":
            raise
        return None
