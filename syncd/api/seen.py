"""What a caller may see of what is recorded: every row and every event goes out through here.

What belongs to a team now is the team's with its whole past. Of others a key of teams learns neither
ids nor numbers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from syncd.api.access import Caller
from syncd.okr.body import to_bytes
from syncd.okr.definition import Subject
from syncd.okr.state import State, States
from syncd.store.transaction import Transaction
from syncd.views.narrow import narrowed, narrowed_data
from syncd.views.rows import Row
from syncd.views.rows import row as row_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The part of the store that is there for a caller.

    Attributes:
        states: As they are now; those of others are not among them.
    """

    states: States
    sees_all: bool

    def row(self, state: State) -> Row:
        return self.narrowed(row_of(state))

    def narrowed(self, row: Row) -> Row:
        """Of a row of its own: without what it names of others."""
        return row if self.sees_all else narrowed(row, sees=self.has)

    def body(self, body: bytes) -> bytes:
        """Of an event of its own: byte by byte as it was signed, unless it names others."""
        if self.sees_all:
            return body
        told = json.loads(body)
        data = narrowed_data(told["data"], sees=self.has)
        return body if data == told["data"] else to_bytes({**told, "data": data})

    def has(self, subject: Subject) -> bool:
        return self.sees_all or subject in self.states


async def seen_by(caller: Caller, tx: Transaction) -> Seen:
    states = await tx.states.get(via="anybody")
    if caller.sees_all:
        return Seen(states=states, sees_all=True)
    own = {subject: state for subject, state in states.items() if caller.may_see(state.team)}
    return Seen(states=own, sees_all=False)
