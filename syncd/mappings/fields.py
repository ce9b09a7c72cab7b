"""Reads a map key by key; a key that nobody asked for is unknown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta
from typing import TypeVar

from syncd.mappings.findings import Findings, did_you_mean
from syncd.mappings.nodes import MapNode, Node, Scalar
from syncd.mappings.values import Values
from syncd.okr.definition import Place

T = TypeVar("T")


class Fields:
    """The keys of one map.

    Every reading method returns None where the key is absent or wrong; wrong is a finding.

    Args:
        place: What a person sees as the place of the whole; a missing key is reported there.
    """

    def __init__(self, node: MapNode, *, place: Place, findings: Findings) -> None:
        self.node = node
        self.place = place
        self.findings = findings
        self._values = Values(findings)
        self._known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.node

    def get(self, key: str) -> Node | None:
        self._known.add(key)
        return self.node.values.get(key)

    def place_of(self, key: str) -> Place:
        """Where the key stands; the whole's place where it does not."""
        return self.node.keys[key].place if key in self.node else self.place

    def require(self, key: str) -> Node | None:
        node = self.get(key)
        if node is None:
            self.findings.error(self.place, "missing_key", f"{key!r} is missing here")
        return node

    def text(self, key: str) -> str | None:
        return self._read(key, self._values.text)

    def required_text(self, key: str) -> str | None:
        self.require(key)
        return self.text(key)

    def number(self, key: str) -> float | None:
        return self._read(key, self._values.number)

    def whole(self, key: str) -> int | None:
        return self._read(key, self._values.whole)

    def flag(self, key: str) -> bool | None:
        return self._read(key, self._values.flag)

    def duration(self, key: str) -> timedelta | None:
        return self._read(key, self._values.duration)

    def day(self, key: str) -> date | None:
        return self._read(key, self._values.day)

    def name(self, key: str) -> str | None:
        return self._read(key, self._values.name)

    def choice(self, key: str, options: Collection[str]) -> str | None:
        return self._read(key, lambda node, name: self._values.choice(node, name, options))

    def map(self, key: str) -> MapNode | None:
        """An empty value is an absent one: people comment the lines under a key out."""
        return None if self._is_empty(key) else self._read(key, self._values.map_node)

    def items(self, key: str) -> Iterator[Node]:
        """The items of a list."""
        found = None if self._is_empty(key) else self._read(key, self._values.list_node)
        return iter(found or ())

    def texts(self, key: str) -> Iterator[tuple[str, Scalar]]:
        """The texts of a list, with their places."""
        for item in self.items(key):
            text = self._values.text(item, key)
            if text is not None and isinstance(item, Scalar):
                yield text, item

    def finish(self) -> None:
        """Reports the keys that nobody asked for."""
        for name, key in self.node.keys.items():
            if name not in self._known:
                report_unknown_key(key, self._known, self.findings)

    def _is_empty(self, key: str) -> bool:
        node = self.get(key)
        return isinstance(node, Scalar) and node.value is None

    def _read(self, key: str, read: Callable[[Node, str], T | None]) -> T | None:
        node = self.get(key)
        return None if node is None else read(node, key)


def not_yet(place: Place, what: str, findings: Findings) -> None:
    findings.error(place, "not_yet", f"{what} is not available yet", hint="leave it out for now")


def report_unknown_key(key: Scalar, known: Collection[str], findings: Findings) -> None:
    hint = did_you_mean(key.text, sorted(known))
    findings.error(key.place, "unknown_key", f"unknown key {key.text!r}", hint=hint)
