"""The progress of an objective as a person sets it, or why it cannot be taken."""

from __future__ import annotations

from datetime import datetime

from syncd.errors import ConfigError
from syncd.okr.definition import KeyResult, Objective
from syncd.okr.word import Word
from syncd.people.check_in import checked_author, checked_comment

_INSTEAD = {
    "key_results": "it is the mean of its key results",
    "supporters": "it is the mean of the objectives that support it",
}


def progress_of(
    objective: KeyResult | Objective,
    *,
    progress: float,
    author: str,
    at: datetime,
    comment: str | None = None,
) -> Word:
    """The word that sets it.

    Raises:
        ConfigError: `progress_refused`, `invalid_progress`, `comment_too_long`, `no_author`.
    """
    if isinstance(objective, KeyResult):
        raise ConfigError(
            f"the progress of {objective.subject} is computed from its value",
            code="progress_refused",
            hint="say the value: --value",
        )
    if objective.rollup != "by_hand":
        raise ConfigError(
            f"{objective.subject} has `rollup: {objective.rollup}`: {_INSTEAD[objective.rollup]}",
            code="progress_refused",
            hint="only an objective with `rollup: by_hand` is set by people",
        )
    if at < objective.cycle.starts_at:
        message = f"the cycle {objective.cycle.name} begins on {objective.cycle.first_day}"
        raise ConfigError(f"{message}; there is no progress before", code="progress_refused")
    if not 0 <= progress <= 1:
        hint = f"write {progress / 100:g}" if 1 < progress <= 100 else None
        message = f"a progress is between 0 and 1, got {progress:g}"
        raise ConfigError(message, code="invalid_progress", hint=hint)
    return Word(
        subject=objective.subject,
        author=checked_author(author),
        at=at,
        progress=progress,
        comment=checked_comment(comment),
    )
