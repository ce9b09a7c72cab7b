"""confirm: a value that a guard holds back is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.apply import person
from syncd.commands.check_in import active_key_result, deliver_beside
from syncd.commands.delivering import Delivered
from syncd.okr.state import KeyResultState
from syncd.okr.word import Word
from syncd.people.confirm import confirmation
from syncd.sync.speak import speak
from syncd.views.rows import key_result_row, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What was accepted, and the state that it made."""

    word: Word
    state: KeyResultState
    deliveries: Delivered | None = None

    def row(self) -> dict[str, Any]:  # Any: JSON
        word = self.word
        return {
            "confirmed": {
                "at": moment(word.at),
                "author": word.author,
                "value": word.confirms,
                "comment": word.comment,
            },
            "key_result": key_result_row(self.state),
            "deliveries": self.deliveries.row() if self.deliveries else None,
        }


async def confirm_key_result(
    installation: Installation, wanted: str, *, comment: str | None = None, author: str | None = None
) -> Confirmed:
    """Accepts the held value in one short transaction, and attempts what is due to be delivered.

    Raises:
        ConfigError: `nothing_held`, `no_author`, `no_active_version`, `unknown_key_result`,
            `ambiguous_key_result`, `cycle_frozen`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store:
        site = bootstrap.wire_site(installation, store)
        async with store.transaction() as tx:
            mappings, key_result = await active_key_result(tx, installation, site, wanted)
            subject = key_result.subject
            word = confirmation(
                subject,
                (await tx.states.get([subject], lock=True)).get(subject),
                author=person() if author is None else author,
                at=site.clock(),
                comment=comment,
            )
            state = await speak(tx, site=site, mappings=mappings, word=word)
            await tx.audit.add(
                at=word.at,
                actor=word.author,
                action="confirm",
                details={
                    "key_result": str(subject),
                    "value": word.confirms,
                    "comment": word.comment,
                    "typed_by": person(),
                },
            )
        return Confirmed(word=word, state=state, deliveries=await deliver_beside(installation, store))
