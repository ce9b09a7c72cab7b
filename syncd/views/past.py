"""explain --at: what was said of a key result or an objective at a past moment, computed once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.errors import ConfigError, EvaluationError, SyncdError
from syncd.mappings.findings import did_you_mean
from syncd.okr.definition import Cycle, Mappings, Subject
from syncd.okr.replay import differences, replay
from syncd.okr.snapshot import Snapshot
from syncd.okr.state import KeyResultState, State
from syncd.store.history import CheckIn
from syncd.store.transaction import Transaction
from syncd.store.versions import MappingVersion
from syncd.views.replayed import Said, past_row
from syncd.views.rows import Row, moment

Load = Callable[[Mapping[str, str]], Mappings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What comes out today of what was known then; `state` None: `reason` says why nothing does."""

    state: State | None = None
    differs: tuple[str, ...] = ()
    reason: SyncdError | None = None


async def explain_past(
    tx: Transaction, wanted: str, *, at: datetime, load: Load, cycles: Mapping[str, Cycle]
) -> Row:
    """What was said then, what it was made of, and whether it comes out the same today.

    Args:
        wanted: `ID@CYCLE`, or `ID` in the cycle that contains the moment.
        load: The files of a version -> its mappings.

    Raises:
        ConfigError: `unknown_key_result`, `ambiguous_key_result`, `before_history`, `removed_then`.
    """
    subject = await meant(tx, wanted, at=at, cycles=cycles)
    said = await said_at(tx, subject, at=at)
    version = await tx.versions.of(said.version, at=at) if said.version else None
    mappings, unreadable = readable(load, version)
    replayed = replayed_of(said, mappings, unreadable=unreadable)
    return past_row(
        said,
        at=at,
        mappings=mappings,
        version=version,
        replayed=replayed.state,
        differs=replayed.differs,
        reason=replayed.reason,
    )


async def meant(tx: Transaction, wanted: str, *, at: datetime, cycles: Mapping[str, Cycle]) -> Subject:
    """What a person means: `ID@CYCLE`, or `ID` in the cycle that contains the moment."""
    id_, named, cycle = wanted.partition("@")
    same = await tx.former_names.cycles(id_)
    if not same or (named and cycle not in same):
        known = sorted({subject.id for subject in await tx.states.get()})
        hint = f"there is {', '.join(sorted(f'{id_}@{it}' for it in same))}" if same else None
        raise ConfigError(
            f"nothing was ever recorded of {wanted!r}",
            code="unknown_key_result",
            hint=hint or did_you_mean(id_, known),
        )
    if named:
        return Subject(cycle, id_)
    then = [it for it in same if it in cycles and cycles[it].starts_at <= at < cycles[it].ends_at]
    found = then or sorted(same)
    if len(found) > 1:
        raise ConfigError(
            f"{wanted!r} could be any of {', '.join(f'{id_}@{it}' for it in sorted(found))}",
            code="ambiguous_key_result",
            hint="name the cycle: ID@CYCLE",
        )
    return Subject(found[0], id_)


async def said_at(tx: Transaction, wanted: Subject, *, at: datetime) -> Said:
    """What was in force then of the subject that has the name today, or else of who had it then.

    Raises:
        ConfigError: `before_history`, `removed_then`.
    """
    names = tx.former_names
    today, bearer = await names.today(wanted), await names.bearer(wanted, at)
    key = today.key if today is not None and not today.is_archived else None
    snapshot = await tx.snapshots.at(key, at) if key is not None else None
    another: Subject | None = None
    if snapshot is None and bearer is not None and bearer != key:
        key, snapshot = bearer, await tx.snapshots.at(bearer, at)
    elif snapshot is not None and bearer is not None and bearer != key:
        another = await names.name(bearer) if await tx.snapshots.at(bearer, at) else None
    if key is None:
        key = bearer
    check_in = None
    if key is not None:
        now_called = await names.name(key)
        check_in = await tx.history.newest(now_called, until=at)
    if snapshot is None:
        if key is None or check_in is None:
            raise await _before_history(tx, wanted, key, at=at)
        return Said(subject=wanted, today=now_called, check_in=check_in)
    if snapshot.occasion.cause == "remove":
        raise ConfigError(
            f"{wanted} was off the books then: it was removed on {_day(snapshot.at)}",
            code="removed_then",
            hint="ask for an earlier time",
        )
    assert key is not None  # noqa: S101  # tells the type checker what a snapshot implies
    basis = await tx.snapshots.at(key, at, evaluated=True) if snapshot.is_kept else snapshot
    sync_id = snapshot.occasion.sync_id
    return Said(
        subject=snapshot.said.subject,
        today=now_called,
        another=another,
        snapshot=snapshot,
        basis=basis,
        trigger=await tx.syncs.trigger(sync_id) if sync_id is not None else None,
        check_in=_of_then(check_in, snapshot),
    )


async def _before_history(tx: Transaction, wanted: Subject, key: int | None, *, at: datetime) -> ConfigError:
    first = await tx.snapshots.first_at(key) if key is not None else None
    moved = await tx.former_names.moved_to(wanted)
    hint = None
    if first is not None:
        hint = f"the first record that is kept is of {moment(first)}"
    elif moved is not None:
        hint = f"since {_day(moved.at)} it is called {moved.name}"
    return ConfigError(f"nothing was recorded of {wanted} by {moment(at)}", code="before_history", hint=hint)


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _of_then(check_in: CheckIn | None, snapshot: Snapshot) -> CheckIn | None:
    """The check-in that came with the snapshot."""
    return check_in if check_in is not None and check_in.at == snapshot.at else None


def readable(load: Load, version: MappingVersion | None) -> tuple[Mappings | None, SyncdError | None]:
    """The mappings of then; None with the reason where today's syncd.yaml cannot read them."""
    if version is None:
        return None, None
    try:
        return load(version.files), None
    except ConfigError as error:
        return None, error


def replayed_of(said: Said, mappings: Mappings | None, *, unreadable: SyncdError | None) -> Replayed:
    """Computed once more, or why it cannot be."""
    if said.snapshot is None:
        return _not("it was imported, and never computed here")
    if said.basis is None:
        return _not("nothing was computed; it was only spoken of, or moved")
    if unreadable is not None:
        return _not(f"the mappings of then cannot be read under today's syncd.yaml: {unreadable}")
    if mappings is None:
        return _not("the mappings of then are not in the store")
    try:
        state = replay(said.basis, mappings)
    except EvaluationError as error:
        return Replayed(reason=error)
    shown = said.snapshot.said
    if said.snapshot.is_kept and isinstance(state, KeyResultState) and isinstance(shown, KeyResultState):
        # Nobody computes what a person expects.
        state = replace(state, confidence=shown.confidence)
    return Replayed(state=state, differs=tuple(differences(shown, state)))


def _not(message: str) -> Replayed:
    return Replayed(reason=EvaluationError(message, code="not_replayable"))
