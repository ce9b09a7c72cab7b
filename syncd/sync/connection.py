"""How each connection is after a sync, and the event when that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from syncd.errors import QueryRejected, RateLimited, SyncdError
from syncd.okr.event import Event, sync_failed, sync_recovered
from syncd.store.syncs import ConnectionState
from syncd.sync.fold import to_fact
from syncd.sync.measure import Answers


def after_sync(
    before: Mapping[str, ConnectionState], asked: Sequence[Answers], *, now: datetime
) -> tuple[dict[str, ConnectionState], list[Event]]:
    """New states of the connections that were asked; an event for each that broke or recovered.

    A connection fails when none of its queries was answered. Who refuses a query, or shows a bad cell,
    has answered: those are their key results' matter, however many, and whatever else was asked.
    """
    states: dict[str, ConnectionState] = {}
    events: list[Event] = []
    for answers in asked:
        state = before.get(answers.connection, ConnectionState())
        error = None if isinstance(answers.error, QueryRejected) else answers.error
        sequence = state.sequence
        if error is not None and state.failing_since is None:
            sequence += 1
            events.append(
                sync_failed(answers.connection, error=to_fact(error), since=now, sequence=sequence, now=now)
            )
        elif error is None and state.failing_since is not None:
            sequence += 1
            events.append(
                sync_recovered(answers.connection, since=state.failing_since, sequence=sequence, now=now)
            )
        states[answers.connection] = ConnectionState(
            failing_since=(state.failing_since or now) if error else None,
            error=to_fact(error) if error else None,
            sequence=sequence,
            last_synced_at=now,
            not_before=not_before(answers, now=now),
        )
    return states, events


def not_before(answers: Answers, *, now: datetime) -> datetime | None:
    """Until when the source asked to be left alone: the longest wait that any answer names."""
    waits = [
        answer.retry_after_s
        for answer in answers.answers.values()
        if isinstance(answer, SyncdError) and isinstance(answer, RateLimited) and answer.retry_after_s
    ]
    return now + timedelta(seconds=max(waits)) if waits else None
