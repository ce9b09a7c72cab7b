"""What people do about deliveries: enable, disable, pause, send again, give up."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.errors import ConfigError
from syncd.okr.definition import Subject
from syncd.okr.event import SUPERSEDING, Source, webhook_id
from syncd.store.batch import Row, adding
from syncd.store.deliveries import deliveries, is_open
from syncd.store.endpoints import BY_HAND, Endpoints, KeptEndpoint
from syncd.store.events import events, has_no_position, left_by
from syncd.store.pruned import Pruned, PrunedEvents
from syncd.store.queues import Queues, queue_of
from syncd.store.schema import Instant, to_micros

_ANEW = {"state": "pending", "attempts": 0, "refusals": 0, "first_failed_at": None, "waits_for": None}
"""With the whole schedule before it."""

_AT_ONCE = 500

_add_deliveries = adding(deliveries)


class Operating:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._endpoints = Endpoints(connection)
        self._queues = Queues(connection)
        self._pruned = PrunedEvents(connection)

    async def enable(self, endpoint: str, *, at: datetime) -> int:
        """Starts an endpoint again: what it has open is due at once, with its whole schedule.

        Returns:
            How many deliveries it has open.

        Raises:
            ConfigError: `unknown_endpoint`.
        """
        kept = await self._locked(endpoint)
        await self._endpoints.enable(kept.id)
        mine = deliveries.c.endpoint_id == kept.id
        # One in flight is under a lease: whoever holds it settles it.
        await self._connection.execute(
            deliveries.update()
            .where(mine, is_open, deliveries.c.state != "in_flight")
            .values(**_ANEW, due_at=case((deliveries.c.due_at.is_not(None), literal(at, Instant))))
        )
        counted = select(func.count()).select_from(deliveries).where(mine, is_open)
        return await self._connection.scalar(counted) or 0

    async def disable(self, endpoint: str, *, at: datetime, reason: str = BY_HAND) -> None:
        """Stops an endpoint: what it has open stays, and new events wait for it.

        Raises:
            ConfigError: `unknown_endpoint`.
        """
        kept = await self._locked(endpoint)
        if kept.disabled_at is None:
            await self._endpoints.disable(kept.id, reason=reason, at=at)

    async def pause(self, endpoint: str, *, at: datetime) -> None:
        """Keeps everything back from an endpoint until `resume`; nobody is told.

        Raises:
            ConfigError: `unknown_endpoint`.
        """
        kept = await self._locked(endpoint)
        if kept.paused_at is None:
            await self._endpoints.pause(kept.id, at=at)

    async def resume(self, endpoint: str) -> None:
        """Goes on after `pause`, where the schedule of each delivery stands.

        Raises:
            ConfigError: `unknown_endpoint`.
        """
        await self._endpoints.pause((await self._locked(endpoint)).id, at=None)

    async def give_up_all(self, endpoint: str, *, reason: str, at: datetime) -> int:
        """Settles what an endpoint has open as dead; what is in flight is settled by nobody else then.

        Returns:
            How many there were.

        Raises:
            ConfigError: `unknown_endpoint`.
        """
        kept = await self._locked(endpoint)
        done = await self._connection.execute(
            deliveries.update()
            .where(deliveries.c.endpoint_id == kept.id, is_open)
            .values(state="dead", reason=reason, settled_at=at, lease=None, waits_for=None)
        )
        return int(done.rowcount)

    async def redeliver(self, ids: Collection[int], *, at: datetime) -> int:
        """Sends settled deliveries once more, with the same id, bytes and place in their subject's order.

        One that is open still is on its way already.

        Returns:
            How many were settled.

        Raises:
            ConfigError: `unknown_delivery`.
        """
        return await self._reopen(await self._lock_deliveries(ids), at=at)

    async def give_up(self, ids: Collection[int], *, reason: str, at: datetime) -> int:
        """Makes open deliveries dead, so that what waits behind them in their subject's order goes on.

        For what breaks its consumer each time, and would be tried once a day for ever. One that is
        on its way this moment is left to its attempt; one that is settled is settled.

        Args:
            reason: Stands beside the dead delivery; `redeliver` takes it up again.

        Returns:
            How many were open and are given up.

        Raises:
            ConfigError: `unknown_delivery`, `delivery_in_flight`, `missing_reason`; then none is.
        """
        if not reason.strip():
            raise ConfigError(
                "giving up a delivery needs a reason", code="missing_reason", hint="--reason 'what was wrong'"
            )
        found = await self._lock_deliveries(ids)
        # Read under the lock: whether one was claimed, or settled, a moment ago.
        which = select(deliveries.c.id, deliveries.c.queue, deliveries.c.state, deliveries.c.due_at)
        rows = list(await self._connection.execute(which.where(deliveries.c.id.in_(found), is_open)))
        if in_flight := sorted(row.id for row in rows if row.state == "in_flight" and row.due_at > at):
            raise ConfigError(
                f"delivery {in_flight[0]} is being attempted this moment",
                code="delivery_in_flight",
                hint="try again in half a minute",
            )
        await self._connection.execute(
            deliveries.update()
            .where(deliveries.c.id.in_([row.id for row in rows]))
            .values(state="dead", reason=reason.strip(), due_at=at, lease=None, waits_for=None, settled_at=at)
        )
        await self._queues.promote([row.queue for row in rows], now=at)
        return len(rows)

    async def replay(
        self,
        endpoint: str,
        *,
        at: datetime,
        from_event: int | None = None,
        since: datetime | None = None,
        behind: int | None = None,
    ) -> int:
        """Sends what is stored since then once more: what the endpoint subscribes to today.

        Exactly one of `from_event`, the number of the first event, `since`, and `behind`, a position in
        the feed. Consumers that apply what is newer see from the same ids and sequences that they know
        it already.

        Returns:
            How many deliveries were made or opened again; those that are open still are not counted.

        Raises:
            ConfigError: `unknown_endpoint`; `beyond_retention`: some of it is deleted.
        """
        if [from_event, since, behind].count(None) != 2:  # of three
            raise ValueError("exactly one of from_event, since and behind")
        kept = await self._locked(endpoint)
        _check_kept(await self._pruned.held(), from_event=from_event, since=since, behind=behind)
        reopened = 0
        next_id = from_event
        if next_id is None:
            next_id = await self._first(events.c.at >= since if behind is None else _is_behind(behind))
        while next_id is not None:
            page = list(
                await self._connection.execute(
                    # Those of a slow transaction have a lower id and a later position.
                    select(events)
                    .where(events.c.id >= next_id, true() if behind is None else _is_behind(behind))
                    .order_by(events.c.id)
                    .limit(_AT_ONCE)
                )
            )
            reopened += await self._replay(kept, page, at=at)
            next_id = page[-1].id + 1 if len(page) == _AT_ONCE else None
        return reopened

    async def _first(self, which: ColumnElement[bool]) -> int | None:
        found: int | None = await self._connection.scalar(select(func.min(events.c.id)).where(which))
        return found

    # Any: rows of `events`.
    async def _replay(self, kept: KeptEndpoint, page: Sequence[Any], *, at: datetime) -> int:
        itself, takes = f"endpoint/{kept.endpoint.name}", kept.endpoint.takes
        wanted = [
            event
            for event in page
            # Nobody is told that they were disabled themselves.
            if event.lane != itself
            if takes(event.type, event.tier, event.team, event.objective, left_by(event))
        ]
        there = {
            row.event_id: row.id
            for row in await self._connection.execute(
                select(deliveries.c.event_id, deliveries.c.id).where(
                    deliveries.c.endpoint_id == kept.id,
                    deliveries.c.event_id.in_([event.id for event in wanted]),
                )
            )
        }
        reopened = await self._reopen(list(there.values()), at=at)
        new = [event for event in wanted if event.id not in there]
        await _add_deliveries.run(self._connection, [_row(event, kept, at=at) for event in new])
        await self._queues.promote([queue_of(kept.id, event.lane) for event in new], now=at)
        return reopened + len(new)

    async def _lock_deliveries(self, ids: Collection[int]) -> list[int]:
        """Those that there are, whose endpoints nobody else settles for until this transaction ends."""
        which = select(deliveries.c.id, deliveries.c.endpoint_id).where(deliveries.c.id.in_(ids))
        found = list(await self._connection.execute(which))
        if missing := sorted(set(ids) - {row.id for row in found}):
            raise ConfigError(
                f"no delivery has the number {missing[0]}",
                code="unknown_delivery",
                hint="`syncd deliveries` lists them",
            )
        await self._endpoints.lock_all({row.endpoint_id for row in found})
        return [row.id for row in found]

    async def _reopen(self, ids: Sequence[int], *, at: datetime) -> int:
        queues: list[str] = []
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            which = select(deliveries.c.id, deliveries.c.queue)
            settled = list(await self._connection.execute(which.where(deliveries.c.id.in_(some), ~is_open)))
            await self._connection.execute(
                deliveries.update()
                .where(deliveries.c.id.in_([row.id for row in settled]))
                # Behind what is under way in its queue, then in the order of sequences.
                .values(
                    **_ANEW,
                    due_at=None,
                    queued_at=at,
                    settled_at=None,
                    lease=None,
                    reason=None,
                )
            )
            queues += [row.queue for row in settled]
        await self._queues.promote(set(queues), now=at)
        return len(queues)

    async def _locked(self, endpoint: str) -> KeptEndpoint:
        kept = await self._endpoints.lock(endpoint)
        if kept is None:
            raise ConfigError(
                f"there is no endpoint {endpoint!r}",
                code="unknown_endpoint",
                hint="`syncd endpoints` lists them",
            )
        return kept


def _is_behind(position: int) -> ColumnElement[bool]:
    return or_(events.c.position > position, has_no_position)


def _check_kept(
    pruned: Pruned, *, from_event: int | None, since: datetime | None, behind: int | None
) -> None:
    if pruned.at is None:
        return
    if (
        (from_event is not None and from_event <= pruned.event)
        or (since is not None and since <= pruned.at)
        or (behind is not None and behind < pruned.position)
    ):
        raise ConfigError(
            "events of then are deleted, so a replay would leave a gap",
            code="beyond_retention",
            hint=f"all are there behind event {pruned.event}, and after {pruned.at.isoformat()}",
        )


# Any: a row of `events`.
def _row(event: Any, kept: KeptEndpoint, *, at: datetime) -> Row:
    # Who spoke, and of which epoch, is part of the id: as it was said then.
    source = Source(**json.loads(event.body)["source"])
    subject = Subject(event.cycle, event.subject)
    return (
        event.id,
        kept.id,
        webhook_id(source, kept.endpoint.name, subject, event.sequence),
        queue_of(kept.id, event.lane),
        event.sequence,
        event.type in SUPERSEDING,
        None,
        "pending",
        0,
        0,
        None,
        to_micros(at),
        None,
        None,
        None,
        None,
        None,
    )
