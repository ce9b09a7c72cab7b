"""explain, of an objective: what its progress is made of, and who set it if a person did."""

from __future__ import annotations

from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.explain import find_objective
from syncd.okr.definition import Mappings, Objective, Subject
from syncd.okr.state import ObjectiveState, States
from syncd.views.check_ins import check_in_row
from syncd.views.explain import HISTORY
from syncd.views.rows import moment, objective_row

Row = dict[str, Any]  # Any: JSON


def is_objective(wanted: str) -> bool:
    """Whether an id, as a person types it, has the two parts of an objective's."""
    return wanted.partition("@")[0].count("/") == 1


async def explain_objective(installation: Installation, wanted: str) -> Row:
    """One objective, down to what it counts.

    Raises:
        ConfigError: `unknown_objective`, `ambiguous_objective`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        version = await tx.versions.active()
        mappings = installation.load(version.files) if version else Mappings()
        objective = mappings.objectives[find_objective(wanted, mappings, installation)]
        states = await tx.states.get()
        history = await tx.history.of(objective.subject, limit=HISTORY)
    state = states.get(objective.subject)
    return {
        **(objective_row(state) if isinstance(state, ObjectiveState) else {"id": objective.subject.id}),
        "parts": _parts(objective, mappings, states),
        "mapping": {
            "path": objective.place.path,
            "line": objective.place.line,
            "column": objective.place.column,
            "digest": objective.digest,
            "version": version.digest if version else None,
            "applied_at": moment(version.applied_at) if version else None,
            "applied_by": version.applied_by if version else None,
        },
        "history": [check_in_row(check_in) for check_in in history],
    }


def _parts(objective: Objective, mappings: Mappings, states: States) -> list[Row]:
    """What it counts, with the weights; nothing where a person sets it."""
    if objective.rollup == "by_hand":
        return []
    if objective.rollup == "supporters":
        return [_part(subject, 1.0, states) for subject in objective.supporters]
    return [_part(subject, mappings.key_results[subject].weight, states) for subject in objective.key_results]


def _part(subject: Subject, weight: float, states: States) -> Row:
    state = states.get(subject)
    return {
        "id": subject.id,
        "cycle": subject.cycle,
        "progress": state.progress if state else None,
        "weight": weight,
    }
