"""What holds across files: every id once, one namespace, links that exist and run in no circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from syncd.mappings.circles import Moves, is_objective, objective_of, report_circles
from syncd.mappings.context import Context
from syncd.mappings.directions import Support, report_downwards
from syncd.mappings.findings import Findings, did_you_mean
from syncd.mappings.objectives import Draft
from syncd.mappings.owner import COMPANY
from syncd.mappings.values import is_name
from syncd.mappings.wanted import Wanted, WantedPart
from syncd.okr.definition import Composite, Cycle, KeyResult, Objective, Place, Subject


def places_of(drafts: Iterable[Draft], findings: Findings) -> dict[Subject, Place]:
    """Every subject with its place; one that is defined twice is a finding."""
    places: dict[Subject, Place] = {}
    for draft in drafts:
        for subject, place in draft.places:
            first = places.setdefault(subject, place)
            if first is not place:
                message = f"{subject.id!r} is defined twice in {subject.cycle}; first at {first}"
                hint = "rename one of them"
                findings.error(place, "duplicate_id", message, hint=hint)
    return places


def check_names(drafts: Iterable[Draft], findings: Findings) -> None:
    """Teams, handles and `company` share one namespace."""
    taken: dict[str, tuple[str, Place | None]] = {COMPANY: ("organisation", None)}
    claims = [
        claim
        for draft in drafts
        for claim in (
            (draft.owner.prefix, draft.owner.tier, draft.owner.place),
            (draft.owner.team, "team", draft.owner.team_place),
        )
    ]
    for name, what, place in claims:
        if name is None:
            continue
        first, first_place = taken.setdefault(name, (what, place))
        if first != what:
            where = f" at {first_place}" if first_place else ""
            message = f"{name!r} is the name of a {what} here and of the {first}{where}"
            hint = "teams, handles and 'company' share one namespace; rename one of them"
            findings.error(place, "name_taken", message, hint=hint)


def check_moves(drafts: Iterable[Draft], places: Mapping[Subject, Place], findings: Findings) -> None:
    """An earlier id is nobody's now, and one successor's.

    One that nothing was ever recorded under is no mistake: the files may be new to this store.
    """
    claimed: dict[Subject, Place] = {}
    for was, place in (claim for draft in drafts for claim in draft.was):
        if was in places:
            message = f"{was.id!r} is still defined, at {places[was]}"
            hint = "rename it, or leave `was` out; two that change places take two steps"
            findings.error(place, "was_is_defined", message, hint=hint)
            continue
        first = claimed.setdefault(was, place)
        if first is not place:
            message = f"{was.id!r} is claimed twice; first at {first}"
            findings.error(place, "was_claimed_twice", message, hint="its history has one successor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Objectives with what they support, key results with what they are made of."""

    objectives: dict[Subject, Objective]
    key_results: dict[Subject, KeyResult]


def link(
    drafts: Sequence[Draft],
    *,
    places: Mapping[Subject, Place],
    context: Context,
    findings: Findings,
    is_complete: bool,
) -> Linked:
    """Finds what every id means.

    Args:
        is_complete: Every file could be read; only then an unknown id is a mistake.
    """
    directory = _Directory(places, context=context, findings=findings, is_complete=is_complete)
    moves = Moves()
    links: list[Support] = []
    objectives = {}
    for draft in (objective for file in drafts for objective in file.objectives):
        found = [
            (subject, wanted.place)
            for wanted in draft.supports
            if (subject := directory.resolve(wanted, own=draft.objective.cycle)) is not None
        ]
        supports = tuple(dict.fromkeys(subject for subject, _place in found))
        objectives[draft.objective.subject] = replace(draft.objective, supports=supports)
        for subject, place in found:
            moves.add(draft.objective.subject, subject, place)
            links.append(Support(draft.objective, subject, place))
    report_downwards(links, objectives, findings)
    for subject, supporters in _supporters(objectives.values()).items():
        if subject in objectives:  # else it is there and could not be read
            objectives[subject] = replace(objectives[subject], supporters=supporters)
    key_results = {}
    for made in (key_result for file in drafts for key_result in file.key_results):
        key_result = made.key_result
        if isinstance(key_result.kind, Composite):
            key_result = _with_parts(key_result, key_result.kind, made.parts, directory, moves)
        key_results[key_result.subject] = key_result
    report_circles(moves, findings)
    return Linked(objectives=objectives, key_results=key_results)


