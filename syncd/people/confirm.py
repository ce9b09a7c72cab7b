"""A held value is accepted by a person."""

from __future__ import annotations

from datetime import datetime

from syncd.errors import ConfigError
from syncd.okr.guarding import HELD
from syncd.okr.names import Subject
from syncd.okr.state import KeyResultState, State
from syncd.okr.word import Word


def confirmation(
    subject: Subject, state: State | None, *, author: str, at: datetime, comment: str | None = None
) -> Word:
    """The word that accepts what is held back.

    Raises:
        ConfigError: `nothing_held`, `no_author`.
    """
    held = (state.details or {}).get(HELD) if isinstance(state, KeyResultState) else None
    if held is None:
        raise ConfigError(
            f"nothing of {subject} is held back", code="nothing_held", hint="`syncd status` shows what is"
        )
    if not author.strip():
        raise ConfigError("a confirmation has an author", code="no_author", hint="give --author NAME")
    return Word(
        subject=subject,
        author=author.strip(),
        at=at,
        confirms=held["value"],
        comment=(comment or "").strip() or None,
    )
