"""What holds across files: every id once, one namespace, supports that exist and run in no circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from syncd.mappings.context import Context
from syncd.mappings.findings import Findings, did_you_mean
from syncd.mappings.objectives import Draft, Wanted
from syncd.mappings.owner import COMPANY
from syncd.mappings.values import is_name
from syncd.okr.definition import Cycle, Objective, Place, Subject

Graph = Mapping[Subject, Sequence[tuple[Subject, Place]]]


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


def link(
    drafts: Iterable[Draft],
    *,
    places: Mapping[Subject, Place],
    context: Context,
    findings: Findings,
    is_complete: bool,
) -> dict[Subject, Objective]:
    """The objectives with what they support.

    Args:
        is_complete: Every file could be read; only then an unknown id is a mistake.
    """
    directory = _Directory(places, context=context, findings=findings, is_complete=is_complete)
    objectives: dict[Subject, Objective] = {}
    graph: dict[Subject, list[tuple[Subject, Place]]] = {}
    for draft in (objective for file in drafts for objective in file.objectives):
        found = [
            (subject, wanted.place)
            for wanted in draft.supports
            if (subject := directory.resolve(wanted, own=draft.objective.cycle)) is not None
        ]
        supports = tuple(dict.fromkeys(subject for subject, _place in found))
        objectives[draft.objective.subject] = replace(draft.objective, supports=supports)
        graph[draft.objective.subject] = [(_objective_of(subject), place) for subject, place in found]
    _report_circles(graph, findings)
    return objectives


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
        self._findings.error(wanted.place, "unknown_supports", message, hint=hint)


def _objective_of(subject: Subject) -> Subject:
    return Subject(subject.cycle, "/".join(subject.id.split("/")[:2]))


def _report_circles(graph: Graph, findings: Findings) -> None:
    """One finding per circle, at the link that closes it. Depth first, without recursion: chains are long."""
    done: set[Subject] = set()
    for root in graph:
        if root in done:
            continue
        way: dict[Subject, None] = {root: None}
        branches = [iter(graph[root])]
        while branches:
            step = next(branches[-1], None)
            if step is None:
                branches.pop()
                done.add(way.popitem()[0])
                continue
            subject, place = step
            if subject in way:
                names = list(way)
                circle = [*names[names.index(subject) :], subject]
                message = "a circle: " + " -> ".join(node.id for node in circle)
                findings.error(place, "circle", message, hint="take one of these `supports` out")
            elif subject not in done and subject in graph:
                way[subject] = None
                branches.append(iter(graph[subject]))
