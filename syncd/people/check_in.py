"""A check-in as it was typed -> the word that it is, or why it cannot be taken."""

from __future__ import annotations

import math
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.errors import ConfigError
from syncd.okr.definition import KeyResult
from syncd.okr.overriding import can_be_overridden, is_by_hand, is_comparison
from syncd.okr.word import Word

LONGEST_COMMENT = 10_000


def check_in(
    key_result: KeyResult,
    *,
    author: str,
    at: datetime,
    value: float | None = None,
    confidence: float | None = None,
    comment: str | None = None,
    until: date | None = None,
    ends_override: bool = False,
) -> Word:
    """The word.

    Args:
        until: The last day on which `value` stands for what is measured; None: the end of next week.
        ends_override: The override that stands ends now; whether one does is `end_of_override`'s to know.

    Raises:
        ConfigError: `nothing_said`, `value_refused`, `invalid_value`, `invalid_confidence`,
            `invalid_until`, `comment_too_long`, `no_author`.
    """
    comment = checked_comment(comment)
    if value is None and confidence is None and comment is None and not ends_override:
        raise ConfigError(
            "a check-in says something", code="nothing_said", hint="give --value, --confidence or --comment"
        )
    _check_confidence(confidence)
    if value is not None:
        _check_value(key_result, value, at=at)
    return Word(
        subject=key_result.subject,
        author=checked_author(author),
        at=at,
        value=value,
        confidence=confidence,
        comment=comment,
        until=_end(key_result, value, until=until, at=at),
        ends_override=ends_override,
    )


def checked_author(author: str) -> str:
    """Raises ConfigError: `no_author`."""
    if not author.strip():
        raise ConfigError("a check-in has an author", code="no_author", hint="give --author NAME")
    return author.strip()


def checked_comment(comment: str | None) -> str | None:
    """Raises ConfigError: `comment_too_long`."""
    comment = (comment or "").strip() or None
    if comment and len(comment) > LONGEST_COMMENT:
        raise ConfigError(f"a comment has at most {LONGEST_COMMENT} characters", code="comment_too_long")
    return comment


def end_of_next_week(at: datetime, *, zone: ZoneInfo) -> date:
    """The Sunday of the ISO week after that of `at`."""
    today = at.astimezone(zone).date()
    return today + timedelta(days=14 - today.isoweekday())


def _check_confidence(confidence: float | None) -> None:
    if confidence is not None and not 0 <= confidence <= 1:
        hint = f"write {confidence / 100:g}" if 1 < confidence <= 100 else None
        raise ConfigError(
            f"a confidence is between 0 and 1, got {confidence:g}", code="invalid_confidence", hint=hint
        )


def _check_value(key_result: KeyResult, value: float, *, at: datetime) -> None:
    cycle, kind = key_result.cycle, key_result.kind.name
    if not math.isfinite(value):
        raise ConfigError(f"{value} is not a number that a key result can have", code="invalid_value")
    if at < cycle.starts_at:
        message = f"the cycle {cycle.name} begins on {cycle.first_day}; there is no value before"
        raise ConfigError(message, code="value_refused")
    replaces = not (is_by_hand(key_result) or is_comparison(key_result))
    if replaces and not can_be_overridden(key_result):
        raise ConfigError(
            f"{key_result.subject} ({kind}) is made of many numbers; one cannot stand for them",
            code="value_refused",
            hint="change its mapping, or what it is made of; a comment and a confidence can be given",
        )


def _end(key_result: KeyResult, value: float | None, *, until: date | None, at: datetime) -> datetime | None:
    """The moment after the last day of an override."""
    is_override = not (value is None or is_by_hand(key_result) or is_comparison(key_result))
    if not is_override:
        if until is not None:
            raise ConfigError(
                "only a value that stands for a measured one ends",
                code="invalid_until",
                hint="leave --until out",
            )
        return None
    zone = key_result.cycle.zone
    last_day = until or end_of_next_week(at, zone=zone)
    if last_day.year in (MINYEAR, MAXYEAR):
        raise ConfigError(f"{last_day} is no day to end on", code="invalid_until", hint="name a nearer day")
    ends_at = datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)
    if ends_at <= at:
        raise ConfigError(f"{last_day} is over", code="invalid_until", hint="name today or a later day")
    return ends_at
