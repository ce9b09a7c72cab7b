"""Events and their deliveries, written in the transaction of the state that they tell of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from syncd.delivery.superseding import Queued, supersede
from syncd.okr.definition import Subject
from syncd.okr.event import Event, Source, webhook_id
from syncd.store.batch import Batch, Row
from syncd.store.claims import Deliveries
from syncd.store.deliveries import deliveries
from syncd.store.endpoints import Endpoint, Endpoints, KeptEndpoint
from syncd.store.epochs import Epochs
from syncd.store.events import add_events, event_row, events
from syncd.store.listing import Listing
from syncd.store.operating import Operating
from syncd.store.queues import Queues, queue_of
from syncd.store.schema import to_micros
from syncd.store.states import StatesTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The newest event of a log."""

    sequence: int
    at: datetime


class Outbox:
    """Attributes:
    endpoints: Where events go.
    deliveries: What is on its way: claim, settle.
    listing: What people see of it.
    operating: What people do about it: enable, pause, redeliver, replay.
    roused: Names of endpoints that this transaction has enqueued deliveries for.
    """

    def __init__(self, connection: AsyncConnection, states: StatesTable) -> None:
        self._connection = connection
        self._states = states
        self._queues = Queues(connection)
        self._epochs = Epochs(connection)
        self.endpoints = Endpoints(connection)
        self.deliveries = Deliveries(connection)
        self.listing = Listing(connection)
        self.operating = Operating(connection)
        self.roused: set[str] = set()

    async def sync_endpoints(self, settings: Iterable[Endpoint], *, at: datetime) -> None:
        """Makes the recorded endpoints those of syncd.yaml; see `Endpoints.sync`."""
        for name in await self.endpoints.sync(settings, at=at):
            await self.operating.enable(name, at=at)

    async def enqueue(
        self,
        batch: Sequence[Event],
        *,
        source: Source,
        at: datetime,
        leaving_out: str | None = None,
    ) -> int:
        """Stores events, and a delivery of each for every endpoint that subscribes to it.

        Args:
            batch: In the order of their sequences per subject.
            leaving_out: Not this one.

        Returns:
            How many deliveries are new.
        """
        if not batch:
            return 0
        source = await self._epochs.today(source)
        keys = await self._states.keys({event.subject for event in batch if event.subject.cycle})
        lanes = {event.subject: lane_of(event.subject, keys) for event in batch}
        await add_events.run(
            self._connection, [event_row(event, source, lane=lanes[event.subject]) for event in batch]
        )
        added = 0
        for kept in await self.endpoints.lock_subscribers():
            if kept.endpoint.name == leaving_out:
                continue
            takes = kept.endpoint.takes
            taken = [
                event
                for event in batch
                if takes(event.type, event.tier, event.team, event.objective, event.left)
            ]
            await self._deliver(taken, lanes=lanes, to=kept, source=source, at=at)
            added += len(taken)
            if taken:
                self.roused.add(kept.endpoint.name)
        return added

    async def last_sequence(self, subject: Subject) -> int:
        """Of the last event of a subject that has no row of its own; 0: none yet."""
        last = await self.last(subject)
        return 0 if last is None else last.sequence

    async def last(self, subject: Subject) -> Last | None:
        """The last event of a subject that has no row of its own."""
        found = select(events.c.sequence, events.c.at).where(events.c.lane == subject.id)
        row = (await self._connection.execute(found.order_by(events.c.sequence.desc()).limit(1))).first()
        return None if row is None else Last(sequence=row.sequence, at=row.at)

    async def _deliver(
        self,
        batch: Sequence[Event],
        *,
        lanes: Mapping[Subject, str],
        to: KeptEndpoint,
        source: Source,
        at: datetime,
    ) -> None:
        queues = [queue_of(to.id, lanes[event.subject]) for event in batch]
        with_head = await self._queues.with_head(set(queues))
        open_ones = await self._queues.open_in(
            {queue for queue, event in zip(queues, batch, strict=True) if event.supersedes} & with_head
        )
        superseded: list[Queued] = []
        rows: list[Row] = []
        for queue, event in zip(queues, batch, strict=True):
            due_at = None if queue in with_head else at
            # Events of one change do not supersede each other: the first alone finds what waited.
            queued, run = supersede(open_ones.pop(queue, ()), _queued(event, due_at=due_at))
            superseded += run
            with_head.add(queue)
            known_as = webhook_id(source, to.endpoint.name, event.subject, event.sequence)
            lane = lanes[event.subject]
            rows.append((lane, event.sequence, to.id, known_as, queue, *_queued_row(queued, at=at)))
        await self._queues.mark_superseded(superseded, at=at)
        await _add_deliveries.run(self._connection, rows)


def lane_of(subject: Subject, keys: Mapping[Subject, int]) -> str:
    """What order, sequence and superseding run on: a subject keeps its lane when it is renamed.

    A log has no row, so its name is its lane.
    """
    key = keys.get(subject)
    return str(subject) if key is None else str(key)


def _queued(event: Event, *, due_at: datetime | None) -> Queued:
    return Queued(
        id=0,
        sequence=event.sequence,
        coalesces=event.supersedes,
        state="pending",
        attempts=0,
        due_at=due_at,
        first_failed_at=None,
        waits_for=None,
        coalesced_from=None,
    )


def _queued_row(queued: Queued, *, at: datetime) -> Row:
    return (
        queued.sequence,
        queued.coalesces,
        queued.coalesced_from,
        queued.state,
        queued.attempts,
        0,
        to_micros(queued.due_at),
        to_micros(at),
        to_micros(queued.first_failed_at),
        queued.waits_for,
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
    "refusals",
    "due_at",
    "queued_at",
    "first_failed_at",
    "waits_for",
)
_INSERT = (
    deliveries.insert().inline().values(event_id=_EVENT_ID, **{name: bindparam(name) for name in _GIVEN})
)

_add_deliveries = Batch({"sqlite": _INSERT, "postgresql": _INSERT}, ("of_lane", "of_sequence", *_GIVEN))
