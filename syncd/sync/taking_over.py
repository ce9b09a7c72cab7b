"""Ids that another syncd told and our files define: refused while it may speak, ours once it may not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.errors import MappingError
from syncd.okr.definition import KeyResult, Mappings, Objective, Subject
from syncd.okr.lifecycle import moves
from syncd.okr.overriding import as_measured
from syncd.okr.state import KeyResultState, State, States
from syncd.store.transaction import Transaction
from syncd.sync.silence import SILENT, sender, speaking


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What others told, as ours.

    Attributes:
        states: All of it; their sequences go on.
        known: Those of them that are on the books: consumers have heard of these.
        set_aside: On the books too, under names that something of ours moves to.
    """

    states: States
    known: frozenset[Subject]
    set_aside: frozenset[Subject]


async def taken_over(tx: Transaction, new: Mappings, *, ours: States, senders: Collection[str]) -> TakenOver:
    """What `new` takes over; writes nothing.

    Args:
        senders: Those that syncd.yaml names.

    Raises:
        MappingError: `id_taken`; one of them may still speak of such an id.
    """
    defined = {*new.objectives, *new.key_results}
    others = await tx.states.get(defined, via="others", removed=True)
    living = (await tx.states.get(others, via="others")).keys() if others else set()
    refuse_taken(new, {subject: others[subject] for subject in living}, senders=senders)
    moved = moves(new, known=ours)
    return TakenOver(
        states={
            subject: as_ours(state, definition_of(new, subject))
            for subject, state in others.items()
            if subject not in moved
        },
        known=frozenset(living - moved.keys()),
        set_aside=frozenset(living & moved.keys()),
    )


async def take_over(tx: Transaction, taken: TakenOver, *, at: datetime) -> None:
    """Row, sequence and history go on; before the subjects of ours are moved."""
    await tx.states.archive(taken.set_aside, at=at)
    await tx.states.save(taken.states.values(), at=at, sync_id=None)


def refuse_taken(new: Mappings, others: States, *, senders: Collection[str]) -> None:
    """One id is one key result: while its sender may speak, two would count one sequence.

    Raises:
        MappingError: `id_taken`, at the first.
    """
    taken = sorted(
        (definition_of(new, subject) for subject, state in others.items() if sender(state) in senders),
        key=lambda definition: (definition.place.path, definition.place.line),
    )
    if not taken:
        return
    first, whose = taken[0], sender(others[taken[0].subject])
    more = f" (and {len(taken) - 1} more ids are taken)" if len(taken) > 1 else ""
    raise MappingError(
        f"{first.subject} is told by {whose} already{more}",
        path=first.place.path,
        line=first.place.line,
        column=first.place.column,
        code="id_taken",
        hint=f"give it another id; or take {whose!r} out of `ingest` in syncd.yaml, and it becomes yours",
    )


def as_ours(state: State, definition: KeyResult | Objective) -> State:
    """What was told last, as if we had said it; what our own files make of it is for `evaluate`."""
    if isinstance(state, KeyResultState) and isinstance(definition, KeyResult):
        if SILENT in (state.details or {}):
            state = speaking(state)
        # A person's word came without the person, and is not ours to stand by.
        state = as_measured(state, definition) or state
    return replace(
        state,
        title=definition.title,
        tier=definition.tier,
        team=definition.team,
        owner=definition.owner,
        path=definition.place.path,
        line=definition.place.line,
        digest=definition.digest,
        via=None,
    )


def definition_of(mappings: Mappings, subject: Subject) -> KeyResult | Objective:
    return mappings.key_results.get(subject) or mappings.objectives[subject]
