"""What a kind reads beside its own group of keys: queries, the measure, other key results."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.mappings.context import Scope
from syncd.mappings.fields import Fields
from syncd.mappings.measures import Measured, Named
from syncd.mappings.nodes import Node
from syncd.mappings.queries import NamedQuery, read_query
from syncd.mappings.wanted import WantedPart
from syncd.okr.names import Place


class Asking:
    """Reads them and keeps them, in the order of the file.

    Attributes:
        shared: The file's own `measures`.
        reads_measure: The kind reads `measure` itself, and `measured` is what it found; None where
            that is wrong.
        parts: Key results that it is made of.
    """

    def __init__(self, scope: Scope, *, shared: Named | None = None) -> None:
        self.scope = scope
        self.shared: Named = shared or {}
        self.reads_measure = False
        self.measured: Measured | None = None
        self.parts: list[WantedPart] = []
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


def refuse(fields: Fields, keys: Mapping[str, str]) -> None:
    """Finds keys that say nothing beside this kind: key -> why."""
    for key, why in keys.items():
        if fields.get(key) is not None:
            fields.findings.error(fields.place_of(key), "not_for_this_kind", why, hint=f"leave {key!r} out")
