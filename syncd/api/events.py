"""Events for those who cannot be called: the bodies that are sent to endpoints, in order, to come and get."""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import BaseModel, Field

from syncd.api.access import Reader
from syncd.api.paging import LARGEST_PAGE, After, from_cursor, to_cursor
from syncd.api.problems import Problem
from syncd.api.routes import routes
from syncd.api.seen import seen_by
from syncd.api.service import Service, Serving
from syncd.okr.closing import CYCLE_CLOSED
from syncd.okr.event import INSTANCE_ALIVE, PING
from syncd.okr.event_schema import SCHEMAS
from syncd.store.transaction import Transaction

router = routes(prefix="/api/v1/events", tag="events")

TYPES = tuple(sorted(SCHEMAS.keys() - {PING}))
"""A ping is for the one endpoint that it was sent to."""

FOR_EVERYBODY = frozenset({CYCLE_CLOSED, INSTANCE_ALIVE})
"""What belongs to no team, and keys of teams get as well."""


class Events(BaseModel):
    """A part of what happened, the oldest first."""

    # Any: JSON; each type has its schema under `webhooks`.
    items: list[dict[str, Any]] = Field(description="Bodies as endpoints get them; see `webhooks`")
    next: str = Field(description="Give it as `after`, now or later: there is always a next")
    more: bool = Field(description="More is there already; else come back later")


@router.get("", response_model=Events)
async def list_events(
    service: Serving,
    caller: Reader,
    *,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Most events of an answer")] = 50,
    type_: Annotated[
        list[str] | None,
        Query(alias="type", max_length=50, description="These types; `key_result.*` takes all of a kind"),
    ] = None,
    include: Annotated[
        Literal["individual"] | None, Query(description="Also those of the individual tier")
    ] = None,
) -> Response:
    """What happened behind `after`, in order; without it, from the oldest that is kept.

    Of what is committed nothing is left out, and what belongs to one subject comes in the order of its
    sequence. A key of teams gets what belongs to them, without what is named there of others, and what
    concerns everybody.
    """
    types = TYPES if type_ is None else _types(type_)
    await _catch_up(service)
    async with service.store.reading() as tx:
        epoch, last = await tx.epochs.current(), await tx.feed.last_position()
        position = await position_behind(tx, after)
        found = await tx.feed.after(
            position,
            limit=limit,
            types=types,
            teams=caller.teams,
            for_everybody=FOR_EVERYBODY,
            with_individuals=include is not None,
        )
        is_full = len(found) == limit
        more = is_full or await tx.feed.is_behind()
        seen = None if caller.sees_all else await seen_by(caller, tx)
    following = to_cursor(epoch, found[-1].position if is_full else max(position, last))
    # The bodies byte by byte, as they are signed elsewhere; of a key of teams, where they name nobody else.
    body = b'{"items":[%s],"next":"%s","more":%s}' % (
        b",".join(seen.body(event.body) if seen else event.body for event in found),
        following.encode(),
        b"true" if more else b"false",
    )
    return Response(body, media_type="application/json")


async def position_behind(tx: Transaction, cursor: str | None) -> int:
    """Where in the feed to go on; without a cursor, at the oldest that is kept.

    Raises:
        Problem: `invalid_cursor`, `cursor_of_another_epoch`, `beyond_retention`.
    """
    mark = from_cursor(cursor, int, int) if cursor else None
    pruned = (await tx.pruned.known()).position
    epoch, last = await tx.epochs.current(), await tx.feed.last_position()
    return _position(mark, pruned=pruned, last=last, epoch=epoch)


async def _catch_up(service: Service) -> None:
    async with service.store.reading() as tx:
        is_behind = await tx.feed.is_behind()
    if is_behind:
        async with service.store.transaction() as tx:
            await tx.feed.number()


def _types(patterns: Collection[str]) -> tuple[str, ...]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in TYPES):
            raise Problem(
                422,
                "unknown_event_type",
                f"no event has the type {pattern[:100]!r}",
                hint=f"there are {', '.join(TYPES)}",
            )
    return tuple(name for name in TYPES if any(fnmatchcase(name, pattern) for pattern in patterns))


def _position(mark: tuple[str | int, ...] | None, *, pruned: int, last: int, epoch: int) -> int:
    """Where to go on.

    Args:
        pruned: Up to there events may be deleted.

    Raises:
        Problem: `cursor_of_another_epoch`, `beyond_retention`; there is no going on without a gap.
    """
    if mark is None:
        return pruned
    of_epoch, position = int(mark[0]), int(mark[1])
    anew = "read the key results anew, then begin without `after`"
    # Ahead of all that there is: a backup was restored, and nobody began a new epoch.
    if of_epoch != epoch or not 0 <= position <= last:
        raise Problem(
            410,
            "cursor_of_another_epoch",
            "this cursor is of a time that the store has lost, or of another store",
            hint=anew,
        )
    if position < pruned:
        raise Problem(410, "beyond_retention", "what comes behind this cursor is deleted", hint=anew)
    return position
