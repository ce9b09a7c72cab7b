"""Which queries a sync asks: one batch per connection, equal queries merged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.okr.definition import AskedQuery, Calendar, Mappings, QueryKey, WindowSpec
from syncd.okr.judging.ends import unread
from syncd.okr.period import days_of
from syncd.okr.periodic import keys_to_ask
from syncd.okr.reading import Reading
from syncd.okr.state import States
from syncd.okr.window import resolve
from syncd.sdk.measurement import Query
from syncd.sync.cycles import alive

DEFAULT_REFRESH = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """All that one connection is asked in one sync.

    Attributes:
        wanted: Queries as the key results ask them, before equal ones were merged.
        now: When the windows are resolved.
    """

    connection: str
    wanted: int
    asked: tuple[AskedQuery, ...]
    now: datetime
    calendar: Calendar

    @property
    def queries(self) -> tuple[Query[object], ...]:
        return tuple(to_query(asked, now=self.now, calendar=self.calendar) for asked in self.asked)


def plan(
    mappings: Mappings,
    *,
    now: datetime,
    calendar: Calendar,
    connections: Collection[str] | None = None,
    due: Mapping[QueryKey, Reading] | None = None,
    refresh: Mapping[str, timedelta] | None = None,
    begun_only: bool = True,
    known: Mapping[QueryKey, Reading] | None = None,
    states: States | None = None,
    hinted: Collection[QueryKey] = (),
) -> list[Batch]:
    """Batches in the order of the connections' names.

    Args:
        connections: Only these; None: all.
        due: Readings so far; with them, only queries whose refresh has passed. None: all queries.
        refresh: Connection -> its refresh; a key result may want it more often.
        begun_only: Leave out cycles that have not begun (`syncd plan` reads them, a sync does not).
        known: Readings so far, if `due` does not tell: what is frozen of them is not asked again.
        states: The last ones of key results with a start or target that is asked once.
        hinted: Queries that a hook can have touched: they are due, whenever they were asked.
    """
    readings = known if known is not None else due or {}
    all_asks = asks_of(
        mappings, readings, states or {}, now=now, refresh=refresh or {}, begun_only=begun_only
    )
    wanted = {
        key: asks for key, asks in all_asks.items() if connections is None or key.connection in connections
    }
    by_connection: dict[str, list[QueryKey]] = {}
    for key, asks in wanted.items():
        if due is None or key.whole in hinted or is_due(due.get(key), every=asks.every, now=now):
            by_connection.setdefault(key.connection, []).append(key)
    return [
        Batch(
            connection=name,
            wanted=sum(wanted[key].count for key in keys),
            asked=tuple(asked_as(key, mappings.queries) for key in keys),
            now=now,
            calendar=calendar,
        )
        for name, keys in sorted(by_connection.items())
    ]


@dataclass(frozen=True, slots=True)
class Asks:
    """How many inputs want a query, and how often the most impatient of them wants it."""

    count: int
    every: timedelta


def asks_of(
    mappings: Mappings,
    readings: Mapping[QueryKey, Reading],
    states: States,
    *,
    now: datetime,
    refresh: Mapping[str, timedelta],
    begun_only: bool = True,
) -> dict[QueryKey, Asks]:
    """Every query of the open cycles, less what is frozen: past periods of a rate, starts and targets."""
    wanted: dict[QueryKey, Asks] = {}
    for subject, key_result in alive(mappings, now=now, begun_only=begun_only).key_results.items():
        ends = unread(key_result, states.get(subject))
        for key in (*keys_to_ask(key_result, readings, now=now), *ends):
            every = key_result.refresh or refresh.get(key.connection, DEFAULT_REFRESH)
            so_far = wanted.get(key)
            wanted[key] = Asks(so_far.count + 1, min(so_far.every, every)) if so_far else Asks(1, every)
    return wanted


def next_due(
    mappings: Mappings,
    readings: Mapping[QueryKey, Reading],
    states: States,
    *,
    now: datetime,
    refresh: Mapping[str, timedelta],
    hinted: Collection[QueryKey] = (),
) -> dict[str, datetime]:
    """Connection -> when its first query is due; one that was never asked, or is hinted at, is due now."""
    first: dict[str, datetime] = {}
    for key, asks in asks_of(mappings, readings, states, now=now, refresh=refresh).items():
        asked_at = last_asked_at(readings.get(key))
        due_at = now if asked_at is None or key.whole in hinted else asked_at + asks.every
        first[key.connection] = min(due_at, first.get(key.connection, due_at))
    return first


def is_due(reading: Reading | None, *, every: timedelta, now: datetime) -> bool:
    """Whether a query should be asked again; one that is nearly due goes along with its batch."""
    asked_at = last_asked_at(reading)
    return asked_at is None or asked_at + every * 0.9 <= now


def last_asked_at(reading: Reading | None) -> datetime | None:
    if reading is None:
        return None
    times = [read.read_at for read in (reading.good, reading.bad) if read is not None]
    return max(times, default=None)


def asked_as(key: QueryKey, queries: Mapping[QueryKey, AskedQuery]) -> AskedQuery:
    """The query that `key` names: as written, with a rate's window cut to the period."""
    asked = queries[key.whole]
    if not key.period:
        return asked
    first_day, last_day = days_of(key.period)
    return replace(asked, key=key, window=WindowSpec(first_day=first_day, last_day=last_day))


def to_query(asked: AskedQuery, *, now: datetime, calendar: Calendar) -> Query[object]:
    """The question for the connector: the window as instants of this moment."""
    window = None
    if asked.window is not None:
        window = resolve(asked.window, cycle=asked.cycle, now=now, zone=calendar.zone)
    return Query(key=asked.key.wire, ask=asked.ask, window=window, by=asked.by)


def connections_of(mappings: Iterable[Mappings]) -> set[str]:
    """Names of all connections that any of these mappings reads."""
    return {key.connection for each in mappings for key in each.queries}
