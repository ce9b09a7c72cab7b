"""What new mappings do to subjects beside their numbers: define, move, retarget, remove."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from syncd.okr.definition import KeyResult, Mappings, Objective
from syncd.okr.kinds import Change, Composite, Keep, Kind, Milestones, Observe, Rate, Reach
from syncd.okr.names import Input, QueryKey, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Attributes:
    moved: New subject -> the one that it was.
    defined: New on the books, or back there.
    retargeted: Key results that promise something else than before.
    removed: On the books, and not defined any more.
    taken_over: Told by another syncd until now, and defined by us from now on.
    """

    moved: Mapping[Subject, Subject] = field(default_factory=dict)
    defined: frozenset[Subject] = frozenset()
    retargeted: frozenset[Subject] = frozenset()
    removed: frozenset[Subject] = frozenset()
    taken_over: frozenset[Subject] = frozenset()


UNCHANGED = Lifecycle()


def lifecycle(active: Mappings, new: Mappings, *, known: Collection[Subject]) -> Lifecycle:
    """What `new` does to the subjects that are on the books.

    Args:
        active: The version before; what it does not say cannot be told to be retargeted.
    """
    moved = moves(new, known=known)
    here = (set(known) - set(moved.values())) | moved.keys()
    defined = {*new.objectives, *new.key_results}
    return Lifecycle(
        moved=moved,
        defined=frozenset(defined - here),
        removed=frozenset(here - defined),
        retargeted=frozenset(
            subject
            for subject, key_result in new.key_results.items()
            if (old := active.key_results.get(moved.get(subject, subject))) is not None
            and promise(old, shadow=active.shadow) != promise(key_result, shadow=new.shadow)
        ),
    )


def moves(new: Mappings, *, known: Collection[Subject]) -> dict[Subject, Subject]:
    """New subject -> the one on the books that it was.

    A `was` of something that was never recorded, or whose move is done, says nothing: it may stay
    in the file. The key results of a moved objective go along unless they say themselves what
    they were.
    """

    def move(subject: Subject, was: Subject | None) -> Subject | None:
        is_there = was in known and was not in new.objectives and was not in new.key_results
        return was if is_there and subject not in known else None

    found: dict[Subject, Subject] = {}
    definitions: list[Objective | KeyResult] = [*new.objectives.values(), *new.key_results.values()]
    for definition in definitions:
        if (was := move(definition.subject, definition.was)) is not None:
            found[definition.subject] = was
    said = set(found.values())
    for key_result in new.key_results.values():
        parent = found.get(key_result.objective)
        if parent is None or key_result.subject in found:
            continue
        went_along = Subject(parent.cycle, f"{parent.id}/{key_result.subject.id.rpartition('/')[2]}")
        if (was := move(key_result.subject, went_along)) is not None and was not in said:
            found[key_result.subject] = was
    return found


Promise = tuple[object, ...]
"""What a key result promises; equal ones mean the same to who reads the number."""


def promise(key_result: KeyResult, *, shadow: Collection[Subject] = ()) -> Promise:
    """Without what only says where it stands in a file, or how far it is.

    Args:
        shadow: What is in shadow; as a part it promises nothing to who hears of what is live.
    """
    return (key_result.unit, key_result.kind.name, *_of(key_result.kind, shadow))


def _of(kind: Kind, shadow: Collection[Subject]) -> Promise:  # noqa: PLR0911 - one line per kind
    match kind:
        case Reach():
            return (kind.start, _query(kind.start_from), kind.target, _query(kind.target_from))
        case Change():
            return (kind.start, _query(kind.start_from), kind.amount, kind.is_relative)
        case Keep():
            return (kind.low, kind.high, kind.strict_low, kind.strict_high, kind.tolerance, kind.by)
        case Rate():
            return (kind.need, kind.every, kind.carry_over, kind.of, kind.start)
        case Milestones():
            return tuple((step.key, step.weight, step.due) for step in kind.steps)
        case Composite():
            return (kind.take, tuple(sorted(it for it in kind.parts if it[0] not in shadow)))
        case Observe():
            return ()


def _query(used: Input | None) -> QueryKey | None:
    return used.query if used is not None else None
