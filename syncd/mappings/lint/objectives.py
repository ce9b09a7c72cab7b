"""Rules about objectives: whose they are, how many, and what they support."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from syncd.mappings.circles import objective_of
from syncd.mappings.directions import is_expected
from syncd.mappings.lint.rule import Matter, Note, rule
from syncd.okr.definition import Objective


@rule(hint="name what it moves: `supports: [company/objective]`, or `[company/objective/key-result]`")
def supports_nothing(matter: Matter) -> Iterator[Note]:
    """An objective of a team or a person does not say what it supports."""
    for objective in matter.objectives():
        if objective.tier != "organisation" and not objective.supports:
            yield Note(place=objective.place, message=f"{objective.subject.id!r} supports nothing")


@rule(hint="name what it moves one tier up, or in another team; a key result moves its own objective anyhow")
def supports_wrong_tier(matter: Matter) -> Iterator[Note]:
    """An objective supports something that is neither one tier up nor in another team."""
    for objective in matter.objectives():
        for supported in objective.supports:
            to = matter.mappings.objectives.get(objective_of(supported))
            if to is not None and not is_expected(objective, to):
                where = "two tiers up" if to.tier != objective.tier else "of its own tier and team"
                message = f"{objective.subject.id!r} supports {supported.id!r}, which is {where}"
                yield Note(place=objective.place, message=message)


@rule(hint="let an objective support it, or ask whether the organisation still wants it")
def orphan(matter: Matter) -> Iterator[Note]:
    """Nobody's objective supports this key result of the organisation, nor its objective."""
    # An objective of any cycle counts: a team's quarter may have moved the organisation's year.
    supported = {it for found in matter.mappings.objectives.values() for it in found.supports}
    for key_result in matter.key_results():
        if key_result.tier == "organisation" and not {key_result.subject, key_result.objective} & supported:
            yield Note(
                place=key_result.place,
                message=f"nobody's objective supports {key_result.subject.id!r} or its objective",
            )


@rule(hint="keep the one that matters most, or raise `findings.objectives_per`", usually="off")
def too_many_objectives(matter: Matter) -> Iterator[Note]:
    """The organisation, a team or a person has more objectives in a cycle than their tier's limit."""
    by_owner: dict[tuple[str, str], list[Objective]] = defaultdict(list)
    for objective in matter.objectives():
        by_owner[objective.subject.cycle, objective.subject.id.partition("/")[0]].append(objective)
    for (cycle, owner), found in by_owner.items():
        limit = matter.rulebook.objectives_per.get(found[0].tier)
        if limit is not None and len(found) > limit:
            message = f"{owner!r} has {len(found)} objectives in {cycle}; the limit is {limit}"
            yield Note(place=found[limit].place, message=message)


@rule(hint="write `owner: HANDLE` here, or at the top of the file")
def no_owner(matter: Matter) -> Iterator[Note]:
    """Nobody answers for an objective and for those of its key results that name no owner themselves."""
    # A key result without an owner has no objective with one either: it would have inherited it.
    for objective in matter.objectives():
        if objective.owner is None:
            yield Note(place=objective.place, message=f"nobody owns {objective.subject.id!r}")
