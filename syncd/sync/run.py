"""One sync, from the active mappings to the recorded events. The page to start reading at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.errors import ConfigError
from syncd.okr.definition import Calendar, Input, KeyResult, Mappings, QueryKey, Subject
from syncd.okr.evaluate import evaluate, scope_of
from syncd.okr.event import Event, Source, events_between
from syncd.okr.exact import needs_exact
from syncd.okr.judging.ends import asked_by
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState, State, States
from syncd.store.store import Store
from syncd.store.transaction import Transaction
from syncd.sync.confirm import confirmations, confirmed
from syncd.sync.connection import after_sync
from syncd.sync.fold import fold
from syncd.sync.history import check_ins
from syncd.sync.measure import Answers, Open, Progress, measure
from syncd.sync.plan import plan
from syncd.sync.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a sync works with; wired once per process.

    Attributes:
        load: The files of an applied version -> its mappings.
        refresh: Connection -> how often it is asked.
        source: Who we are to consumers.
    """

    store: Store
    open_connection: Open
    load: Callable[[Mapping[str, str]], Mappings]
    calendar: Calendar
    refresh: Mapping[str, timedelta]
    source: Source
    clock: Callable[[], datetime]


async def sync(
    site: Site,
    *,
    trigger: str,
    connections: Collection[str] | None = None,
    only_due: bool = False,
    watch: Progress | None = None,
) -> Report:
    """Asks the connections (None: all), evaluates, records state, events and deliveries.

    Raises:
        ConfigError: `no_active_version`; nothing was applied yet.
    """
    started_at = site.clock()
    mappings, readings, states = await read(site)
    batches = plan(
        mappings,
        now=started_at,
        calendar=site.calendar,
        connections=connections,
        due=readings if only_due else None,
        refresh=site.refresh,
        known=readings,
        states=states,
    )
    asked = await measure(batches, site.open_connection, watch=watch)
    fresh = fold(readings, asked)
    exact = await confirm(site, mappings, {**readings, **fresh})
    fresh |= confirmed({**readings, **fresh}, exact, now=site.clock())

    scope = None if connections is None else affected(mappings, fresh)
    async with site.store.transaction() as tx:
        return await record(
            tx,
            site=site,
            mappings=mappings,
            readings=readings | fresh,
            fresh=fresh,
            scope=scope,
            asked=asked,
            exact=exact,
            started_at=started_at,
            trigger=trigger,
        )


async def read(site: Site) -> tuple[Mappings, dict[QueryKey, Reading], States]:
    """The active mappings, what was read so far, and the states that say which ends are frozen."""
    async with site.store.reading() as tx:
        version = await tx.versions.active()
        if version is None:
            raise ConfigError(
                "no mappings are active yet",
                code="no_active_version",
                hint="run `syncd apply`, or `syncd sync --from-files`",
            )
        mappings = site.load(version.files)
        asking = [subject for subject, it in mappings.key_results.items() if any(asked_by(it))]
        states = await tx.states.get(asking) if asking else {}
        return mappings, await tx.readings.get(), states


async def confirm(site: Site, mappings: Mappings, readings: Mapping[QueryKey, Reading]) -> list[Answers]:
    """Exact answers for the approximate readings that decide something now."""
    approximate = [key for key, reading in readings.items() if reading.good and reading.good.approximate]
    if not approximate:
        return []
    now = site.clock()
    async with site.store.reading() as tx:
        before = await tx.states.get()
    after = evaluate(mappings, readings, before, now=now, calendar=site.calendar)
    wanted = needs_exact(mappings, readings, after, now=now, calendar=site.calendar)
    batches = confirmations(wanted, mappings.queries, readings, now=now, calendar=site.calendar)
    return await measure(batches, site.open_connection)


async def record(
    tx: Transaction,
    *,
    site: Site,
    mappings: Mappings,
    readings: Mapping[QueryKey, Reading],
    fresh: Mapping[QueryKey, Reading],
    scope: Collection[Subject] | None,
    asked: Sequence[Answers],
    exact: Sequence[Answers],
    started_at: datetime,
    trigger: str,
) -> Report:
    """State, history, events and deliveries of one sync: all or none."""
    now = site.clock()
    sync_id = await tx.syncs.start(at=started_at, trigger=trigger)
    before = await tx.states.get(None if scope is None else scope_of(mappings, scope), lock=True)
    after = evaluate(mappings, readings, before, now=now, calendar=site.calendar, subjects=scope)
    after, events = events_between(before, after, now=now)
    connections, notices = after_sync(await tx.syncs.connections(), asked, now=now)

    await tx.readings.save(fresh)
    await save(tx, before=before, after=after, at=now, sync_id=sync_id)
    await tx.syncs.save_connections(connections)
    await tx.outbox.enqueue([*events, *notices], source=site.source, at=now)
    report = Report(
        id=sync_id,
        started_at=started_at,
        finished_at=now,
        asked=tuple(asked),
        exact=tuple(exact),
        broken=tuple(s for s in after.values() if isinstance(s, KeyResultState) and s.error),
        key_results=sum(isinstance(state, KeyResultState) for state in after.values()),
        events=len(events) + len(notices),
    )
    await tx.syncs.finish(sync_id, at=now, outcome=report.outcome, record=report.record())
    return report


async def settle(
    tx: Transaction,
    *,
    site: Site,
    mappings: Mappings,
    now: datetime,
) -> list[Event]:
    """Evaluates on what was read already: after `apply`, and for what time alone changes."""
    readings = await tx.readings.get()
    before = await tx.states.get(lock=True)
    after = evaluate(mappings, readings, before, now=now, calendar=site.calendar)
    after, events = events_between(before, after, now=now)
    await save(tx, before=before, after=after, at=now, sync_id=None)
    await tx.outbox.enqueue(events, source=site.source, at=now)
    return events


async def save(tx: Transaction, *, before: States, after: States, at: datetime, sync_id: int | None) -> None:
    """The states that differ, and a check-in for every value that moved."""
    changed: list[State] = [state for subject, state in after.items() if before.get(subject) != state]
    await tx.states.save(changed, at=at, sync_id=sync_id)
    await tx.history.add(check_ins(before, changed, at=at, sync_id=sync_id))


def affected(mappings: Mappings, fresh: Mapping[QueryKey, Reading]) -> set[Subject]:
    """Key results that use any of the fresh readings."""
    asked = {key.whole for key in fresh}
    return {
        subject
        for subject, key_result in mappings.key_results.items()
        if any(used.query in asked for used in (*key_result.inputs, *_ends(key_result)))
    }


def _ends(key_result: KeyResult) -> list[Input]:
    return [asked for _, asked in asked_by(key_result)]
