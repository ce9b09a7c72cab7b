"""An event of another syncd: verified, applied if newer, and passed on as ours, all in one transaction.

The consumer that we ship decides what is news; here is what it is applied to. A subject that another
syncd told stands beside our own with `via`, and is told on under our instance, epoch and sequence, so
that our consumers need to know nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from syncd.client import Duplicate, Effect, Event, Key, MemoryMarks, NotTaken, Position, Stale, verify
from syncd.client import Subject as ClientSubject
from syncd.client.decide import decide, remember
from syncd.client.event import read_event
from syncd.inbox.check_ins import take_check_in
from syncd.inbox.published import TAKEN, EventRefused, check_published
from syncd.inbox.whose import check_whose
from syncd.okr import event as ours
from syncd.okr.event import events_between, removals
from syncd.okr.foreign import NotASnapshot, to_state, went_through
from syncd.okr.lifecycle import UNCHANGED, Lifecycle
from syncd.okr.names import Subject
from syncd.okr.state import State, States
from syncd.store.transaction import Transaction
from syncd.sync.history import check_ins
from syncd.sync.silence import heard_again
from syncd.sync.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of an event.

    Attributes:
        outcome: `applied`; `duplicate` and `stale`: nothing to do; `ours`: it came back to us; `ignored`:
            it is of a type that means nothing here.
        endpoints: Who has something to be told now.
    """

    outcome: str
    endpoints: tuple[str, ...] = ()


def genuine(
    headers: Mapping[str, str], body: bytes, *, instance: str, keys: Sequence[Key], now: datetime
) -> Event:
    """The event.

    Raises:
        EventRefused: `event_not_genuine`, `event_not_understood`.
    """
    try:
        verified = verify(headers, body, keys=keys, now=now.timestamp())
    except NotTaken as error:
        raise EventRefused(str(error), code="event_not_genuine") from None
    try:
        event = read_event(body, webhook_id=verified.id)
    except NotTaken as error:
        raise EventRefused(str(error), code="event_not_understood") from None
    if event.instance != instance:
        raise EventRefused(
            f"it is of {event.instance[:100]!r}, and this address is for {instance!r}",
            code="event_not_genuine",
        )
    check_published(body, now=now)
    return event


async def ingest(tx: Transaction, *, site: Site, event: Event) -> Ingested:
    """Applies a genuine event.

    Raises:
        EventRefused: `event_not_understood`, `id_taken`, `key_result_unknown`.
    """
    if event.type not in TAKEN:
        return Ingested(outcome="ignored")
    if went_through(event.data, site.source.instance):
        return Ingested(outcome="ours")
    if event.subject is None and event.alive_until is None:
        return await _said(tx, event, site=site)
    state = None if event.subject is None else _state(event)
    marks = await _marks(tx, event)
    outcome = decide(event, marks)
    if isinstance(outcome, Duplicate | Stale):
        return Ingested(outcome="duplicate" if isinstance(outcome, Duplicate) else "stale")
    if event.alive_until is not None:
        await tx.senders.live(event.instance, until=event.alive_until)
        told = await heard_again(tx, site=site, instance=event.instance)
    else:
        told = await _apply(tx, outcome, state, site=site)
        remember(outcome, marks)
        await tx.senders.advance(event.instance, _to_store(marks, event))
    return await _applied(tx, told, site=site)


async def _said(tx: Transaction, event: Event, *, site: Site) -> Ingested:
    if not await tx.senders.see(event.instance, event.id, at=site.clock()):
        return Ingested(outcome="duplicate")
    told = await take_check_in(tx, event, site=site)
    return Ingested(outcome="stale") if told is None else await _applied(tx, told, site=site)


async def _applied(tx: Transaction, told: Sequence[ours.Event], *, site: Site) -> Ingested:
    endpoints = await tx.outbox.deliveries.due_endpoints(site.clock()) if told else []
    return Ingested(outcome="applied", endpoints=tuple(endpoints))


async def _apply(tx: Transaction, effect: Effect, said: State | None, *, site: Site) -> list[ours.Event]:
    """The states and events that follow from it."""
    now = site.clock()
    put, drop = _ours(effect.put), _ours(effect.drop)
    known = await tx.states.get(
        [it for it in (put, drop) if it is not None], lock=True, removed=True, via="anybody"
    )
    for state in known.values():
        check_whose(state, effect.event.instance)
    there = await tx.states.get(known, via="others") if known else {}
    told: list[ours.Event] = []
    lifecycle = UNCHANGED
    if drop is not None and drop in there and put is not None and put not in there:
        await tx.states.move({put: drop}, at=now)
        known = await tx.states.get([put], removed=True, via="others")
        there = {**there, **known}
        lifecycle = Lifecycle(moved={put: drop})
    elif drop is not None and drop in there:
        last, gone = removals({drop: there[drop]}, now=now)
        await tx.states.save(last.values(), at=now, sync_id=None)
        await tx.states.archive([drop], at=now)
        told += gone
    if put is not None and said is not None:
        if put in known and put not in there:
            lifecycle = Lifecycle(defined=frozenset([put]))
        told += await _put(tx, effect.event, said, known.get(put), lifecycle=lifecycle, now=now)
    await tx.outbox.enqueue(told, source=site.source, at=now)
    return told


def _state(event: Event) -> State:
    """What a snapshot says, a last one too: nothing is looked up under a name that cannot be."""
    try:
        return to_state(event.data, instance=event.instance)
    except NotASnapshot as error:
        raise EventRefused(str(error), code="event_not_understood") from None


async def _put(
    tx: Transaction, event: Event, state: State, last: State | None, *, lifecycle: Lifecycle, now: datetime
) -> list[ours.Event]:
    before: States = {} if last is None else {last.subject: last}
    after, told = events_between(
        before,
        {state.subject: replace(state, sequence=last.sequence if last else 0)},
        now=now,
        lifecycle=lifecycle,
    )
    await tx.states.save(after.values(), at=now, sync_id=None)
    await tx.history.add(check_ins(before, after.values(), at=_said_at(event, now), sync_id=None))
    return told


async def _marks(tx: Transaction, event: Event) -> MemoryMarks:
    marks = MemoryMarks(keep_ids=1)
    names = {ours: its for its in (event.subject, event.moved_from) if (ours := _ours(its)) is not None}
    for subject, mark in (await tx.senders.marks(event.instance, names)).items() if names else ():
        marks.advance(ClientSubject(event.instance, *subject), Position(*mark))
    lives = await tx.senders.lives() if event.alive_until is not None else {}
    if event.instance in lives:
        marks.live(event.instance, until=lives[event.instance])
    return marks


def _to_store(marks: MemoryMarks, event: Event) -> dict[Subject, tuple[int, int, bool]]:
    found = {}
    for its in _there(event.subject, event.moved_from):
        position = marks.position(its)
        if position is not None:
            found[Subject(its.cycle, its.id)] = (position.epoch, position.sequence, position.is_gone)
    return found


def _there(*subjects: ClientSubject | None) -> Iterable[ClientSubject]:
    return [subject for subject in subjects if subject is not None]


def _ours(subject: ClientSubject | None) -> Subject | None:
    return None if subject is None else Subject(subject.cycle, subject.id)


def _said_at(event: Event, now: datetime) -> datetime:
    """When the sender said it; never later than now, whatever its clock says."""
    try:
        at = datetime.fromisoformat(event.at)
    except ValueError:
        return now
    return min(at if at.tzinfo else at.replace(tzinfo=UTC), now)
