"""One objective: what its progress is made of, who set it if a person did; as `explain --json` prints it."""

from __future__ import annotations

from syncd.okr.definition import Mappings, Objective, Subject
from syncd.okr.mode import is_seen
from syncd.okr.state import ObjectiveState, States
from syncd.store.transaction import Transaction
from syncd.store.versions import MappingVersion
from syncd.views.check_ins import check_in_row
from syncd.views.explain import HISTORY, mapping_row
from syncd.views.rows import Row, objective_row
from syncd.views.told import sender_row, their_mapping_row


async def objective_explanation(
    tx: Transaction, subject: Subject, *, mappings: Mappings, version: MappingVersion | None
) -> Row:
    """Of an objective that the active mappings define, or that another syncd told.

    Args:
        version: What `mappings` were loaded from; None: nothing was applied yet.
    """
    objective = mappings.objectives.get(subject)
    states = await tx.states.get(via="anybody")
    history = await tx.history.of(subject, limit=HISTORY)
    state = states.get(subject)
    return {
        **(objective_row(state) if isinstance(state, ObjectiveState) else {"id": subject.id}),
        "parts": _parts(objective, mappings, states) if objective else [],
        "mapping": mapping_row(objective, version) if objective else their_mapping_row(states[subject]),
        "sender": await sender_row(tx, state),
        "history": [check_in_row(check_in) for check_in in history],
    }


def _parts(objective: Objective, mappings: Mappings, states: States) -> list[Row]:
    """Its parts with their weights, and whether they count; nothing where a person sets it."""
    if objective.rollup == "by_hand":
        return []
    if objective.rollup == "supporters":
        weights = dict.fromkeys(objective.supporters, 1.0)
    else:
        weights = {subject: mappings.key_results[subject].weight for subject in objective.key_results}
    return [
        _part(
            subject,
            weight,
            states,
            counts=is_seen(subject, by=objective.subject, shadow=mappings.shadow),
        )
        for subject, weight in weights.items()
    ]


def _part(subject: Subject, weight: float, states: States, *, counts: bool) -> Row:
    state = states.get(subject)
    return {
        "id": subject.id,
        "cycle": subject.cycle,
        "progress": state.progress if state else None,
        "weight": weight,
        "counts": counts,
    }
