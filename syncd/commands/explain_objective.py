"""explain, of an objective."""

from __future__ import annotations

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.explain import find_objective, told_by_others
from syncd.okr.definition import Mappings
from syncd.okr.state import ObjectiveState
from syncd.views.explain_objective import objective_explanation
from syncd.views.rows import Row


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
        others = await told_by_others(tx, ObjectiveState)
        subject = find_objective(wanted, mappings, installation, others=others)
        return await objective_explanation(tx, subject, mappings=mappings, version=version)