def _supporters(objectives: Iterable[Objective]) -> dict[Subject, tuple[Subject, ...]]:
    """Objective -> those that support it or one of its key results, each once."""
    found: dict[Subject, dict[Subject, None]] = {}
    for objective in objectives:
        for supported in objective.supports:
            found.setdefault(objective_of(supported), {})[objective.subject] = None
    return {subject: tuple(supporters) for subject, supporters in found.items()}


def _with_parts(
    key_result: KeyResult, kind: Composite, parts: Sequence[WantedPart], directory: _Directory, moves: Moves
) -> KeyResult:
    weights: dict[Subject, float] = {}
    for part in parts:
        subject = directory.resolve(part.wanted, own=key_result.cycle)
        if subject is None:
            continue
        if is_objective(subject):
            directory.refuse(
                part.wanted, f"{part.wanted.text!r} is an objective; a composite mixes key results"
            )
        elif subject in weights:
            directory.refuse(part.wanted, f"{part.wanted.text!r} is a part already")
        else:
            weights[subject] = part.weight
            moves.add(subject, key_result.subject, part.wanted.place)
    return replace(key_result, kind=replace(kind, parts=tuple(weights.items())))


class _Directory:
    """All ids, and what an id in a file means."""

    def __init__(
        self, subjects: Iterable[Subject], *, context: Context, findings: Findings, is_complete: bool
    ) -> None:
        self._by_id: dict[str, list[Subject]] = {}
        for subject in subjects:
            self._by_id.setdefault(subject.id, []).append(subject)
        self._cycles = context.cycles
        self._findings = findings
        self._is_complete = is_complete

    def resolve(self, wanted: Wanted, *, own: Cycle) -> Subject | None:
        """The subject; None, with a finding, when there is none, or more than one."""
        subject_id, at, cycle = wanted.text.partition("@")
        if subject_id.count("/") not in {1, 2} or not all(map(is_name, subject_id.split("/"))):
            hint = "team/objective or team/objective/key-result, `@cycle` behind it for another cycle"
            message = f"{wanted.text!r} is not an id"
            self._findings.error(wanted.place, "invalid_id", message, hint=hint)
            return None
        if at and cycle not in self._cycles:
            message, near = f"unknown cycle {cycle!r}", did_you_mean(cycle, self._cycles)
            self._findings.error(wanted.place, "unknown_cycle", message, hint=near)
            return None
        named = self._in_cycle(subject_id, cycle) if at else self._around(subject_id, own)
        if len(named) > 1:
            message = f"{subject_id!r} is in several cycles: {', '.join(sorted(s.cycle for s in named))}"
            self._findings.error(wanted.place, "ambiguous_id", message, hint=f"write {named[0]}")
            return None
        if not named:
            self._report_unknown(wanted, subject_id)
            return None
        return named[0]

    def refuse(self, wanted: Wanted, message: str) -> None:
        self._findings.error(wanted.place, "invalid_part", message)

    def _in_cycle(self, subject_id: str, cycle: str) -> list[Subject]:
        return [subject for subject in self._by_id.get(subject_id, ()) if subject.cycle == cycle]

    def _around(self, subject_id: str, own: Cycle) -> list[Subject]:
        """The own cycle's; else those of the cycles that the own one begins in."""
        return self._in_cycle(subject_id, own.name) or [
            subject
            for subject in self._by_id.get(subject_id, ())
            if self._cycles[subject.cycle].first_day <= own.first_day <= self._cycles[subject.cycle].last_day
        ]

    def _report_unknown(self, wanted: Wanted, subject_id: str) -> None:
        if not self._is_complete:
            return
        elsewhere = self._by_id.get(subject_id)
        hint = f"write {elsewhere[0]}" if elsewhere else did_you_mean(subject_id, self._by_id)
        message = f"nothing has the id {wanted.text!r}"
        self._findings.error(
            wanted.place, "unknown_part" if wanted.is_part else "unknown_supports", message, hint=hint
        )
