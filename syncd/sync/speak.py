"""A person's word, recorded: the state that it makes, what follows from it, and who hears of it."""

from __future__ import annotations

from syncd.errors import ConfigError
from syncd.okr.check_in import check_in_created
from syncd.okr.definition import Mappings
from syncd.okr.evaluate import evaluate
from syncd.okr.event import events_between
from syncd.okr.overriding import is_by_hand, is_comparison, measured_of, spoken
from syncd.okr.rollup import progress_set
from syncd.okr.snapshot import Occasion, news, snapshots
from syncd.okr.state import KeyResultState, State, States
from syncd.okr.word import Word
from syncd.store.transaction import Transaction
from syncd.sync.cycles import alive
from syncd.sync.history import check_ins
from syncd.sync.settle import unread
from syncd.sync.site import Site


async def speak(tx: Transaction, *, site: Site, mappings: Mappings, word: Word) -> State:
    """State, history, events and deliveries after the word: all or none.

    Raises:
        ConfigError: `not_evaluated`; what is spoken of has no state yet.
    """
    before = await tx.states.get(lock=True)
    if word.subject not in before:
        raise ConfigError(
            f"nothing was recorded of {word.subject} yet", code="not_evaluated", hint="run `syncd sync`"
        )
    about = mappings.key_results.get(word.subject)
    said = _after(word, before[word.subject], mappings)
    readings = await tx.readings.get()
    living = alive(mappings, now=word.at)
    is_kept_beside = about is not None and is_comparison(about)
    moves_nothing = not word.ends_override and (word.value is None or is_kept_beside)
    waits = moves_nothing and word.subject in unread(living, readings, before, now=word.at)
    is_evaluated = not waits and word.subject in {*living.key_results, *living.objectives}
    spoken_of: States = {**before, word.subject: said}
    after: States = {word.subject: said}
    if is_evaluated:
        after = evaluate(
            living,
            readings,
            spoken_of,
            now=word.at,
            calendar=site.calendar,
            subjects={word.subject},
        )
    after, events = events_between(before, after, now=word.at)
    changed: list[State] = [state for subject, state in after.items() if before.get(subject) != state]
    told = after[word.subject]
    if word.confirms is None and isinstance(told, KeyResultState) and told.is_sent:
        sequence = await tx.states.count_check_in(word.subject)
        events.append(check_in_created(word, told, sequence=sequence))

    await tx.states.save(changed, at=word.at, sync_id=None)
    spoke = {state.subject: state for state in (*changed, told)}
    computed = None
    if isinstance(told, KeyResultState) and about is not None and not is_by_hand(about):
        computed = measured_of(told)["value"]
    added = check_ins(before, spoke.values(), at=word.at, sync_id=None, word=word, computed=computed)
    await tx.history.add(added)
    occasion = Occasion(
        at=word.at,
        cause="check_in" if word.confirms is None else "confirm",
        version=mappings.digest,
        calendar=site.calendar,
        author=word.author,
    )
    await tx.snapshots.add(
        snapshots(
            [told, *news(before, (state for state in changed if state.subject != word.subject))],
            before=spoken_of,
            after=after,
            mappings=mappings,
            readings=readings,
            occasion=occasion,
            kept=() if is_evaluated else {word.subject},
        )
    )
    await tx.outbox.enqueue(events, source=site.source, at=word.at)
    return told


def _after(word: Word, last: State, mappings: Mappings) -> State:
    """The last state as it stands after the word; what follows from it is for `evaluate`."""
    if isinstance(last, KeyResultState):
        return spoken(word, last, key_result=mappings.key_results[word.subject])
    return progress_set(word, last)
