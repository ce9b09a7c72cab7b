"""status and explain: what is recorded, and where a number comes from."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from syncd import bootstrap
from syncd.bootstrap import Installation
from syncd.commands.status import outlook_of
from syncd.errors import ConfigError
from syncd.mappings.findings import did_you_mean
from syncd.okr.definition import Cycle, Mappings, Subject
from syncd.okr.state import KeyResultState, State, States
from syncd.store.store import Store
from syncd.store.transaction import Transaction
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
    """One key result, from its number back to the sources, or to the syncd that told it.

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
        told = await told_by_others(tx, KeyResultState)
        return await explanation(
            tx,
            _find(wanted, {*mappings.key_results, *told}, "key result", installation),
            mappings=mappings,
            version=version,
            outlook=outlook_of(installation),
            zone=installation.settings.calendar.zone,
            now=installation.clock(),
        )


async def told_by_others(tx: Transaction, kind: type[State]) -> set[Subject]:
    """What other syncds told, of that kind."""
    states = await tx.states.get(via="others")
    return {subject for subject, state in states.items() if isinstance(state, kind)}


def find(wanted: str, mappings: Mappings, installation: Installation) -> Subject:
    """The key result that a person means: `ID@CYCLE`, or `ID` in the cycle that contains today."""
    return _find(wanted, mappings.key_results, "key result", installation)


def find_objective(
    wanted: str, mappings: Mappings, installation: Installation, *, others: Collection[Subject] = ()
) -> Subject:
    """The objective that a person means, named in the same ways.

    Args:
        others: What it may be beside those of the mappings.
    """
    return _find(wanted, {*mappings.objectives, *others}, "objective", installation)


def _find(wanted: str, known: Collection[Subject], what: str, installation: Installation) -> Subject:
    id_, at, cycle = wanted.partition("@")
    cycles, now = installation.settings.cycles, installation.clock()
    same = [subject for subject in known if subject.id == id_]
    if at:
        found = [subject for subject in same if subject.cycle == cycle]
    else:
        found = [it for it in same if it.cycle in cycles and is_now(cycles[it.cycle], now)] or (
            same if len(same) == 1 else []
        )
    if len(found) == 1:
        return found[0]
    is_objective = what == "objective"
    if not same:
        raise ConfigError(
            f"there is no {what} {id_!r} in the active mappings",
            code="unknown_objective" if is_objective else "unknown_key_result",
            hint=did_you_mean(id_, sorted({subject.id for subject in known})),
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
