"""One sync, from the active mappings to the recorded events. The page to start reading at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from syncd.okr.definition import Input, KeyResult, Mappings, Subject
from syncd.okr.evaluate import evaluate, scope_of
from syncd.okr.event import Event, events_between
from syncd.okr.exact import needs_exact
from syncd.okr.judging.ends import asked_by
from syncd.okr.snapshot import Occasion
from syncd.okr.state import KeyResultState
from syncd.store.hints import Hints
from syncd.store.syncs import Trigger
from syncd.store.transaction import Transaction
from syncd.sync.closing import close_frozen
from syncd.sync.confirm import confirmations, confirmed
from syncd.sync.connection import after_sync
from syncd.sync.cycles import alive
from syncd.sync.fold import fold
from syncd.sync.hinted import hinted
from syncd.sync.measure import Answers, Progress, measure
from syncd.sync.plan import plan
from syncd.sync.report import Report
from syncd.sync.save import save
from syncd.sync.sight import Sight, sight_of
from syncd.sync.site import Site, active

log = structlog.get_logger()


<<<<<<< HEAD
@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a sync works with; wired once per process.

    Attributes:
        load: The files of an applied version -> its mappings.
        refresh: Connection -> how often it is asked.
        source: Who we are to consumers.
        touches: What the answers to a question depend on.
        senders: Other syncds whose events are taken.
    """

    store: Store
    open_connection: Open
    load: Callable[[Mapping[str, str]], Mappings]
    calendar: Calendar
    refresh: Mapping[str, timedelta]
    source: Source
    clock: Callable[[], datetime]
    touches: Touches = anything
    senders: Collection[str] = ()


=======
>>>>>>> ecd0259 (Split the page of a sync by noun: site, settle, save; a refused query breaks no connection)
async def sync(
    site: Site,
    *,
    trigger: Trigger,
    connections: Collection[str] | None = None,
    only_due: bool = False,
    hints: Mapping[str, Hints] | None = None,
    sight: Sight | None = None,
    watch: Progress | None = None,
) -> Report:
    """Asks the connections (None: all), evaluates, records state, events and deliveries.

    Args:
        hints: Connection -> routing keys that hooks named: what they can have touched is due too.
            They are settled with what comes of it.
        sight: What somebody saw just now; None: looks itself.

    Raises:
        ConfigError: `no_active_version`; nothing was applied yet.
    """
    started_at = site.clock()
    sight = sight or await look(site)
    batches = plan(
        sight.mappings,
        now=started_at,
        calendar=site.calendar,
        connections=connections,
        due=sight.readings if only_due else None,
        refresh=site.refresh,
        known=sight.readings,
        states=sight.states,
        hinted=hinted(sight.mappings, hints or {}, site.touches),
    )
    asked = await measure(batches, site.open_connection, watch=watch)
    exact = await confirm(site, sight.mappings, asked)
    async with site.store.transaction() as tx:
        report, notices = await record(
            tx,
            site=site,
            asked=asked,
            exact=exact,
            everything=connections is None,
            started_at=started_at,
            trigger=trigger,
        )
        for name, seen in (hints or {}).items():
            # A hint that came while the source was asked stays, and makes it asked once more.
            await tx.hints.settle(name, seen)
    tell(notices)
    return replace(report, sight=replace(report.sight, states={**sight.states, **report.sight.states}))


async def look(site: Site) -> Sight:
    """What there is to ask now.

    Raises:
        ConfigError: `no_active_version`.
    """
    async with site.store.reading() as tx:
        return await sight_of(tx, await active(tx, site))


async def confirm(site: Site, mappings: Mappings, asked: Sequence[Answers]) -> list[Answers]:
    """Exact answers for the approximate ones that decide something now."""
    if not any(answers.has_approximate for answers in asked):
        return []
    now = site.clock()
    mappings = alive(mappings, now=now)
    async with site.store.reading() as tx:
        before, recorded = await tx.states.get(), await tx.readings.get()
    fresh = fold(recorded, asked)
    readings = recorded | fresh
    after = evaluate(mappings, readings, before, now=now, calendar=site.calendar)
    wanted = needs_exact(mappings, readings, after, now=now, calendar=site.calendar) & fresh.keys()
    batches = confirmations(wanted, mappings.queries, readings, now=now, calendar=site.calendar)
    return await measure(batches, site.open_connection)


