"""Another syncd that fell silent: what it told cannot be believed any longer, and says so.

A sender gives a sign of life every hour, good for two. While it does, no news means that nothing
changed; after that, nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from syncd.okr.event import Event, events_between
from syncd.okr.reading import ErrorFact
from syncd.okr.state import KeyResultState, State, States
from syncd.store.transaction import Transaction
from syncd.sync.site import Site

SILENT = "sender_silent"
"""Code of the error, and the key of `details` under which the freshness waits that it had."""


async def fallen_silent(tx: Transaction, *, site: Site) -> list[Event]:
    """Key results of senders whose sign of life is over become stale, once."""
    now = site.clock()
    silent = {name: until for name, until in (await tx.senders.lives()).items() if until < now}
    if not silent:
        return []
    return await _change(
        tx,
        lambda state: hushed(state, since=silent[sender(state)]),
        which=lambda state: sender(state) in silent and SILENT not in (state.details or {}),
        site=site,
    )


async def heard_again(tx: Transaction, *, site: Site, instance: str) -> list[Event]:
    """A sign of life: what the sender told last is true still."""
    return await _change(
        tx,
        speaking,
        which=lambda state: sender(state) == instance and SILENT in (state.details or {}),
        site=site,
    )


def hushed(state: KeyResultState, *, since: datetime) -> KeyResultState:
    error = ErrorFact(
        code=SILENT,
        message=f"{sender(state)} has not been heard of since {since.isoformat()}",
        actor="operator",
    )
    return replace(
        state,
        freshness="stale",
        error=error,
        details={**(state.details or {}), SILENT: {"since": since.isoformat(), "freshness": state.freshness}},
    )


def speaking(state: KeyResultState) -> KeyResultState:
    details = dict(state.details or {})
    return replace(state, freshness=details.pop(SILENT)["freshness"], error=None, details=details or None)


def sender(state: State) -> str:
    return (state.via or "").partition("/")[0]


async def _change(
    tx: Transaction,
    change: Callable[[KeyResultState], KeyResultState],
    *,
    which: Callable[[KeyResultState], bool],
    site: Site,
) -> list[Event]:
    now = site.clock()
    before = await tx.states.get(via="others", lock=True)
    after: States = {state.subject: change(state) for state in _key_results(before) if which(state)}
    after, events = events_between(before, after, now=now)
    await tx.states.save(after.values(), at=now, sync_id=None)
    await tx.outbox.enqueue(events, source=site.source, at=now)
    return events


def _key_results(states: States) -> Iterable[KeyResultState]:
    return [state for state in states.values() if isinstance(state, KeyResultState)]
