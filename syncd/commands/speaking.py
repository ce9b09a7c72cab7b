"""What people say, recorded: check-ins, the end of an override, an objective's progress, confirmations.

One way for all of them: find what is meant, let `people` make a word of it, let `sync.speak` record
what follows from the word, note who said it, and attempt the deliveries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.delivering import Delivered, deliver_due
from syncd.commands.explain import find, find_objective
from syncd.commands.explain_objective import is_objective
from syncd.errors import ConfigError, StoreError
from syncd.okr.definition import KeyResult, Mappings, Objective
from syncd.okr.state import KeyResultState, State
from syncd.okr.word import Word
from syncd.store.store import Store
from syncd.sync.cycles import is_frozen
from syncd.sync.run import active
from syncd.sync.speak import speak
from syncd.views.rows import moment, row

Say = Callable[[KeyResult | Objective, State | None, str, datetime], Word]
"""What is spoken of, its last state, who speaks, and when -> the word; a ConfigError says why not."""


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
            mappings, at = await active(tx, site, lock=True), site.clock()
            about = meant(wanted, mappings, installation)
            if is_frozen(about.cycle, now=at, closed=mappings.closed):
                message = f"the cycle {about.cycle.name} is closed: its numbers stay as they are"
                raise ConfigError(message, code="cycle_frozen")
            last = (await tx.states.get([about.subject], lock=True)).get(about.subject)
            word = say(about, last, person() if author is None else author, at)
            state = await speak(tx, site=site, mappings=mappings, word=word)
            is_key_result = isinstance(about, KeyResult)
            await tx.audit.add(
                at=word.at,
                actor=word.author,
                action=action_of(word),
                details={
                    "key_result" if is_key_result else "objective": str(word.subject),
                    **{name: fact for name, fact in word_row(word).items() if name not in ("at", "author")},
                    "typed_by": person(),
                },
            )
        return Spoken(word=word, state=state, deliveries=await deliver_beside(installation, store))


def meant(wanted: str, mappings: Mappings, installation: Installation) -> KeyResult | Objective:
    """What an id names: three parts are a key result, two an objective."""
    if is_objective(wanted):
        return mappings.objectives[find_objective(wanted, mappings, installation)]
    return mappings.key_results[find(wanted, mappings, installation)]


def word_row(word: Word) -> dict[str, Any]:  # Any: JSON
    """The word with what its sort can say; null where it was not said."""
    said: dict[str, Any] = {"at": moment(word.at), "author": word.author}
    if word.confirms is not None:
        return {**said, "value": word.confirms, "comment": word.comment}
    if word.progress is not None:
        return {**said, "progress": word.progress, "comment": word.comment}
    return {
        **said,
        "value": word.value,
        "confidence": word.confidence,
        "comment": word.comment,
        "until": moment(word.until),
        "ends_override": word.ends_override,
    }


def action_of(word: Word) -> str:
    """What the audit calls it."""
    if word.confirms is not None:
        return "confirm"
    if word.progress is not None:
        return "set_progress"
    if word.ends_override:
        return "end_override"
    return "check_in" if word.until is None else "override"


async def deliver_beside(installation: Installation, store: Store) -> Delivered | None:
    """One attempt for all that is due; None where another process delivers."""
    try:
        with bootstrap.serving(installation):
            return await deliver_due(installation, store)
    except StoreError as error:
        if error.code != "store_served":
            raise
        return None
