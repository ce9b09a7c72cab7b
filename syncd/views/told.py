"""Who told a number that is not computed here."""

from __future__ import annotations

from syncd.okr.state import State
from syncd.store.transaction import Transaction
from syncd.views.rows import Row, moment


async def sender_row(tx: Transaction, state: State | None) -> Row | None:
    """The syncd that told it, and which of its words this is; None: it is ours."""
    if state is None or state.via is None:
        return None
    instance, *through = state.via.split("/")
    mark = (await tx.senders.marks(instance, [state.subject])).get(state.subject)
    lives = await tx.senders.lives()
    return {
        "instance": instance,
        "through": through,
        "epoch": mark[0] if mark else None,
        "sequence": mark[1] if mark else None,
        "alive_until": moment(lives.get(instance)),
    }


def their_mapping_row(state: State) -> Row:
    """Where it is defined, there."""
    return {
        "path": state.path,
        "line": state.line,
        "column": None,
        "digest": state.digest,
        "version": None,
        "applied_at": None,
        "applied_by": None,
    }
