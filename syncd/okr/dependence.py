"""Whose number is made of whose: composites of their parts, objectives of key results or supporters."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from graphlib import TopologicalSorter
from typing import TypeVar

from syncd.okr.definition import KeyResult, Mappings, Objective
from syncd.okr.kinds import Composite
from syncd.okr.names import Subject

DefinitionT = TypeVar("DefinitionT", KeyResult, Objective)


def parts_first(key_results: Iterable[KeyResult]) -> list[KeyResult]:
    """As they come, composites after their parts; the loader has refused circles."""
    plain, mixed = [], {}
    for key_result in key_results:
        if isinstance(key_result.kind, Composite):
            mixed[key_result.subject] = key_result
        else:
            plain.append(key_result)
    return plain + _after(mixed, {subject: _parts(key_result) for subject, key_result in mixed.items()})


def supporters_first(objectives: Iterable[Objective]) -> list[Objective]:
    """As they come, those that roll up from supporters after these."""
    plain, rolled_up = [], {}
    for objective in objectives:
        if objective.rollup == "supporters":
            rolled_up[objective.subject] = objective
        else:
            plain.append(objective)
    return plain + _after(rolled_up, {subject: found.supporters for subject, found in rolled_up.items()})


def moved_by(mappings: Mappings, subjects: Collection[Subject]) -> set[Subject]:
    """The subjects, and all whose numbers are made of theirs, however far up."""
    above: dict[Subject, list[Subject]] = {}
    for key_result in mappings.key_results.values():
        for part in _parts(key_result):
            above.setdefault(part, []).append(key_result.subject)
    for objective in mappings.objectives.values():
        if objective.rollup == "supporters":
            for supporter in objective.supporters:
                above.setdefault(supporter, []).append(objective.subject)
    moved, new = set(subjects), deque(subjects)
    while new:
        subject = new.popleft()
        over = list(above.get(subject, ()))
        if (found := mappings.key_results.get(subject)) is not None:
            over.append(found.objective)
        new.extend(upper for upper in over if upper not in moved)
        moved.update(over)
    return moved


def scope_of(mappings: Mappings, subjects: Collection[Subject]) -> set[Subject]:
    """All whose states before are needed to evaluate `subjects` and what is made of them."""
    scope = moved_by(mappings, subjects)
    for subject in list(scope):
        if (objective := mappings.objectives.get(subject)) is not None:
            scope.update(objective.key_results)
            scope.update(objective.supporters if objective.rollup == "supporters" else ())
        elif (found := mappings.key_results.get(subject)) is not None:
            scope.update(_parts(found))
    return scope


def _parts(key_result: KeyResult) -> tuple[Subject, ...]:
    kind = key_result.kind
    return tuple(part for part, _weight in kind.parts) if isinstance(kind, Composite) else ()


def _after(
    definitions: Mapping[Subject, DefinitionT], needs: Mapping[Subject, Iterable[Subject]]
) -> list[DefinitionT]:
    """Each after those of the others that it needs."""
    graph = {
        subject: [needed for needed in needs[subject] if needed in definitions] for subject in definitions
    }
    return [definitions[subject] for subject in TopologicalSorter(graph).static_order()]
