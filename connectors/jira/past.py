"""Whether what a JQL found at a past moment can be told today.

A window ends at that moment; the conditions around it are about today's issues. So only those may
stand in the JQL that sort issues once and for all, as far as people do not tidy up. `WAS` and
`DURING` know a few fields' past, in other words than people wrote: nothing is translated here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from connectors.jira.jql import Token, tokens_of

LASTING: Final = frozenset(
    {
        *("project", "category", "type", "issuetype", "labels", "component", "priority"),
        *("key", "issuekey", "issue", "id", "parent", "epic link"),
        *("reporter", "creator", "fixversion", "affectedversion"),
    }
)
"""Fields that sort issues."""

_LOGIC: Final = frozenset({"and", "or", "not"})
_OPERATORS: Final = frozenset({"in", "is", "was", "changed", "not"})
_SIGNS: Final = frozenset("=!~<>")


class _Condition(NamedTuple):
    field: str
    operator: str
    value: str


def moving(jql: str, *, by: str | None) -> str | None:
    """What in a JQL moves with time; None: nothing does.

    Args:
        by: The moment that a window looks at; None: the connector looks at the moments itself.
    """
    if by == "updated":
        return "`by: updated` is about the last update, which moves on"
    tokens = tokens_of(jql)
    if call := _call(tokens):
        return f"{call}() in the JQL means another thing at another time"
    for condition in _conditions(tokens):
        if condition.field not in LASTING and not _is_of_the_resolved(condition, by=by):
            return f"{condition.field!r} in the JQL is about today"
    return None


def _is_of_the_resolved(condition: _Condition, *, by: str | None) -> bool:
    """What every issue has that was resolved, from that moment on."""
    if by != "resolved":
        return False
    if condition.field == "resolution":
        return True
    return condition == _Condition("statuscategory", "=", "done")


def _call(tokens: list[Token]) -> str | None:
    """A function: its arguments stand right behind a word that is neither logic nor an operator."""
    for token, following in pairwise(tokens):
        if token.is_word and following.text == "(" and token.lower not in _LOGIC | _OPERATORS:
            return token.text
    return None


def _conditions(tokens: list[Token]) -> Iterator[_Condition]:
    """Each operator with what stands before and after it; one of two words, or two signs, is one."""
    for n, token in enumerate(tokens):
        before = tokens[n - 1] if n else None
        if not _is_operator(token) or (before is not None and _is_operator(before)):
            continue
        if token.lower == "not" and (before is None or before.text == "(" or before.lower in _LOGIC):
            continue
        after = tokens[n + 1].value.lower() if n + 1 < len(tokens) else ""
        yield _Condition(before.value.lower() if before else "", token.lower, after)


def _is_operator(token: Token) -> bool:
    return token.text in _SIGNS or (token.is_word and token.lower in _OPERATORS)
