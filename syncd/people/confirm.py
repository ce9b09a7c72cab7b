"""A held value is accepted by a person."""

from __future__ import annotations

from datetime import datetime

from syncd.errors import ConfigError
from syncd.okr.guarding import HELD
from syncd.okr.names import Subject
from syncd.okr.state import KeyResultState, State
from syncd.okr.word import Word
from syncd.people.check_in import checked_author, checked_comment


def confirmation(
    subject: Subject, state: State | None, *, author: str, at: datetime, comment: str | None = None
) -> Word:
    """The word that accepts what is held back.

    Raises:
        ConfigError: `nothing_held`, `comment_too_long`, `no_author`.
    """
    held = (state.details or {}).get(HELD) if isinstance(state, KeyResultState) else None
    if held is None:
        raise ConfigError(
            f"nothing of {subject} is held back", code="nothing_held", hint="`syncd status` shows what is"
        )
    return Word(
        subject=subject,
        author=checked_author(author),
        at=at,
        confirms=held["value"],
        comment=checked_comment(comment),
    )
