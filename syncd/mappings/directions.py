"""Where `supports` may point: one tier up, or to another team. Never down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from syncd.mappings.circles import objective_of
from syncd.mappings.findings import Findings
from syncd.okr.definition import Objective, Place, Subject, Tier

_HEIGHT: Mapping[Tier, int] = {"individual": 0, "team": 1, "organisation": 2}


class Support(NamedTuple):
    """`place`: where it is written."""

    by: Objective
    of: Subject
    place: Place


def report_downwards(
    supports: Iterable[Support], objectives: Mapping[Subject, Objective], findings: Findings
) -> None:
    """One finding per link that leads to a lower tier; what could not be read has none."""
    for by, of, place in supports:
        to = objectives.get(objective_of(of))
        if to is not None and _HEIGHT[to.tier] < _HEIGHT[by.tier]:
            message = f"an objective of the tier {by.tier!r} cannot support {of.id!r} of the tier {to.tier!r}"
            hint = "support leads up, or to another team; let that one support this"
            findings.error(place, "supports_downwards", message, hint=hint)


def is_expected(by: Objective, to: Objective) -> bool:
    """Whether `to` is one tier up, or of another team; or of another cycle, as a quarter in its year."""
    steps = _HEIGHT[to.tier] - _HEIGHT[by.tier]
    return steps == 1 or (steps == 0 and (to.team != by.team or to.cycle != by.cycle))
