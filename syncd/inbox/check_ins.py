"""What people at another syncd said: kept in the history of its key result, and passed on."""

from __future__ import annotations

from dataclasses import replace

from syncd.client import Event
from syncd.inbox.published import EventRefused
from syncd.inbox.whose import check_whose
from syncd.okr.check_in import check_in_created
from syncd.okr.event import Event as OurEvent
from syncd.okr.foreign import NotASnapshot, to_spoken
from syncd.okr.names import Subject
from syncd.okr.state import KeyResultState
from syncd.okr.word import Word
from syncd.store.history import CheckIn
from syncd.store.transaction import Transaction
from syncd.sync.site import Site


async def take_check_in(tx: Transaction, event: Event, *, site: Site) -> list[OurEvent] | None:
    """What is told on; None: its key result is gone.

    Raises:
        EventRefused: `event_not_understood`, `id_taken`; `key_result_unknown`, the word came before
            its key result, and is to be sent again.
    """
    now = site.clock()
    try:
        word, there = to_spoken(event.data, instance=event.instance)
    except NotASnapshot as error:
        raise EventRefused(str(error), code="event_not_understood") from None
    last = await _living(tx, there.subject, instance=event.instance)
    if last is None:
        return None
    said_at = min(word.at, now)  # whatever its clock says
    word = replace(word, subject=last.subject, at=said_at)
    newest = await tx.history.newest(last.subject, until=now)
    if word.confidence is not None and (newest is None or newest.at <= said_at):
        last = replace(last, confidence=word.confidence)
        await tx.states.save([last], at=now, sync_id=None)
    await tx.history.add([_row(word, there)])
    sequence = await tx.states.count_check_in(last.subject)
    # The number that the word was about, under the name of today.
    about = replace(there, subject=last.subject, sequence=last.sequence)
    told = [check_in_created(word, about, sequence=sequence)]
    await tx.outbox.enqueue(told, source=site.source, at=now)
    return told


async def _living(tx: Transaction, subject: Subject, *, instance: str) -> KeyResultState | None:
    """The key result as it is called now; None: it is not defined any more."""
    known = await tx.states.get([subject], removed=True, via="anybody")
    if subject not in known:
        raise EventRefused(
            f"nothing is known of {subject}",
            code="key_result_unknown",
            hint="its definition may be on the way; if it is not, send this endpoint all events",
        )
    check_whose(known[subject], instance)
    moved = await tx.former_names.moved_to(subject)
    found = await tx.states.get([subject, *([moved.name] if moved else [])], lock=True, via="others")
    last = found.get(subject) or (found.get(moved.name) if moved else None)
    return last if isinstance(last, KeyResultState) else None


def _row(word: Word, there: KeyResultState) -> CheckIn:
    """No author: a body names nobody, and who spoke is known where it was said."""
    return CheckIn(
        subject=word.subject,
        at=word.at,
        current=there.current,
        progress=there.progress,
        origin="person",
        comment=word.comment,
        confidence=word.confidence,
        said=word.value,
        digest=there.digest,
    )
