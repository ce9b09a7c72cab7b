"""The way of an issue through its statuses, read from its log.

Every rule about which moments count stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.jira.answers import Change, ChangedField, Issue
from connectors.jira.issues import Logged
from connectors.jira.statuses import KnownAs, category, rank
from syncd.sdk import Instants, MalformedResponse, excerpt

_MILLISECONDS_FROM = 100_000_000_000
"""As seconds, the year 5138."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """From one status, by id and name, to another."""

    at: datetime
    left: tuple[str | None, str | None]
    entered: tuple[str | None, str | None]

    def is_into(self, status: KnownAs) -> bool:
        """A move between two statuses of one name (an issue that changes its project) is none."""
        return status.is_it(*self.entered) and not status.is_it(*self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An issue's moves, oldest first."""

    issue: Issue
    moves: Sequence[Move]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """From where to where; None: the moments `created` and `resolved`."""

    start: KnownAs | None
    end: KnownAs | None

    @property
    def fields(self) -> frozenset[str]:
        """What is needed of an issue beside its log."""
        own = {"status"} if self.are_logged else set()
        return frozenset({"created", *own, *(() if self.end else ("resolutiondate",))})

    @property
    def are_logged(self) -> bool:
        return self.start is not None or self.end is not None


def way_of(logged: Logged) -> Way:
    moves = [
        (moment(change.created, of=logged.issue), _number(change), item)
        for change in logged.changes
        for item in change.items
        if _is_status(item)
    ]
    moves.sort(key=lambda move: move[:2])
    return Way(
        issue=logged.issue,
        moves=tuple(
            Move(at=at, left=(item.from_, item.from_string), entered=(item.to, item.to_string))
            for at, _, item in moves
        ),
    )


def passage(way: Way, ends: Ends) -> tuple[datetime, datetime] | None:
    """When an issue began, and when it came to the end; None while it has not.

    It begins the first time, since waiting in between is part of how long it took. It ends the
    last time, since before that it was not done. Who went back is under way again.
    """
    ended = _ended(way, ends.end)
    started = _started(way, ends.start)
    if ended is None or started is None or ended < started:
        return None
    if ends.start is not None and any(move.at > ended and move.is_into(ends.start) for move in way.moves):
        return None
    return started, ended


def moves_into(way: Way, status: KnownAs, window: Instants | None) -> int:
    return sum(move.is_into(status) and is_within(move.at, window) for move in way.moves)


def is_within(at: datetime, window: Instants | None) -> bool:
    return window is None or window.start <= at < window.end


def _started(way: Way, status: KnownAs | None) -> datetime | None:
    created = field_moment(way.issue, "created")
    if created is None:
        raise MalformedResponse(f"Jira gave {_name(way.issue)} without when it was created")
    if status is None or _was_created_in(way, status):
        return created
    return next((move.at for move in way.moves if move.is_into(status)), None)


def _ended(way: Way, status: KnownAs | None) -> datetime | None:
    if status is None:
        return field_moment(way.issue, "resolutiondate")
    # Reopened: it stands in a category before the one that it had come to.
    if rank(category(way.issue)) < status.rank:
        return None
    return next((move.at for move in reversed(way.moves) if move.is_into(status)), None)


def _was_created_in(way: Way, status: KnownAs) -> bool:
    if way.moves:
        return status.is_it(*way.moves[0].left)
    now = way.issue.fields.get("status")
    return isinstance(now, dict) and status.is_it(now.get("id"), now.get("name"))


def field_moment(issue: Issue, field: str) -> datetime | None:
    value = issue.fields.get(field)
    return None if value is None else moment(value, of=issue)


def moment(value: Any, *, of: Issue) -> datetime:
    """Any: what Jira sent. A text with its zone, or a number since 1970."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS_FROM else value, UTC)
        at = datetime.fromisoformat(value)
        if at.utcoffset() is not None:
            return at
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    raise MalformedResponse(f"{_name(of)} came with {excerpt(repr(value))} where a moment was meant")


def _is_status(item: ChangedField) -> bool:
    # Data Center's older logs have no ids; a custom field may be called "status" too.
    if item.field_id is not None:
        return item.field_id == "status"
    return item.field == "status" and item.fieldtype in (None, "jira")


def _number(change: Change) -> int:
    """Ids grow: they order the changes of one millisecond."""
    return int(change.id) if change.id.isdecimal() else 0


def _name(issue: Issue) -> str:
    return issue.key or f"issue {issue.id}"
