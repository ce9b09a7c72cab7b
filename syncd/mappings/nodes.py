"""YAML as nodes that know where they stand, so that every mistake has a line and a column."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from syncd.mappings.scalars import Value, is_beyond_numbers
from syncd.okr.definition import Place


@dataclass(frozen=True, eq=False)  # no slots: the lines are cut once, and only when a mistake needs them
class Source:
    """A file's text under the name that messages give it."""

    path: str
    text: str = field(repr=False)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def place(self, line: int = 1, column: int = 1) -> Place:
        return Place(path=self.path, line=line, column=column)

    def rest_of_line(self, line: int, column: int) -> str:
        return self.lines[line - 1][column - 1 :] if line <= len(self.lines) else ""


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Line and column count from 1."""

    source: Source = field(repr=False)
    line: int
    column: int

    @property
    def place(self) -> Place:
        return self.source.place(self.line, self.column)


@dataclass(frozen=True, slots=True, eq=False)
class Scalar(Located):
    """One value. `style` is None for a plain one, else `'`, `"`, `|` or `>`."""

    text: str
    value: Value
    style: str | None = None

    @property
    def is_plain(self) -> bool:
        return self.style is None

    @property
    def before_comment(self) -> bool:
        """A plain text that a ` #` ended."""
        rest = self.source.rest_of_line(self.line, self.column)
        return self.is_plain and rest.removeprefix(self.text).lstrip(" \t").startswith("#")

    def place_at(self, column: int) -> Place:
        """Where the character at `column` of the text (from 1) stands in the file.

        Folded, escaped and block texts have no simple answer; theirs is the start of the scalar.
        """
        quote = 1 if self.style in {"'", '"'} else 0
        written = self.source.rest_of_line(self.line, self.column + quote)
        if not written.startswith(self.text):
            return self.place
        return self.source.place(self.line, self.column + quote + column - 1)


@dataclass(frozen=True, slots=True, eq=False)
class ListNode(Located):
    items: list[Node]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


@dataclass(frozen=True, slots=True, eq=False)
class MapNode(Located):
    """`keys` and `values` have the same keys, in the order of the file."""

    keys: dict[str, Scalar]
    values: dict[str, Node]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def items(self) -> Iterator[tuple[Scalar, Node]]:
        return zip(self.keys.values(), self.values.values(), strict=True)

    def without(self, names: frozenset[str]) -> MapNode:
        """The same map, less these keys."""
        return MapNode(
            self.source,
            self.line,
            self.column,
            {name: key for name, key in self.keys.items() if name not in names},
            {name: value for name, value in self.values.items() if name not in names},
        )


Node = Scalar | ListNode | MapNode

# What a node says, without its places: JSON's types.
Plain = Value | list["Plain"] | dict[str, "Plain"]


def to_plain(node: Node) -> Plain:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, ListNode):
        return [to_plain(item) for item in node.items]
    return {name: to_plain(value) for name, value in node.values.items()}


def describe(node: Node) -> str:
    """What stands there, for messages: `the text 'abc'`, `the number 5`, `a list`, `nothing`."""
    if isinstance(node, MapNode):
        return "a map"
    if isinstance(node, ListNode):
        return "a list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return node.text
    if node.is_plain and is_beyond_numbers(node.text):
        return "a number that is too large"
    shown = node.text if len(node.text) <= 60 else node.text[:59] + "…"
    return f"the text {shown!r}" if isinstance(node.value, str) else f"the number {shown}"


def one_line(value: Plain) -> str:
    """YAML on one line; texts are always quoted, so that what is shown can be pasted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {one_line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(one_line(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
