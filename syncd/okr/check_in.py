"""A person's word as an event: log events of a key result, with a sequence of their own."""

from __future__ import annotations

from typing import Any, Final

from syncd.errors import excerpt
from syncd.okr.body import key_result_data, moment
from syncd.okr.event import Event
from syncd.okr.names import Subject
from syncd.okr.state import KeyResultState
from syncd.okr.word import Word

CHECK_IN_CREATED: Final = "check_in.created"

MAX_COMMENT: Final = 2_000


def check_in_created(word: Word, after: KeyResultState, *, sequence: int) -> Event:
    """`after`: what came of the word; `sequence`: of the key result's check-ins, not of its numbers."""
    return Event(
        subject=check_ins_subject(after.subject),
        kind="log",
        type=CHECK_IN_CREATED,
        sequence=sequence,
        at=word.at,
        tier=after.tier,
        team=after.team,
        objective=after.subject.id.rpartition("/")[0],
        data=_data(word, after, sequence=sequence),
    )


def check_ins_subject(key_result: Subject) -> Subject:
    """What the check-ins of a key result are said of; it is of no cycle.

    Their number stands with the key result, so that it goes on when that is renamed.
    """
    return Subject(cycle="", id=f"check-ins/{key_result.cycle}/{key_result.id}")


def _data(word: Word, after: KeyResultState, *, sequence: int) -> dict[str, Any]:  # Any: JSON
    # No author: a body names nobody.
    told = key_result_data(after, None, sequence=after.sequence)
    return {
        "check_in": {
            "at": moment(word.at),
            "value": word.value,
            "confidence": word.confidence,
            "comment": None if word.comment is None else excerpt(word.comment, MAX_COMMENT),
            "until": moment(word.until),
            "ends_override": word.ends_override,
        },
        "key_result": told["key_result"],
        "sequence": sequence,
        "origin": "person",
        "mapping": told["mapping"],
        **({} if after.via is None else {"via": after.via}),
    }
