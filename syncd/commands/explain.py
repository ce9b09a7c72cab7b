"""status and explain: what is recorded, and where a number comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.status import outlook_of
from syncd.errors import ConfigError
from syncd.mappings.findings import did_you_mean
from syncd.okr.definition import Cycle, KeyResult, Mappings, Objective, Subject
from syncd.okr.state import States
from syncd.store.store import Store
from syncd.sync.closing import with_closed
from syncd.views.explain import explanation

Row = dict[str, Any]  # Any: JSON


async def recorded_states(installation: Installation) -> States:
    """Every subject as last recorded.

    Raises:
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store, store.reading() as tx:
        return await tx.states.get()


async def explain(installation: Installation, wanted: str) -> Row:
    """One key result, from its number back to the sources.

    Raises:
        ConfigError: `unknown_key_result`, `ambiguous_key_result`.
        StoreError: there is no store yet.
    """
    async with await bootstrap.open_store(installation, create=False) as store:
        return await _explain(installation, store, wanted)


async def _explain(installation: Installation, store: Store, wanted: str) -> Row:
    async with store.reading() as tx:
        version = await tx.versions.active()
        mappings = await with_closed(tx, installation.load(version.files) if version else Mappings())
        subject = find(wanted, mappings, installation)
        return await explanation(
            tx,
            subject,
            mappings=mappings,
            version=version,
            outlook=outlook_of(installation),
            zone=installation.settings.calendar.zone,
            now=installation.clock(),
        )


def find(wanted: str, mappings: Mappings, installation: Installation) -> Subject:
    """The key result that a person means: `ID@CYCLE`, or `ID` in the cycle that contains today."""
    return _find(wanted, mappings.key_results, "key result", now=installation.clock())


def find_objective(wanted: str, mappings: Mappings, installation: Installation) -> Subject:
    """The objective that a person means, named in the same ways."""
    return _find(wanted, mappings.objectives, "objective", now=installation.clock())


def _find(
    wanted: str, defined: Mapping[Subject, KeyResult | Objective], what: str, *, now: datetime
) -> Subject:
    id_, at, cycle = wanted.partition("@")
    same = [subject for subject in defined if subject.id == id_]
    if at:
        found = [subject for subject in same if subject.cycle == cycle]
    else:
        found = [subject for subject in same if is_now(defined[subject].cycle, now)] or (
            same if len(same) == 1 else []
        )
    if len(found) == 1:
        return found[0]
    is_objective = what == "objective"
    if not same:
        raise ConfigError(
            f"there is no {what} {id_!r} in the active mappings",
            code="unknown_objective" if is_objective else "unknown_key_result",
            hint=did_you_mean(id_, {subject.id for subject in defined}),
        )
    if at:
        raise ConfigError(
            f"there is no {what} {id_!r} in the cycle {cycle!r}",
            code="unknown_objective" if is_objective else "unknown_key_result",
            hint=f"there is {', '.join(map(str, sorted(same)))}",
        )
    raise ConfigError(
        f"{wanted!r} could be any of {', '.join(map(str, sorted(same)))}",
        code="ambiguous_objective" if is_objective else "ambiguous_key_result",
        hint="name the cycle: ID@CYCLE",
    )


def is_now(cycle: Cycle, at: datetime) -> bool:
    return cycle.starts_at <= at < cycle.ends_at
