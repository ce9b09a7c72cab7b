"""What was typed, or sent, and what it makes of the thing that it is about: a word."""

from __future__ import annotations

from datetime import date, datetime

from syncd.errors import ConfigError
from syncd.okr.definition import KeyResult, Objective
from syncd.okr.state import State
from syncd.okr.word import Say, Word
from syncd.people.check_in import check_in
from syncd.people.confirm import confirmation
from syncd.people.objective import progress_of
from syncd.people.override import end_of_override


def to_check_in(
    *,
    value: float | None = None,
    confidence: float | None = None,
    comment: str | None = None,
    until: date | None = None,
    end_override: bool = False,
    progress: float | None = None,
) -> Say:
    """`syncd check-in`: of an objective its progress, of a key result all the rest."""

    def say(about: KeyResult | Objective, last: State | None, author: str, at: datetime) -> Word:
        of_a_number = [value, confidence, until, end_override or None]
        if progress is not None:
            if any(said is not None for said in of_a_number):
                raise ConfigError(
                    "the progress of an objective goes with a comment alone",
                    code="progress_refused",
                    hint="--value, --confidence, --until and --end-override are of key results",
                )
            return progress_of(about, progress=progress, author=author, at=at, comment=comment)
        if isinstance(about, Objective):
            raise ConfigError(
                f"{about.subject} is an objective: it has a progress, and nothing else to check in",
                code="nothing_said",
                hint="--progress, if it has `rollup: by_hand`; else check in its key results",
            )
        if end_override:
            if value is not None or until is not None:
                raise ConfigError(
                    "an override ends, or another value is said",
                    code="value_refused",
                    hint="--value replaces the override that stands; leave --end-override out",
                )
            return end_of_override(about, last, author=author, at=at, confidence=confidence, comment=comment)
        return check_in(
            about, author=author, at=at, value=value, confidence=confidence, comment=comment, until=until
        )

    return say


def to_confirm(*, comment: str | None = None) -> Say:
    """`syncd confirm`."""

    def say(about: KeyResult | Objective, last: State | None, author: str, at: datetime) -> Word:
        return confirmation(about.subject, last, author=author, at=at, comment=comment)

    return say
