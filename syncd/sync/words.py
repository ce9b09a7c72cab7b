"""A person's word, taken: of what still moves, recorded with what follows from it, and noted in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.errors import ConfigError
from syncd.okr.body import moment
from syncd.okr.definition import KeyResult, Mappings, Objective
from syncd.okr.state import State
from syncd.okr.word import Say, Word
from syncd.store.transaction import Transaction
from syncd.sync.cycles import is_frozen
from syncd.sync.site import Site
from syncd.sync.speak import speak


async def take_word(
    tx: Transaction,
    *,
    site: Site,
    mappings: Mappings,
    about: KeyResult | Objective,
    say: Say,
    author: str,
    actor: str | None = None,
    typed_by: str | None = None,
) -> tuple[Word, State]:
    """The word, and the state that it makes.

    Args:
        mappings: The active ones, knowing which cycles were closed.
        author: Whose word it is.
        actor: Who is known to have sent it; None: the author.
        typed_by: Who ran the command, as the machine knows them.

    Raises:
        ConfigError: what `say` raises; `cycle_frozen`, `not_evaluated`.
    """
    at = site.clock()
    if is_frozen(about.cycle, now=at, closed=mappings.closed):
        message = f"the cycle {about.cycle.name} is closed: its numbers stay as they are"
        raise ConfigError(message, code="cycle_frozen")
    last = (await tx.states.get([about.subject], lock=True)).get(about.subject)
    word = say(about, last, author, at)
    state = await speak(tx, site=site, mappings=mappings, word=word)
    await tx.audit.add(
        at=word.at,
        actor=actor or word.author,
        action=action_of(word),
        details={
            "key_result" if isinstance(about, KeyResult) else "objective": str(word.subject),
            "author": word.author,
            **said(word),
            **({"typed_by": typed_by} if typed_by else {}),
        },
    )
    return word, state


def said(word: Word) -> Mapping[str, Any]:  # Any: JSON
    """What its sort of word can say; null where it was not said."""
    if word.confirms is not None:
        return {"value": word.confirms, "comment": word.comment}
    if word.progress is not None:
        return {"progress": word.progress, "comment": word.comment}
    return {
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
