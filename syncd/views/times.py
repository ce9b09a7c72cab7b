"""A moment as people type it: RFC 3339, without a zone in the installation's, or a whole day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.errors import ConfigError


def past_moment(text: str, *, zone: ZoneInfo, now: datetime, needs_zone: bool = False) -> datetime:
    """The moment that `text` means; a day means its last microsecond, today means now.

    Args:
        needs_zone: A time without a zone is refused: programs do not know the installation's. A day
            is one there.

    Raises:
        ConfigError: `unreadable_time`, `time_in_future`.
    """
    day = _day(text)
    if day is not None:
        first = datetime.combine(day, time(), zone).astimezone(UTC)
        at = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        at = min(at - timedelta(microseconds=1), now) if first <= now else first
    else:
        at = _instant(text, zone=None if needs_zone else zone)
    if at > now:
        raise ConfigError(
            f"{text} is to come; nothing was said then yet", code="time_in_future", hint="leave --at out"
        )
    return at


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-10-01") else None
    except ValueError:
        return None


def _instant(text: str, *, zone: ZoneInfo | None) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None and zone is None:
            raise ConfigError(
                f"{text!r} has no zone",
                code="unreadable_time",
                hint="write 2026-10-06T09:30:00Z or 2026-10-06T09:30:00+02:00; or a day: 2026-10-06",
            )
        # Of an hour that the clocks pass twice, the first one.
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"{text!r} is no time",
            code="unreadable_time",
            hint="write 2026-10-06, 2026-10-06T09:30 or 2026-10-06T09:30:00Z",
        ) from error
