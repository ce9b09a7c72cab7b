"""As much of JQL as the emulated site understands; the rest is refused in Jira's words, never ignored."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from connectors.jira.emulated.catalog import Catalog, Field, JqlError, Values
from connectors.jira.emulated.issues import EmulatedIssue, issues_of
from syncd.sdk.emulator import World

Finds: TypeAlias = Callable[[EmulatedIssue], bool]

_TOKEN = re.compile(
    r""" \s* (?: (?P<string> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
       | (?P<operator> >= | <= | != | !~ | [=<>~] )
       | (?P<mark> [(),] )
       | (?P<word> cf\[\d+\] | (?: [^\s"'()=<>!~,\[\]\\] | \\. )+ ) )
    """,
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


def search(jql: str, world: World, *, bounded: bool, check_values: bool = True) -> list[EmulatedIssue]:
    """The issues that the JQL finds, in its order.

    Args:
        bounded: Refuse a JQL without any condition, as Cloud does.
        check_values: Refuse values that do not exist, instead of finding nothing.
    """
    issues = issues_of(world)
    parser = _Parser(jql, Catalog(world, issues, check_values=check_values))
    finds = parser.conditions()
    if finds is None and bounded:
        raise JqlError(
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        )
    found = [issue for issue in issues if finds is None or finds(issue)]
    for field, is_descending in reversed(parser.order()):
        found.sort(key=_ranked_by(field), reverse=is_descending)
    return found


class _Parser:
    """conditions := all (OR all)* ; all := one (AND one)* ; one := NOT one | ( conditions ) | clause"""

    def __init__(self, jql: str, catalog: Catalog) -> None:
        self._catalog = catalog
        self._tokens = _tokens(jql)
        self._at = 0

    def conditions(self) -> Finds | None:
        """What stands before ORDER BY; None when nothing does."""
        if self._is_word("order") or self._at == len(self._tokens):
            return None
        finds = self._any()
        if self._at < len(self._tokens) and not self._is_word("order"):
            raise self._unexpected("either 'OR' or 'AND'")
        return finds

    def order(self) -> list[tuple[Field, bool]]:
        if not self._take_word("order"):
            return []
        if not self._take_word("by"):
            raise self._unexpected("'BY'")
        fields = []
        while True:
            field = self._catalog.field(self._text("a field name"))
            fields.append((field, self._take_word("desc") or (self._take_word("asc") and False)))
            if not self._take(","):
                break
        if self._at < len(self._tokens):
            raise self._unexpected("','")
        return fields

    def _any(self) -> Finds:
        parts = [self._all()]
        while self._take_word("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda issue: any(finds(issue) for finds in parts)

    def _all(self) -> Finds:
        parts = [self._one()]
        while self._take_word("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda issue: all(finds(issue) for finds in parts)

    def _one(self) -> Finds:
        if self._take_word("not") or self._take("!"):
            denied = self._one()
            return lambda issue: not denied(issue)
        if self._take("("):
            finds = self._any()
            if not self._take(")"):
                raise self._unexpected("')'")
            return finds
        return self._clause()

    def _clause(self) -> Finds:
        field = self._catalog.field(self._text("a field name"))
        if self._take_word("is"):
            is_denied = self._take_word("not")
            if not (self._take_word("empty") or self._take_word("null")):
                raise self._unexpected("'EMPTY'")
            return lambda issue: bool(field.read(issue)) == is_denied
        if self._take_word("not"):
            if not self._take_word("in"):
                raise self._unexpected("'IN'")
            return _denied(field, _among(field, self._list(field)))
        if self._take_word("in"):
            return _among(field, self._list(field))
        return self._comparison(field)

    def _comparison(self, field: Field) -> Finds:
        sort, sign = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if sort != "operator":
            raise self._unexpected("an operator")
        self._at += 1
        allowed = {"names": "= !=", "text": "~ !~", "number": "= != > >= < <=", "date": "= != > >= < <="}
        if sign not in allowed[field.sort].split():
            raise JqlError(f"The operator '{sign}' is not supported by the '{field.name}' field.")
        if self._take_word("empty") or self._take_word("null"):
            return lambda issue: bool(field.read(issue)) == (sign == "!=")
        value = self._value(field)
        match sign:
            case "=" | "!=" if field.sort == "names":
                is_it = _among(field, [value])
            case "~" | "!~":

                def is_it(issue: EmulatedIssue) -> bool:
                    return any(value in text for text in field.read(issue))
            case _:
                compare = _COMPARE[sign.removeprefix("!")]

                def is_it(issue: EmulatedIssue) -> bool:
                    return any(compare(found, value) for found in field.read(issue))

        return _denied(field, is_it) if sign.startswith("!") else is_it

    def _list(self, field: Field) -> Values:
        if not self._take("("):
            raise self._unexpected("'('")
        values = [self._value(field)]
        while self._take(","):
            values.append(self._value(field))
        if not self._take(")"):
            raise self._unexpected("')' or ','")
        return values

    def _value(self, field: Field) -> Any:
        text = self._text("a value")
        if self._take("("):
            if not self._take(")"):
                raise self._unexpected("')'")
            text += "()"
            if text.casefold() != "now()":
                raise JqlError(f"Unable to find JQL function '{text}'.")
        return self._catalog.value(field, text)

    def _text(self, expected: str) -> str:
        if self._at == len(self._tokens) or self._tokens[self._at][0] not in ("string", "word"):
            raise self._unexpected(expected)
        sort, text = self._tokens[self._at]
        self._at += 1
        return re.sub(r"\\(.)", r"\1", text[1:-1] if sort == "string" else text)

    def _take(self, mark: str) -> bool:
        is_there = self._at < len(self._tokens) and self._tokens[self._at] == ("mark", mark)
        self._at += is_there
        return is_there

    def _is_word(self, word: str) -> bool:
        sort, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        return sort == "word" and text.casefold() == word

    def _take_word(self, word: str) -> bool:
        is_there = self._is_word(word)
        self._at += is_there
        return is_there

    def _unexpected(self, expected: str) -> JqlError:
        got = f"'{self._tokens[self._at][1]}'" if self._at < len(self._tokens) else "the end of the query"
        return JqlError(f"Error in the JQL Query: Expecting {expected} but got {got}.")


def _tokens(jql: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at, end = 0, len(jql.rstrip())
    while at < end:
        found = _TOKEN.match(jql, at)
        if found is None or found.lastgroup is None:
            raise JqlError(
                "Error in the JQL Query: "
                f"The character '{jql[at:].lstrip()[:1]}' is a reserved JQL character. "
                "You must enclose it in a string or use the escape sequence."
            )
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return tokens


def _among(field: Field, wanted: Sequence[Any]) -> Finds:
    if field.sort == "names":
        return lambda issue: any(want in names for names in field.read(issue) for want in wanted)
    return lambda issue: any(found in wanted for found in field.read(issue))


def _denied(field: Field, finds: Finds) -> Finds:
    """In a JQL, what is empty is not unequal to anything."""
    return lambda issue: bool(field.read(issue)) and not finds(issue)


def _ranked_by(field: Field) -> Callable[[EmulatedIssue], Any]:
    """Any: whatever the field holds; issues where it is empty come last."""

    def rank(issue: EmulatedIssue) -> Any:
        values = field.read(issue)
        if not values:
            return (1, "")
        return (0, sorted(values[0]) if isinstance(values[0], frozenset) else values[0])

    return rank
