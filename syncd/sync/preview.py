"""What new mappings would change: both versions evaluated on the same readings; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.okr.captured import OtherStart, start_of_another_measure
from syncd.okr.definition import NO_MAPPINGS, Calendar, Mappings, QueryKey, Subject
from syncd.okr.evaluate import evaluate
from syncd.okr.lifecycle import moves
from syncd.okr.mode import in_mode
from syncd.okr.periodic import latest
from syncd.okr.reading import ErrorFact, Reading
from syncd.okr.state import KeyResultState, State, States
from syncd.store.transaction import Transaction
from syncd.sync.closing import with_closed
from syncd.sync.cycles import alive, resting
from syncd.sync.fold import fold
from syncd.sync.measure import Answers, Open, Progress, measure
from syncd.sync.plan import Batch, plan
from syncd.sync.taking_over import taken_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the store holds before: all empty without a store."""

    active: Mappings
    readings: Mapping[QueryKey, Reading]
    states: States


async def read_recorded(
    tx: Transaction,
    load: Callable[[Mapping[str, str]], Mappings],
    *,
    new: Mappings = NO_MAPPINGS,
    senders: Collection[str] = (),
) -> Recorded:
    """What the store holds, with what `new` would take over from other syncds.

    Args:
        load: The files of an applied version -> its mappings.
        senders: Other syncds that syncd.yaml names.

    Raises:
        MappingError: `id_taken`.
    """
    version = await tx.versions.active()
    active = load(version.files) if version else NO_MAPPINGS
    ours = await tx.states.get()
    taken = await taken_over(tx, new, ours=ours, senders=senders)
    return Recorded(
        active=await with_closed(tx, active),
        readings=await tx.readings.get(),
        states={**ours, **taken.states},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One subject of the new mappings.

    Attributes:
        after: Under the new mappings.
        before: Under the active ones, on the same readings; None: it is new.
        recorded: As last stored; None: it never was.
        moved_from: What it was called; None: the same.
        other_start: Its start was captured under another measure than the new mappings say.
        is_newly_other: And under the one that the active mappings say.
    """

    after: State
    before: State | None
    recorded: State | None
    moved_from: Subject | None = None
    other_start: OtherStart | None = None
    is_newly_other: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`removed`: subjects that only the active mappings define. `asked`: empty when nothing was asked."""

    changes: tuple[Change, ...]
    removed: tuple[Subject, ...]
    asked: tuple[Answers, ...]


async def preview(
    new: Mappings,
    recorded: Recorded,
    *,
    now: datetime,
    calendar: Calendar,
    open_connection: Open | None,
    watch: Progress | None = None,
) -> Preview:
    """Asks every query of both versions once and evaluates both; `open_connection` None: asks nothing.

    What was closed in the store is closed under the new mappings too.
    """
    new = replace(new, closed=recorded.active.closed)
    asked: list[Answers] = []
    if open_connection is not None:
        batches = merge(
            *(
                plan(
                    mappings,
                    now=now,
                    calendar=calendar,
                    begun_only=False,
                    known=recorded.readings,
                    states=recorded.states,
                )
                for mappings in (new, recorded.active)
            )
        )
        asked = await measure(batches, open_connection, watch=watch)
    readings = {**recorded.readings, **fold(recorded.readings, asked)}
    moved = moves(new, known=recorded.states)
    after = evaluated(new, readings, renamed(recorded.states, moved), now=now, calendar=calendar)
    before = evaluated(recorded.active, readings, recorded.states, now=now, calendar=calendar)
    others = other_starts(new, after, now=now)
    known_others = other_starts(recorded.active, before, now=now)
    if open_connection is None:
        after = admit_unread(after, new, readings, now=now)
        before = admit_unread(before, recorded.active, readings, now=now)
    return Preview(
        changes=tuple(
            Change(
                after=state,
                before=before.get(moved.get(subject, subject)),
                recorded=recorded.states.get(moved.get(subject, subject)),
                moved_from=moved.get(subject),
                other_start=others.get(subject),
                is_newly_other=subject in others and moved.get(subject, subject) not in known_others,
            )
            for subject, state in sorted(after.items())
        ),
        removed=tuple(sorted(before.keys() - after.keys() - set(moved.values()))),
        asked=tuple(asked),
    )


def renamed(states: States, moved: Mapping[Subject, Subject]) -> States:
    """The states with those that `moved` under their new names."""
    new_names = {old: new for new, old in moved.items()}
    return {
        new_names.get(subject, subject): replace(state, subject=new_names.get(subject, subject))
        for subject, state in states.items()
    }


def evaluated(
    mappings: Mappings,
    readings: Mapping[QueryKey, Reading],
    recorded: States,
    *,
    now: datetime,
    calendar: Calendar,
) -> States:
    """What a sync would say, cycles that have not begun among it; frozen ones as they are recorded."""
    living = alive(mappings, now=now, begun_only=False)
    after = evaluate(living, readings, recorded, now=now, calendar=calendar)
    _, frozen = resting(mappings, now=now)
    blank = evaluate(mappings, {}, {}, now=now, calendar=calendar, subjects=frozen)
    for subject in frozen & blank.keys():
        definition = mappings.objectives.get(subject) or mappings.key_results[subject]
        after[subject] = in_mode(recorded.get(subject, blank[subject]), definition, now=now)
    return after


def other_starts(mappings: Mappings, states: States, *, now: datetime) -> dict[Subject, OtherStart]:
    """Captured starts of another measure, where a rebase could still take them anew."""
    living = alive(mappings, now=now, begun_only=False)
    found = {
        subject: start_of_another_measure(key_result, states.get(subject))
        for subject, key_result in living.key_results.items()
    }
    return {subject: start for subject, start in found.items() if start is not None}


def admit_unread(
    states: States, mappings: Mappings, readings: Mapping[QueryKey, Reading], *, now: datetime
) -> States:
    """States where a value that cannot be computed from what is recorded says so."""
    return {
        subject: replace(state, error=state.error or NEVER_READ)
        if isinstance(state, KeyResultState)
        and None in latest(mappings.key_results[subject], readings, now=now)
        else state
        for subject, state in states.items()
    }


NEVER_READ = ErrorFact(
    code="never_read",
    message="no measurement of it is recorded; `syncd plan` without --recorded asks the source",
    actor="operator",
)


def merge(first: Sequence[Batch], second: Sequence[Batch]) -> list[Batch]:
    """One batch per connection; a query of both is asked once."""
    merged = {batch.connection: batch for batch in first}
    for batch in second:
        other = merged.get(batch.connection)
        if other is None:
            merged[batch.connection] = batch
            continue
        known = {asked.key for asked in other.asked}
        merged[batch.connection] = Batch(
            connection=batch.connection,
            wanted=other.wanted + batch.wanted,
            asked=other.asked + tuple(asked for asked in batch.asked if asked.key not in known),
            now=batch.now,
            calendar=batch.calendar,
        )
    return [merged[name] for name in sorted(merged)]
