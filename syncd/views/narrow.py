"""What stands in a row of others: ids and numbers that whoever sees one part alone must not learn.

A row tells of its own subject all there is; another subject is named in few places, and all are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from syncd.okr.definition import Subject
from syncd.okr.judging.composite import SHADOW_PARTS
from syncd.views.rows import Row

Sees = Callable[[Subject], bool]

DETAILS: Final = ("parts", SHADOW_PARTS)
"""Details whose keys are the names of others."""

LINKS: Final = ("carried_from", "another")
"""Fields that name one other."""


def narrowed(row: Row, *, sees: Sees) -> Row:
    """A state, an explanation or an event's part as a row, without those that are not seen.

    Names are `ID@CYCLE`, or `ID` in the row's cycle. How many parts count stays: that is its own.
    """
    cycle = row.get("cycle", "")

    def is_seen(name: str) -> bool:
        id_, _, of = name.partition("@")
        return sees(Subject(of or cycle, id_))

    told = dict(row)
    if details := row.get("details"):
        told["details"] = {
            name: {it: fact[it] for it in fact if is_seen(it)} if name in DETAILS else fact
            for name, fact in details.items()
        }
    if "supports" in row:
        told["supports"] = [name for name in row["supports"] if is_seen(name)]
    if "parts" in row:
        told["parts"] = [part for part in row["parts"] if sees(_subject(part, cycle))]
    for link in LINKS:
        if row.get(link) and not is_seen(row[link]):
            told[link] = None
    return told


# Any: JSON.
def narrowed_data(data: Mapping[str, Any], *, sees: Sees) -> dict[str, Any]:
    """The data of an event's body, the same way."""
    return {
        name: narrowed(fact, sees=sees) if name in ("key_result", "objective") else fact
        for name, fact in data.items()
    }


def _subject(part: Row, cycle: str) -> Subject:
    id_, _, of = part["id"].partition("@")
    return Subject(of or part.get("cycle", cycle), id_)
