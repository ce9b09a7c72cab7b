"""An override is ended before its time."""

from __future__ import annotations

from datetime import datetime

from syncd.errors import ConfigError
from syncd.okr.definition import KeyResult
from syncd.okr.overriding import standing
from syncd.okr.state import KeyResultState, State
from syncd.okr.word import Word
from syncd.people.check_in import check_in


def end_of_override(
    key_result: KeyResult,
    state: State | None,
    *,
    author: str,
    at: datetime,
    confidence: float | None = None,
    comment: str | None = None,
) -> Word:
    """The word after which the measured number counts again.

    Raises:
        ConfigError: `no_override`, and those of `check_in`.
    """
    last = state if isinstance(state, KeyResultState) else None
    if standing(last, key_result, now=at) is None:
        raise ConfigError(
            f"nobody overrides {key_result.subject}",
            code="no_override",
            hint="what is shown is measured, or the last that a person said",
        )
    return check_in(
        key_result, author=author, at=at, confidence=confidence, comment=comment, ends_override=True
    )
