"""What changes without a source being asked: by new mappings, by a person's word, by time alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from syncd.okr.definition import Mappings, QueryKey, Subject
from syncd.okr.evaluate import evaluate
from syncd.okr.event import Event, events_between, removals
from syncd.okr.lifecycle import UNCHANGED, Lifecycle
from syncd.okr.mode import in_mode
from syncd.okr.periodic import latest
from syncd.okr.reading import Reading
from syncd.okr.snapshot import Cause, Occasion, Snapshot
from syncd.okr.state import KeyResultState, States
from syncd.store.transaction import Transaction
from syncd.sync.closing import close_frozen, with_closed
from syncd.sync.cycles import alive, resting
from syncd.sync.save import save
from syncd.sync.site import Site


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
