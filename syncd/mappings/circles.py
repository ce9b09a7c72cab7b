"""What moves what, over supports, composites and roll-ups together; round in a circle is a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from syncd.mappings.findings import Findings
from syncd.okr.definition import Place, Subject


class Link(NamedTuple):
    """`place`: where it is written; None where it goes without saying."""

    to: Subject
    place: Place | None


class Moves:
    """An objective moves what it supports, a part its composite, a key result its objective."""

    def __init__(self) -> None:
        self._links: dict[Subject, list[Link]] = {}

    def add(self, subject: Subject, to: Subject, place: Place) -> None:
        self._links.setdefault(subject, []).append(Link(to, place))

    def __iter__(self) -> Iterator[Subject]:
        """All that something is written of."""
        return iter(self._links)

    def of(self, subject: Subject) -> Iterator[Link]:
        yield from self._links.get(subject, ())
        if not is_objective(subject):
            yield Link(objective_of(subject), None)


def is_objective(subject: Subject) -> bool:
    return subject.id.count("/") == 1


def objective_of(subject: Subject) -> Subject:
    """A key result's; an objective's own is itself."""
    return subject if is_objective(subject) else Subject(subject.cycle, subject.id.rpartition("/")[0])


def report_circles(moves: Moves, findings: Findings) -> None:
    """One finding per circle, at a link that closes it. Depth first, without recursion: chains are long."""
    done: set[Subject] = set()
    for root in moves:
        if root in done:
            continue
        way: dict[Subject, Place | None] = {root: None}
        branches = [moves.of(root)]
        while branches:
            step = next(branches[-1], None)
            if step is None:
                branches.pop()
                done.add(way.popitem()[0])
            elif step.to in way:
                _report(way, step, findings)
            elif step.to not in done:
                way[step.to] = step.place
                branches.append(moves.of(step.to))


def _report(way: dict[Subject, Place | None], closing: Link, findings: Findings) -> None:
    nodes = list(way)
    circle = nodes[nodes.index(closing.to) :]
    is_of_one_cycle = len({node.cycle for node in circle}) == 1
    names = [node.id if is_of_one_cycle else str(node) for node in (*circle, closing.to)]
    # A key result's link to its own objective stands nowhere: the last one that is written.
    places = [closing.place, *(way[node] for node in reversed(circle[1:]))]
    place = next(place for place in places if place is not None)
    message = f"a circle: {' -> '.join(names)}"
    findings.error(place, "circle", message, hint="take one of these links out")
