"""Evaluates the part of GitHub's search language that people write into key results.

words := word* ("OR" word*)*        side by side means AND
word  := ["-" | "NOT"] ("(" words ")" | name ":" value | text)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any

from connectors.github.emulated import world as content
from connectors.github.emulated.world import Thing

Found = tuple[str, Thing]
"""An issue or pull request, with the full name of its repository."""
Test = Callable[[Found], bool]

_TOKEN = re.compile(r'\s*(-?(?:[A-Za-z-]+:(?:"[^"]*"|[^\s()"]+)|\(|"[^"]*"|[^\s()"]+)|\))')


class SearchError(ValueError):
    """The text is no search."""


def found(world: Mapping[str, Any], text: str) -> list[Found]:
    test = _Parser(text).whole()
    every = ((name, issue) for name, repo in content.repos(world) for issue in content.issues(repo))
    return [one for one in every if test(one)]


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)

    def whole(self) -> Test:
        test = self._any()
        if self._tokens:
            raise SearchError(f"unexpected {self._tokens[0]!r}")
        return test

    def _any(self) -> Test:
        options = [self._all()]
        while self._tokens and self._tokens[0] == "OR":
            self._tokens.pop(0)
            options.append(self._all())
        return lambda one: any(test(one) for test in options)

    def _all(self) -> Test:
        tests: list[Test] = []
        while self._tokens and self._tokens[0] not in ("OR", ")"):
            if self._tokens[0] == "AND":
                self._tokens.pop(0)
                continue
            tests.append(self._word())
        return lambda one: all(test(one) for test in tests)

    def _word(self) -> Test:
        if not self._tokens:
            raise SearchError("something is missing at the end")
        token = self._tokens.pop(0)
        if token == "NOT":  # noqa: S105  # a word of the language
            inner = self._word()
            return lambda one: not inner(one)
        negated, token = token.startswith("-"), token.removeprefix("-")
        test = self._group() if token == "(" else _term(token)  # noqa: S105  # see above
        return (lambda one: not test(one)) if negated else test

    def _group(self) -> Test:
        test = self._any()
        if not self._tokens or self._tokens.pop(0) != ")":
            raise SearchError("a bracket is not closed")
        return test


def _term(token: str) -> Test:
    name, colon, value = token.partition(":")
    value = value.strip('"')
    if not colon:
        wanted = token.strip('"').lower()
        return lambda one: wanted in str(one[1].get("title", "")).lower()
    if name not in _QUALIFIERS:
        raise SearchError(f"unknown qualifier {name!r}")
    return _QUALIFIERS[name](value)


def _is(value: str) -> Test:
    tests: dict[str, Test] = {
        "issue": lambda one: not one[1].get("is_pr"),
        "pr": lambda one: bool(one[1].get("is_pr")),
        "open": lambda one: content.state(one[1]) == "open",
        "closed": lambda one: content.state(one[1]) != "open",
        "merged": lambda one: content.state(one[1]) == "merged",
        "unmerged": lambda one: bool(one[1].get("is_pr")) and content.state(one[1]) != "merged",
    }
    if value not in tests:
        raise SearchError(f"nothing is {value!r}")
    return tests[value]


def _text(read: Callable[[Found], str]) -> Callable[[str], Test]:
    return lambda value: lambda one: read(one).lower() == value.lower()


def _label(value: str) -> Test:
    wanted = {label.strip('"').lower() for label in value.split(",")}
    return lambda one: bool(wanted & {label.lower() for label in one[1].get("labels", [])})


def _dates(field: str) -> Callable[[str], Test]:
    def test_of(value: str) -> Test:
        inside = range_of(value)

        def test(one: Found) -> bool:
            text = content.updated(one[1]) if field == "updated_at" else one[1].get(field)
            return bool(text) and inside(content.moment(str(text)))

        return test

    return test_of


def range_of(value: str) -> Callable[[datetime], bool]:
    """`A..B`, `>A`, `>=A`, `<A`, `<=A`, `A`; both ends inside; a date is its whole day."""
    if ".." in value:
        first, last = value.split("..")
        low = None if first == "*" else _start(first)
        high = None if last == "*" else _end(last)
        return lambda at: (low is None or at >= low) and (high is None or at <= high)
    sign = re.match(r"[<>]=?", value)
    bare = value[len(sign[0]) :] if sign else value
    start, end = _start(bare), _end(bare)
    match sign[0] if sign else "":
        case ">":
            return lambda at: at > end
        case ">=":
            return lambda at: at >= start
        case "<":
            return lambda at: at < start
        case "<=":
            return lambda at: at <= end
    return lambda at: start <= at <= end


def _start(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise SearchError(f"{text!r} is no date") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _end(text: str) -> datetime:
    at = _start(text)
    return datetime.combine(at.date(), time(23, 59, 59), UTC) if "T" not in text else at


_QUALIFIERS: dict[str, Callable[[str], Test]] = {
    "is": _is,
    "type": _is,
    "state": _is,
    "repo": _text(lambda one: one[0]),
    "org": _text(lambda one: one[0].partition("/")[0]),
    "user": _text(lambda one: one[0].partition("/")[0]),
    "author": _text(lambda one: str(one[1].get("author", ""))),
    "milestone": _text(lambda one: str(one[1].get("milestone") or "")),
    "label": _label,
    "created": _dates("created_at"),
    "closed": _dates("closed_at"),
    "merged": _dates("merged_at"),
    "updated": _dates("updated_at"),
}
