"""Lists in pages: `next` is an opaque cursor, given back as `after`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Generic, Protocol, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from syncd.api.problems import Problem

ItemT = TypeVar("ItemT")
RowT = TypeVar("RowT", bound="Numbered")

LARGEST_PAGE = 200

LARGEST_ID = (1 << 63) - 1

LONGEST_CURSOR = 500
CURSOR = r"^[A-Za-z0-9_-]+$"

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Most items of a page")]
After = Annotated[
    str | None,
    Query(max_length=LONGEST_CURSOR, description="The `next` of the page before", pattern=CURSOR),
]


class Page(BaseModel, Generic[ItemT]):
    """A part of a list."""

    items: list[ItemT]
    next: str | None = Field(description="Cursor of the next page; null: this is the last")


def to_cursor(*mark: str | int) -> str:
    """Where a page ended: the sort key of its last item."""
    return base64.urlsafe_b64encode(json.dumps(mark).encode()).decode().rstrip("=")


def from_cursor(cursor: str, *types: type) -> tuple[str | int, ...]:
    """The mark, whose parts are of `types`.

    Raises:
        Problem: `invalid_cursor`.
    """
    try:
        mark = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        mark = None
    if (
        not isinstance(mark, list)
        or len(mark) != len(types)
        or any(type(part) is not kind for part, kind in zip(mark, types, strict=True))
        or any(isinstance(part, int) and abs(part) >= 1 << 63 for part in mark)
    ):
        raise bad_cursor()
    return tuple(mark)


def bad_cursor() -> Problem:
    return Problem(422, "invalid_cursor", "this cursor is not one of this list", hint="start without `after`")


def paged(
    found: Iterable[ItemT],
    *,
    key: Callable[[ItemT], tuple[str, ...]],
    after: tuple[str | int, ...] | None,
    limit: int,
) -> tuple[list[ItemT], str | None]:
    """One page of what fits into memory, in the order of `key`, and the cursor of the next."""
    rest = sorted((item for item in found if after is None or key(item) > after), key=key)
    page = rest[:limit]
    return page, to_cursor(*key(page[-1])) if len(rest) > limit else None


class Numbered(Protocol):
    @property
    def id(self) -> int: ...


def to_id(after: str | None) -> int | None:
    """The number that a page of `newest` ended with.

    Raises:
        Problem: `invalid_cursor`.
    """
    return int(from_cursor(after, int)[0]) if after else None


def newest(found: Sequence[RowT], item: Callable[[RowT], ItemT], *, limit: int) -> Page[ItemT]:
    """One page of rows that the store gave in order.

    Args:
        found: One more than `limit`, where there are more.
    """
    page = found[:limit]
    following = to_cursor(page[-1].id) if len(found) > limit else None
    return Page(items=[item(row) for row in page], next=following)
