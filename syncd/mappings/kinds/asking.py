"""Queries that a kind asks beside what the key result measures."""

from __future__ import annotations

from syncd.mappings.context import Scope
from syncd.mappings.nodes import Node
from syncd.mappings.queries import NamedQuery, read_query
from syncd.okr.names import Place


class Asking:
    """Reads such queries and keeps them, in the order of the file."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._queries: list[NamedQuery] = []

    @property
    def queries(self) -> tuple[NamedQuery, ...]:
        return tuple(self._queries)

    def read(self, node: Node, *, name: str, place: Place) -> NamedQuery | None:
        """The query under `name`, whose key stands at `place`; None, with findings, when there is none."""
        named = read_query(node, name=name, place=place, scope=self.scope)
        if named is not None:
            self._queries.append(named)
        return named
