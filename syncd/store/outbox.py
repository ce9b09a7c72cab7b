"""Events and their deliveries, written in the transaction of the state that they tell of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.okr.definition import Subject
from syncd.okr.event import Event, Source, webhook_id
from syncd.store.batch import Batch, Row, adding
from syncd.store.deliveries import Deliveries, deliveries
from syncd.store.endpoints import Endpoint, Endpoints
from syncd.store.events import events
from syncd.store.schema import to_micros
from syncd.store.states import StatesTable
from syncd.store.superseding import Queued, supersede


class Outbox:
    """Attributes:
    endpoints: Where events go.
    deliveries: What is on its way: claim, settle.
    """

    def __init__(self, connection: AsyncConnection, states: StatesTable) -> None:
        self._connection = connection
        self._states = states
        self.endpoints = Endpoints(connection)
        self.deliveries = Deliveries(connection)

    async def sync_endpoints(self, settings: Iterable[Endpoint], *, at: datetime) -> None:
        """Makes the recorded endpoints those of syncd.yaml; see `Endpoints.sync`."""
        await self.endpoints.sync(settings, at=at)

    async def enqueue(self, batch: Sequence[Event], *, source: Source, at: datetime) -> int:
        """Stores events, and a delivery of each for every endpoint that subscribes to it.

        Args:
            batch: In the order of their sequences per subject.

        Returns:
            How many deliveries are new.
        """
        if not batch:
            return 0
        keys = await self._states.keys({event.subject for event in batch if event.subject.cycle})
        lanes = {event.subject: lane_of(event.subject, keys) for event in batch}
        rows = [_event_row(event, source, lane=lanes[event.subject]) for event in batch]
        await _add_events.run(self._connection, rows)
        added = 0
        for endpoint_id, endpoint in await self.endpoints.subscribers():
            taken = [event for event in batch if endpoint.takes(event.type, event.tier)]
            await self._deliver(
                taken, lanes=lanes, endpoint_id=endpoint_id, endpoint=endpoint.name, source=source, at=at
            )
            added += len(taken)
        return added

    async def last_sequence(self, subject: Subject) -> int:
        """Of the last event of a subject that has no row of its own; 0: none yet."""
        last = select(func.max(events.c.sequence)).where(events.c.lane == subject.id)
        return (await self._connection.execute(last)).scalar_one() or 0

    async def _deliver(
        self,
        batch: Sequence[Event],
        *,
        lanes: Mapping[Subject, str],
        endpoint_id: int,
        endpoint: str,
        source: Source,
        at: datetime,
    ) -> None:
        queues = [queue_of(endpoint_id, lanes[event.subject]) for event in batch]
        open_ones = await self.deliveries.open_in(
            {queue for queue, event in zip(queues, batch, strict=True) if event.supersedes}
        )
        superseded: list[Queued] = []
        rows: list[Row] = []
        for queue, event in zip(queues, batch, strict=True):
            # Events of one change do not supersede each other: the first alone finds what waited.
            queued, run = supersede(open_ones.pop(queue, ()), _queued(event, at=at))
            superseded += run
            known_as = webhook_id(source, endpoint, event.subject, event.sequence)
            lane = lanes[event.subject]
            rows.append((lane, event.sequence, endpoint_id, known_as, queue, *_queued_row(queued)))
        await self.deliveries.mark_superseded(superseded, at=at)
        await _add_deliveries.run(self._connection, rows)


def lane_of(subject: Subject, keys: Mapping[Subject, int]) -> str:
    """What order, sequence and superseding run on: a subject keeps its lane when it is renamed.

    A log has no row, so its name is its lane.
    """
    key = keys.get(subject)
    return str(subject) if key is None else str(key)


def queue_of(endpoint_id: int, lane: str) -> str:
    return f"{endpoint_id}/{lane}"


def _event_row(event: Event, source: Source, *, lane: str) -> Row:
    return (
        lane,
        event.sequence,
        event.type,
        to_micros(event.at),
        event.tier,
        event.team,
        event.objective,
        event.body(source),
    )


def _queued(event: Event, *, at: datetime) -> Queued:
    return Queued(
        id=0,
        sequence=event.sequence,
        coalesces=event.supersedes,
        state="pending",
        attempts=0,
        due_at=at,
        first_failed_at=None,
        coalesced_from=None,
    )


def _queued_row(queued: Queued) -> Row:
    return (
        queued.sequence,
        queued.coalesces,
        queued.coalesced_from,
        queued.state,
        queued.attempts,
        to_micros(queued.due_at),
        to_micros(queued.first_failed_at),
    )


# The event's key is looked up by the database: asking for the keys of what was added costs more
# than adding it.
_EVENT_ID = (
    select(events.c.id)
    .where(events.c.lane == bindparam("of_lane"), events.c.sequence == bindparam("of_sequence"))
    .scalar_subquery()
)
_GIVEN = (
    "endpoint_id",
    "webhook_id",
    "queue",
    "sequence",
    "coalesces",
    "coalesced_from",
    "state",
    "attempts",
    "due_at",
    "first_failed_at",
)
_INSERT = (
    deliveries.insert().inline().values(event_id=_EVENT_ID, **{name: bindparam(name) for name in _GIVEN})
)

_add_events = adding(events)
_add_deliveries = Batch({"sqlite": _INSERT, "postgresql": _INSERT}, ("of_lane", "of_sequence", *_GIVEN))
