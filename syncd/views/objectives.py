"""Objectives, each with what it is made of and who supports it; and as a tree."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from syncd.okr.definition import Subject
from syncd.okr.state import KeyResultState, ObjectiveState, States
from syncd.views.rows import Row, objective_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """An objective among others.

    Attributes:
        key_results: Its own.
        supporters: Objectives that support it, or one of its key results; of any cycle.
        below: Those of them that a tree shows under it.
    """

    state: ObjectiveState
    key_results: tuple[Subject, ...] = ()
    supporters: tuple[Subject, ...] = ()
    below: tuple[Linked, ...] = ()


def linked(states: States) -> dict[Subject, Linked]:
    """Every objective of `states`, in order; what is not among them is linked to nothing."""
    found = {
        subject: Linked(state=state)
        for subject, state in sorted(states.items())
        if isinstance(state, ObjectiveState)
    }
    key_results: dict[Subject, list[Subject]] = {}
    for subject, state in sorted(states.items()):
        if isinstance(state, KeyResultState):
            key_results.setdefault(_objective_of(subject), []).append(subject)
    supporters: dict[Subject, list[Subject]] = {}
    for subject, one in found.items():
        for supported in _supported(one.state, found):
            supporters.setdefault(supported, []).append(subject)
    return {
        subject: replace(
            one,
            key_results=tuple(key_results.get(subject, ())),
            supporters=tuple(supporters.get(subject, ())),
        )
        for subject, one in found.items()
    }


def tree(objectives: dict[Subject, Linked], *, cycles: Collection[str]) -> list[Linked]:
    """The objectives of `cycles` that support none of the others, with the others below.

    Each stands once: below the first that it supports. Those that a circle of mappings of two
    versions would leave without a top are tops themselves.
    """
    shown = {subject: one for subject, one in objectives.items() if subject.cycle in cycles}
    children: dict[Subject, list[Subject]] = {}
    tops = []
    for subject, one in shown.items():
        above = [it for it in _supported(one.state, shown) if it != subject]
        if above:
            children.setdefault(above[0], []).append(subject)
        else:
            tops.append(subject)
    placed: set[Subject] = set()

    def grown(subject: Subject) -> Linked:
        placed.add(subject)
        below = [grown(child) for child in children.get(subject, ()) if child not in placed]
        return replace(shown[subject], below=tuple(below))

    found = [grown(subject) for subject in tops]
    return found + [grown(subject) for subject in shown if subject not in placed]


def linked_row(one: Linked) -> Row:
    """As `objective_row`, with the ids that it is linked to; of another cycle as `ID@CYCLE`."""
    return {
        **objective_row(one.state),
        "key_results": [subject.id for subject in one.key_results],
        "supporters": [_name(subject, seen_from=one.state.subject) for subject in one.supporters],
    }


def tree_row(one: Linked) -> Row:
    return {**linked_row(one), "below": [tree_row(child) for child in one.below]}


def _supported(state: ObjectiveState, known: Iterable[Subject]) -> list[Subject]:
    """The objectives that it supports, itself or by one of their key results; in the order of the file."""
    found = []
    for name in state.supports:
        id_, _, cycle = name.partition("@")
        subject = Subject(cycle or state.subject.cycle, id_)
        for supported in (subject, _objective_of(subject)):
            if supported in known:
                found.append(supported)
                break
    return list(dict.fromkeys(found))


def _objective_of(key_result: Subject) -> Subject:
    return Subject(key_result.cycle, key_result.id.rpartition("/")[0])


def _name(subject: Subject, *, seen_from: Subject) -> str:
    return subject.id if subject.cycle == seen_from.cycle else str(subject)
