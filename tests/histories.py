"""One judge over three histories: what was published, what was acknowledged, what was received.

Lost 0, reordered 0, phantom 0, duplicated effects 0. Whoever writes the histories may be a simulation,
a killed process or a real consumer; the judge knows none of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from syncd.delivery.outcome import outcome_of
from syncd.delivery.schedule import ATTEMPTS
from syncd.store.claims import BATCH

Name = tuple[str, str]
"""Endpoint and webhook-id: what a delivery is known by."""

Lane = tuple[str, str, int]
"""Endpoint, subject and epoch: in it the order of sequences holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An event that was accepted for an endpoint. `is_snapshot`: it supersedes, and is superseded."""

    endpoint: str
    webhook_id: str
    subject: str
    epoch: int
    sequence: int
    is_snapshot: bool
    body: bytes

    @property
    def name(self) -> Name:
        return self.endpoint, self.webhook_id

    @property
    def lane(self) -> Lane:
        return self.endpoint, self.subject, self.epoch

    @property
    def position(self) -> tuple[int, int]:
        return self.epoch, self.sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a consumer saw of an attempt; times in seconds.

    Attributes:
        status: What it answered; None: nothing that reached us.
    """

    endpoint: str
    webhook_id: str
    body: bytes
    started: float
    ended: float
    status: int | None
    coalesced_from: int | None = None

    @property
    def name(self) -> Name:
        return self.endpoint, self.webhook_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the store says of a delivery in the end."""

    state: str
    reason: str | None = None


@dataclass(slots=True, kw_only=True)
class History:
    """Attributes:
    published: What the store accepted, in order.
    received: What consumers saw, in the order in which they saw it.
    acknowledged: Delivery -> when the store took down that it is delivered.
    settled: Delivery -> its last state.
    by_hand: What was sent again because a person said so: it may come late, and twice.
    taken_back: What a restored store does not know of.
    interruptions: Crashes, frozen workers, a clock set on: each may repeat a batch.
    """

    published: list[Published] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    acknowledged: dict[Name, float] = field(default_factory=dict)
    settled: dict[Name, Settled] = field(default_factory=dict)
    by_hand: set[Name] = field(default_factory=set)
    taken_back: set[Name] = field(default_factory=set)
    interruptions: int = 0


def verdict(history: History) -> list[str]:
    """What was broken, one line each; empty: every promise was kept."""
    return [*_lost(history), *_reordered(history), *_phantoms(history), *_repeated(history), *_wrong(history)]


def _lost(history: History) -> Iterator[str]:
    taken = {it.name for it in history.received if _was_taken(it)}
    refusals: dict[Name, int] = defaultdict(int)
    for it in history.received:
        refusals[it.name] += it.status is not None and outcome_of(it.status) == "refused"
    subjects = _by_subject(_standing(history))
    for it in _standing(history):
        settled = history.settled.get(it.name)
        match settled.state if settled else None:
            case "delivered":
                if it.name not in taken:
                    yield f"lost: {_said(it)} is acknowledged, and nobody received it"
            case "dead":
                if settled is not None and settled.reason == "quarantined":
                    continue
                if refusals[it.name] < ATTEMPTS:
                    yield f"lost: {_said(it)} died of {refusals[it.name]} refusals"
            case "superseded":
                yield from _badly_superseded(it, subjects[it.endpoint, it.subject], history)
            case None:
                yield f"lost: {_said(it)} is not in the store"
            case state:
                yield f"lost: {_said(it)} is {state} still"


def _badly_superseded(old: Published, subject: Sequence[Published], history: History) -> Iterator[str]:
    later = [it for it in subject if it.position > old.position]
    heir = next((it for it in later if history.settled[it.name].state != "superseded"), None)
    if heir is None:
        yield f"lost: {_said(old)} is superseded by nothing"
        return
    if old.name in history.by_hand:
        return  # sent again, it may have come behind what once came after it
    between = [it for it in later if it.position <= heir.position]
    if not (old.is_snapshot and all(it.is_snapshot for it in between)):
        yield f"lost: {_said(old)} is superseded across an event of another kind"
    for seen in history.received:
        if seen.name == heir.name:
            if seen.coalesced_from is None or seen.coalesced_from > old.sequence:
                yield f"lost: {_said(heir)} does not say that it stands for {old.sequence}"
            return


def _reordered(history: History) -> Iterator[str]:
    published = {it.name: it for it in history.published}
    firsts: dict[Lane, list[Received]] = defaultdict(list)
    ended: dict[Name, float] = {}
    for it in sorted(history.received, key=lambda it: it.started):
        if it.name not in ended and it.name in published and it.name not in history.by_hand:
            firsts[published[it.name].lane].append(it)
        # Who repeats an attempt, since its lease had ended, may be done before who was first.
        ended[it.name] = min(it.ended, ended.get(it.name, it.ended))
    for lane in firsts.values():
        for one, other in pairwise(lane):
            before, after = published[one.name], published[other.name]
            if before.sequence > after.sequence:
                yield f"reordered: {_said(after)} came after {before.sequence}"
            elif other.started < ended[one.name]:
                yield f"reordered: {_said(after)} began before {before.sequence} had ended"


def _phantoms(history: History) -> Iterator[str]:
    published = {it.name: it for it in history.published}
    for it in history.received:
        if it.name not in published:
            yield f"phantom: {it.endpoint} received {it.webhook_id}, which nobody published for it"
        elif it.body != published[it.name].body:
            yield f"phantom: {_said(published[it.name])} came with other bytes"


def _repeated(history: History) -> Iterator[str]:
    for it in history.received:
        at = history.acknowledged.get(it.name)
        if at is not None and it.started > at and it.name not in history.by_hand:
            yield f"repeated: {it.webhook_id} was sent to {it.endpoint} again after it was acknowledged"
    taken: dict[Name, int] = defaultdict(int)
    for it in history.received:
        taken[it.name] += _was_answered(it) and it.name not in history.by_hand
    repeats = sum(max(times - 1, 0) for times in taken.values())
    if repeats > BATCH * history.interruptions:
        yield f"repeated: {repeats} deliveries, by {history.interruptions} interruptions"


def _wrong(history: History) -> Iterator[str]:
    """What a consumer holds in the end that applies what is newer by epoch and sequence."""
    published = {it.name: it for it in history.published}
    held: dict[tuple[str, str], Published] = {}
    for it in history.received:
        event = published.get(it.name)
        if event is None or not _was_taken(it) or not event.is_snapshot:
            continue
        key = event.endpoint, event.subject
        if key not in held or event.position > held[key].position:
            held[key] = event
    last: dict[tuple[str, str], Published] = {}
    for event in _standing(history):
        if event.is_snapshot and history.settled.get(event.name) == Settled(state="delivered"):
            last[event.endpoint, event.subject] = event
    for key, event in last.items():
        holds = held.get(key)
        if holds != event and (holds is None or holds.name not in history.taken_back):
            yield f"wrong: {key[0]} holds {holds!r} of {key[1]}, not {event.position}"


def _standing(history: History) -> list[Published]:
    return [it for it in history.published if it.name not in history.taken_back]


def _by_subject(published: Collection[Published]) -> Mapping[tuple[str, str], list[Published]]:
    found: dict[tuple[str, str], list[Published]] = defaultdict(list)
    for it in published:
        found[it.endpoint, it.subject].append(it)
    return found


def _was_taken(it: Received) -> bool:
    """Whether the consumer has it, even if its answer was lost on the way."""
    return it.status is None or 200 <= it.status < 300


def _was_answered(it: Received) -> bool:
    return it.status is not None and 200 <= it.status < 300


def _said(it: Published) -> str:
    return f"{it.subject} {it.sequence} of epoch {it.epoch} for {it.endpoint}"
