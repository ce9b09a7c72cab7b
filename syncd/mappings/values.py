"""One node -> one value of the wanted type, or a finding that says what was wanted."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta

from syncd.mappings.findings import Findings, listed, nearest
from syncd.mappings.nodes import ListNode, MapNode, Node, Scalar, describe

_DURATION = re.compile(r"([0-9]{1,9})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=3660)
_DATE = re.compile(r"(19[7-9]|2[0-9]{2})[0-9]-[0-9]{2}-[0-9]{2}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_PERCENT = re.compile(r"([-+]?[0-9]{1,9}(?:\.[0-9]{1,9})?) ?%")
LONGEST_NAME = 63


class Values:
    """Every method takes a node and the name of its key; None means that a finding was made."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def text(self, node: Node, key: str) -> str | None:
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
            return node.value
        hint = f'write "{node.text}"' if isinstance(node, Scalar) and node.value is not None else None
        self._wrong(node, key, "a text", hint)
        return None

    def number(self, node: Node, key: str) -> float | None:
        if (
            isinstance(node, Scalar)
            and isinstance(node.value, int | float)
            and not isinstance(node.value, bool)
        ):
            return float(node.value)
        percent = _PERCENT.fullmatch(node.text) if isinstance(node, Scalar) else None
        hint = f"write {float(percent[1]) / 100:g}" if percent else None
        self._wrong(node, key, "a number", hint)
        return None

    def whole(self, node: Node, key: str) -> int | None:
        if (
            isinstance(node, Scalar)
            and isinstance(node.value, int)
            and not isinstance(node.value, bool)
            and node.value >= 1
        ):
            return node.value
        self._wrong(node, key, "a whole number of 1 or more")
        return None

    def flag(self, node: Node, key: str) -> bool | None:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self._wrong(node, key, "true or false")
        return None

    def duration(self, node: Node, key: str) -> timedelta | None:
        match = _DURATION.fullmatch(node.text) if isinstance(node, Scalar) else None
        if match is None:
            hint = "a whole number and a unit: 30s, 5m, 12h, 28d, 2w"
            self._wrong(node, key, "a duration", hint, code="invalid_duration")
            return None
        duration = parse_duration(match[0])
        if duration is None:
            self._wrong(node, key, "a duration of at most ten years", code="invalid_duration")
        return duration

    def day(self, node: Node, key: str) -> date | None:
        if isinstance(node, Scalar) and _DATE.fullmatch(node.text):
            try:
                return date.fromisoformat(node.text)
            except ValueError:
                pass
        self._wrong(node, key, "a date", "write it as 2026-10-31", code="invalid_date")
        return None

    def choice(self, node: Node, key: str, options: Collection[str]) -> str | None:
        if isinstance(node, Scalar) and node.value in options:
            return node.text
        word = node.text if isinstance(node, Scalar) else ""
        hint = nearest(word, options)
        self._wrong(node, key, listed(options, "or"), hint, code="invalid_value")
        return None

    def name(self, node: Node, key: str) -> str | None:
        """A part of an id: lower-case letters, digits and hyphens, at most 63."""
        text = self.text(node, key)
        if text is None or is_name(text):
            return text
        self._findings.error(node.place, "invalid_id", f"{text!r} cannot be part of an id", hint=_spelt(text))
        return None

    def map_node(self, node: Node, key: str) -> MapNode | None:
        if isinstance(node, MapNode):
            return node
        self._wrong(node, key, "a map")
        return None

    def list_node(self, node: Node, key: str) -> ListNode | None:
        if isinstance(node, ListNode):
            return node
        self._wrong(node, key, "a list")
        return None

    def _wrong(
        self, node: Node, key: str, wanted: str, hint: str | None = None, *, code: str = "wrong_type"
    ) -> None:
        message = f"expected {wanted} for {key!r}, got {describe(node)}"
        self._findings.error(node.place, code, message, hint=hint)


def parse_duration(text: str) -> timedelta | None:
    """`30s`, `5m`, `12h`, `28d` or `2w`, at most ten years; None: that is none."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    one = timedelta(**{_UNITS[match[2]]: 1})
    return int(match[1]) * one if int(match[1]) <= _LONGEST / one else None


def is_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


def is_label(text: str) -> bool:
    """Whether it can name a cycle, a connection, an endpoint."""
    return _LABEL.fullmatch(text) is not None


def check_label(key: Scalar, what: str, findings: Findings) -> bool:
    """Whether `key` can name a cycle, a connection, an endpoint; if not, that is a finding."""
    is_good = is_label(key.text)
    if not is_good:
        hint = "letters, digits, dots, hyphens and underscores, at most 63"
        findings.error(key.place, "invalid_id", f"{key.text!r} cannot name {what}", hint=hint)
    return is_good


def _spelt(text: str) -> str:
    """What the name would look like, or the rule where nothing is left of it."""
    allowed = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST_NAME]
    return f"write {allowed!r}" if allowed else "lower-case letters, digits and hyphens, at most 63"