async def record(
    tx: Transaction,
    *,
    site: Site,
    asked: Sequence[Answers],
    exact: Sequence[Answers],
    everything: bool,
    started_at: datetime,
    trigger: Trigger,
) -> tuple[Report, list[Event]]:
    """State, history, events and deliveries of one sync: all or none.

    Asking takes long: somebody may have applied, or synced another connection, meanwhile. So
    mappings and readings are those of this transaction, and the answers are folded into them.

    Args:
        everything: Evaluate every key result, not only those that use an answer.

    Returns:
        How it went, and the events of connections that broke or recovered.
    """
    now = site.clock()
    mappings, closings = await close_frozen(
        tx, await active(tx, site, lock=True), source=site.source, now=now
    )
    mappings = alive(mappings, now=now)
    scope = None if everything else affected(mappings, asked)
    sync_id = await tx.syncs.start(at=started_at, trigger=trigger)
    before = await tx.states.get(None if scope is None else scope_of(mappings, scope), lock=True)
    recorded = await tx.readings.get()
    fresh = fold(recorded, asked)
    fresh |= confirmed(fresh, exact, now=now)
    readings = recorded | fresh
    after = evaluate(mappings, readings, before, now=now, calendar=site.calendar, subjects=scope)
    after, events = events_between(before, after, now=now)
    occasion = Occasion(
        at=now, cause="sync", version=mappings.digest, calendar=site.calendar, sync_id=sync_id
    )
    connections, notices = after_sync(await tx.syncs.connections(), asked, now=now)

    await tx.readings.save(fresh)
    await save(tx, before=before, after=after, mappings=mappings, readings=readings, occasion=occasion)
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
        events=len(closings) + len(events) + len(notices),
        connections=connections,
        endpoints=frozenset(tx.outbox.roused),
        sight=Sight(mappings=mappings, readings=readings, states={**before, **after}),
    )
    await tx.syncs.finish(sync_id, at=now, outcome=report.outcome, record=report.record())
    return report, notices


def tell(notices: Iterable[Event]) -> None:
    """A connection is logged when it breaks and when it recovers, not at every sync between."""
    for notice in notices:
        error = notice.data.get("error")
        if error:
            log.warning("connection.broke", connection=notice.data["connection"], **error)
        else:
            log.warning("connection.recovered", connection=notice.data["connection"])


<<<<<<< HEAD
async def settle(
    tx: Transaction,
    *,
    site: Site,
    mappings: Mappings,
    lifecycle: Lifecycle = UNCHANGED,
    cause: Cause = "time",
    author: str | None = None,
) -> list[Event]:
    """Evaluates on what was read already: after `apply`, and for what time alone changes.

    A cycle that has not begun has definitions and no numbers; a frozen one stays as it is.

    Args:
        lifecycle: What `mappings` do to the subjects; the store has moved and restored them.
        author: Who caused it.
    """
    now = site.clock()
    mappings, closings = await close_frozen(
        tx, await with_closed(tx, mappings, lock=True), source=site.source, now=now
    )
    before = await tx.states.get(lock=True)
    readings = await tx.readings.get()
    living = alive(mappings, now=now)
    waiting = unread(living, readings, before, now=now) - beginning(living, before)
    scope = {*living.objectives, *living.key_results} - waiting
    not_begun, frozen = resting(mappings, now=now)
    after = evaluate(living, readings, before, now=now, calendar=site.calendar, subjects=scope)
    blank = not_begun | (frozen - before.keys())
    blanks = evaluate(mappings, {}, before, now=now, calendar=site.calendar, subjects=blank)
    after |= {subject: state for subject, state in blanks.items() if subject in blank}
    # What rests, or waits to be read, has no new number, and may have a new name or mode, or be back.
    stirred = lifecycle.moved.keys() | lifecycle.defined | lifecycle.taken_over
    kept: set[Subject] = set()
    for subject in before.keys() - after.keys():
        if (definition := mappings.objectives.get(subject) or mappings.key_results.get(subject)) is None:
            continue
        state = in_mode(before[subject], definition, now=now)
        if subject in stirred or state != before[subject]:
            after[subject] = state
            kept.add(subject)
    after, events = events_between(before, after, now=now, lifecycle=lifecycle)
    occasion = Occasion(at=now, cause=cause, version=mappings.digest, calendar=site.calendar, author=author)
    await save(
        tx,
        before=before,
        after=after,
        mappings=mappings,
        readings=readings,
        occasion=occasion,
        kept=kept,
        unread=blank,
    )
    await tx.outbox.enqueue(events, source=site.source, at=now)
    return [*closings, *events]


