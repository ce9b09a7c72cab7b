"""Rules about what a key result is made of."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.mappings.lint.rule import Matter, Note, rule
from syncd.okr.definition import KeyResult, Mappings
from syncd.okr.kinds import Change, Milestones, Rate, Reach


@rule(hint="tickets are output: measure what should become better by them, or make this an initiative")
def only_tickets(matter: Matter) -> Iterator[Note]:
    """What is to be reached, changed or kept up is but a count of tickets, issues or pull requests."""
    for key_result in matter.key_results():
        if isinstance(key_result.kind, Reach | Change | Rate) and _counts_tickets(
            key_result, matter.mappings
        ):
            message = f"{key_result.subject.id!r} is nothing but a number of tickets"
            yield Note(place=key_result.place, message=message)


@rule(hint="use it in `value`, or in a milestone's `when`, or take it out")
def unused_measure(matter: Matter) -> Iterator[Note]:
    """A measurement is named and no formula uses it."""
    used = {asked.place for found in matter.mappings.key_results.values() for asked in found.inputs}
    running = {objective.place.path for objective in matter.objectives()}
    for shared in matter.shared:
        if shared.place not in used and shared.place.path in running:
            message = f"no key result of this file uses the measurement {shared.name!r}"
            yield Note(place=shared.place, message=message)
    for key_result in matter.key_results():
        names = _names_used(key_result)
        for asked in key_result.inputs:
            if names is not None and asked.name not in names:
                message = f"{key_result.subject.id!r} reads {asked.name!r} and never uses it"
                yield Note(place=asked.place, message=message)


def _names_used(key_result: KeyResult) -> frozenset[str] | None:
    """Of its measurements; None where it has one without a name."""
    if isinstance(key_result.kind, Milestones):
        return frozenset().union(*(step.names for step in key_result.kind.steps))
    return key_result.formula.names if key_result.formula is not None else None


def _counts_tickets(key_result: KeyResult, mappings: Mappings) -> bool:
    """A share of scope is a ratio of two counts, and tells more than its counts do."""
    # In the grammar of formulas `/` is the division and nothing else.
    is_share = key_result.unit == "ratio" or (
        key_result.formula is not None and "/" in key_result.formula.text
    )
    asked = [mappings.queries[used.query].ask for used in key_result.inputs]
    return bool(asked) and not is_share and all(ask.counts_tickets for ask in asked)
