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