def unread(
    mappings: Mappings, readings: Mapping[QueryKey, Reading], before: States, *, now: datetime
) -> set[Subject]:
    """Key results whose measure is new and was never asked: they stay as they are until it was.

    Nothing is known against the old number yet; a null in between would only startle consumers.
    """
    return {
        subject
        for subject, key_result in mappings.key_results.items()
        if isinstance(last := before.get(subject), KeyResultState)
        and last.measure_digest != key_result.measure_digest
        and None in latest(key_result, readings, now=now)
    }


def beginning(mappings: Mappings, before: States) -> set[Subject]:
    """Key results that were in shadow until now: consumers know no old number that could stay."""
    return {
        subject
        for subject, key_result in mappings.key_results.items()
        if not key_result.is_shadow and (last := before.get(subject)) and last.mode == "shadow"
    }


async def remove(
    tx: Transaction, *, site: Site, removed: Collection[Subject], version: str, author: str
) -> list[Event]:
    """Takes subjects off the books: row, sequence and history stay.

    Args:
        version: Digest of the mappings that do not define them any more.
    """
    if not removed:
        return []
    now = site.clock()
    last, events = removals(await tx.states.get(removed, lock=True), now=now)
    await tx.states.save(last.values(), at=now, sync_id=None)
    await tx.states.archive(removed, at=now)
    occasion = Occasion(at=now, cause="remove", version=version, calendar=site.calendar, author=author)
    await tx.snapshots.add([Snapshot(occasion=occasion, said=state, is_kept=True) for state in last.values()])
    await tx.outbox.enqueue(events, source=site.source, at=now)
    return events


async def save(
    tx: Transaction,
    *,
    before: States,
    after: States,
    mappings: Mappings,
    readings: Mapping[QueryKey, Reading],
    occasion: Occasion,
    kept: Collection[Subject] = (),
    unread: Collection[Subject] = (),
) -> None:
    """The states that differ, a check-in for every value that moved, a snapshot of all that is news.

    Args:
        kept: Subjects that were not evaluated.
        unread: Subjects that were evaluated on no readings.
    """
    changed: list[State] = [state for subject, state in after.items() if before.get(subject) != state]
    await tx.states.save(changed, at=occasion.at, sync_id=occasion.sync_id)
    await tx.history.add(check_ins(before, changed, at=occasion.at, sync_id=occasion.sync_id))
    await tx.snapshots.add(
        snapshots(
            news(before, changed),
            before=before,
            after=after,
            mappings=mappings,
            readings=readings,
            occasion=occasion,
            kept=kept,
            unread=unread,
        )
    )


=======
>>>>>>> ecd0259 (Split the page of a sync by noun: site, settle, save; a refused query breaks no connection)
def affected(mappings: Mappings, asked: Iterable[Answers]) -> set[Subject]:
    """Key results that use any of the answers."""
    answered = {key.whole for answers in asked for key in answers.answers}
    return {
        subject
        for subject, key_result in mappings.key_results.items()
        if any(used.query in answered for used in (*key_result.inputs, *_ends(key_result)))
    }


def _ends(key_result: KeyResult) -> list[Input]:
    return [asked for _, asked in asked_by(key_result)]
