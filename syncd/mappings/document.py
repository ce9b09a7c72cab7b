"""YAML text -> nodes with places, from the parser's events.

Only data is read: no anchors, no aliases, no tags, one document, text keys, 32 levels, 1 MiB.
What the parser itself cannot read is a finding too; the loaders go on with the next file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import yaml

from syncd.mappings.findings import Findings
from syncd.mappings.nodes import ListNode, MapNode, Node, Scalar, Source, describe
from syncd.mappings.scalars import resolve
from syncd.okr.definition import Place

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32

# libyaml's parser reads the same events about ten times faster; wheels without it are rare.
_PARSER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

# YAML 1.2, production 1 (c-printable), turned round.
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_text(path: Path, *, name: str, findings: Findings) -> str | None:
    """The file's text; None, with a finding, when it cannot be read."""
    start = Place(path=name, line=1, column=1)
    try:
        if path.stat().st_size > MAX_BYTES:
            findings.error(start, "file_too_large", "the file is over 1 MiB", hint="split it")
            return None
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        findings.error(start, "unreadable", "there is no such file")
    except IsADirectoryError:
        findings.error(start, "unreadable", "this is a folder, not a file")
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode("utf-8", "replace")
        at = Place(path=name, line=good.count("\n") + 1, column=len(good) - good.rfind("\n"))
        findings.error(at, "not_utf8", "the file is not UTF-8", hint="save it as UTF-8")
    except OSError as error:
        findings.error(start, "unreadable", f"the file cannot be read: {error.strerror}")
    return None


def parse_document(text: str, *, path: str, findings: Findings) -> MapNode | None:
    """The map that the file holds; None, with findings, when there is none."""
    source = Source(path, text)
    if _is_refused(source, findings):
        return None
    try:
        node = _Composer(source, findings).compose()
    except _Stop:
        return None
    except yaml.MarkedYAMLError as error:
        # An open quote or bracket is found missing at the end of the file, but opened elsewhere.
        at_the_end = "end of stream" in (error.problem or "")
        mark = (at_the_end and error.context_mark) or error.problem_mark or error.context_mark
        place = source.place(mark.line + 1, mark.column + 1) if mark else source.place()
        findings.error(place, "syntax", f"this is not YAML: {error.problem or error.context}")
        return None
    if node is None or (isinstance(node, Scalar) and node.value is None):
        findings.error(source.place(), "empty_file", "the file is empty", hint="write it, or delete it")
        return None
    if not isinstance(node, MapNode):
        findings.error(node.place, "wrong_type", f"expected a map, got {describe(node)}")
        return None
    return node


def _is_refused(source: Source, findings: Findings) -> bool:
    # Without the encoding step for the common short file: no character has more than four bytes.
    if len(source.text) > MAX_BYTES // 4 and len(source.text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        findings.error(source.place(), "file_too_large", "the file is over 1 MiB", hint="split it")
        return True
    bad = _NOT_PRINTABLE.search(source.text)
    if bad is not None:
        before = source.text[: bad.start()]
        place = source.place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        findings.error(place, "control_character", f"character U+{ord(bad[0]):04X} may not stand in YAML")
    return bad is not None


class _Stop(Exception):  # not an error: the finding is told, the rest cannot be trusted
    pass


class _Composer:
    """Follows the events of one file. Recursion is bounded by `MAX_DEPTH`."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self._source = source
        self._findings = findings
        self._events: Iterator[yaml.Event] = iter(yaml.parse(source.text, Loader=_PARSER))

    def compose(self) -> Node | None:
        next(self._events)  # the stream's start
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return None
        node = self._node(next(self._events), depth=1)
        next(self._events)  # the document's end
        further = next(self._events)
        if not isinstance(further, yaml.StreamEndEvent):
            self._stop(further, "several_documents", "a second document begins here", hint="one file each")
        return node

    def _node(self, event: yaml.Event, *, depth: int) -> Node:
        self._refuse_references(event)
        line, column = _position(event)
        if isinstance(event, yaml.ScalarEvent):
            value = event.value if event.style else resolve(event.value)
            return Scalar(self._source, line, column, event.value, value, event.style or None)
        if depth > MAX_DEPTH:
            self._stop(event, "too_deep", f"more than {MAX_DEPTH} levels")
        if isinstance(event, yaml.SequenceStartEvent):
            return ListNode(self._source, line, column, self._items(depth))
        return self._map(line, column, depth)

    def _items(self, depth: int) -> list[Node]:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth=depth + 1))
        return items

    def _map(self, line: int, column: int, depth: int) -> MapNode:
        keys: dict[str, Scalar] = {}
        values: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth=depth + 1)
            value = self._node(next(self._events), depth=depth + 1)
            if not isinstance(key, Scalar) or not isinstance(key.value, str):
                hint = f'write "{key.text}"' if isinstance(key, Scalar) and key.text else None
                message = f"a key is a text, this is {describe(key)}"
                self._findings.error(key.place, "non_string_key", message, hint=hint)
            elif key.text in keys:
                first = keys[key.text]
                message = f"{key.text!r} stands here twice; first in line {first.line}"
                self._findings.error(key.place, "duplicate_key", message, hint="keep one of them")
            else:
                keys[key.text], values[key.text] = key, value
        return MapNode(self._source, line, column, keys, values)

    def _refuse_references(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._stop(event, "alias", f"the alias '*{event.anchor}' is not read", hint="write it out")
        if not isinstance(event, yaml.NodeEvent):
            return
        if event.anchor is not None:
            self._stop(event, "anchor", f"the anchor '&{event.anchor}' is not read", hint="write it out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._stop(event, "tag", f"the tag {tag!r} is not read", hint="leave the tag out")

    def _stop(self, event: yaml.Event, code: str, message: str, *, hint: str | None = None) -> NoReturn:
        self._findings.error(self._source.place(*_position(event)), code, message, hint=hint)
        raise _Stop


def _position(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
