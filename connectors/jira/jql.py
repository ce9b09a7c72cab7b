"""JQL as text: what can be changed in it without changing what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple
from zoneinfo import ZoneInfo

from syncd.sdk import QueryRejected
from syncd.sdk.measurement import Instants

# Strings in either quote, with backslash escapes; words; anything else is one character.
_TOKEN = re.compile(
    r""" (?P<string> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
       | (?P<word> (?: \w | [.\-+:/@] | \\. )+ )
       | (?P<space> \s+ )
       | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)

_ANY_ZONE = timedelta(days=1)
"""More than any zone is away from UTC."""


class Token(NamedTuple):
    """A word, a string with its quotes, or a sign."""

    text: str
    is_word: bool = False

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def value(self) -> str:
        """Without quotes."""
        return self.text.strip("\"'")


def tokens_of(jql: str) -> list[Token]:
    """What the JQL is made of, without its ORDER BY and without space."""
    return [
        Token(token.group(), is_word=token.lastgroup == "word")
        for token in _TOKEN.finditer(conditions(jql))
        if token.lastgroup != "space"
    ]


def conditions(jql: str) -> str:
    """The JQL without its ORDER BY: no number depends on the order of issues."""
    return _read(jql).conditions


def within(jql: str, *, window: Instants, by: str, zone: ZoneInfo) -> str:
    """`jql`, narrowed to the issues whose moment `by` lies in the window; half-open.

    Jira reads dates in the asking profile's `zone`, and to the minute: both ends are cut to
    their minute, so that neighbouring windows neither overlap nor leave a gap. In the hour that
    an autumn clock change repeats, Jira itself cannot tell the two instants apart.

    Raises:
        QueryRejected: a bracket or a quote is open; what is appended would change its meaning.
    """
    return _narrowed(jql, f'{by} >= "{_minute(window.start, zone)}" AND {by} < "{_minute(window.end, zone)}"')


def around(jql: str, *, by: str, since: datetime, until: datetime | None = None) -> str:
    """`jql`, narrowed to at least the issues whose moment `by` lies between the two.

    For when the exact ends are drawn elsewhere: a day more on either side holds, whatever zone
    Jira reads dates in.

    Raises:
        QueryRejected: a bracket or a quote is open.
    """
    utc = ZoneInfo("UTC")
    narrowed = f'{by} >= "{_minute(since - _ANY_ZONE, utc)}"'
    if until is not None:
        narrowed += f' AND {by} < "{_minute(until + _ANY_ZONE, utc)}"'
    return _narrowed(jql, narrowed)


def is_one_of(keys: Iterable[str]) -> str:
    """The issues with these keys or ids; there is nothing in them that would need escaping."""
    quoted = ", ".join(f'"{key}"' for key in keys)
    return f"key in ({quoted})"


def _narrowed(jql: str, condition: str) -> str:
    read = _read(jql)
    if not read.is_closed:
        raise QueryRejected(
            f"a window cannot be added to the JQL {jql!r}: a bracket or a quote in it is not closed",
            code="jql_unbalanced",
            hint="close every bracket and quote",
        )
    return f"({read.conditions}) AND {condition}" if read.conditions else condition


@dataclass(frozen=True, slots=True, kw_only=True)
class _Jql:
    conditions: str
    is_closed: bool


def _read(jql: str) -> _Jql:
    # Not by `strip`: a space at the end may be escaped, and belong to the last word.
    tokens = [token for token in _TOKEN.finditer(jql) if token.lastgroup != "space"]
    kept, depth, is_closed = [], 0, True
    for token, following in zip_longest(tokens, tokens[1:]):
        is_outside = is_closed and depth == 0
        if is_outside and _is_word(token, "order") and _is_word(following, "by"):
            break
        kept.append(token)
        text = token.group()
        depth += {"(": 1, ")": -1}.get(text, 0)
        is_closed = is_closed and depth >= 0 and text not in ('"', "'", "\\")
    conditions = jql[kept[0].start() : kept[-1].end()] if kept else ""
    return _Jql(conditions=conditions, is_closed=is_closed and depth == 0)


def _is_word(token: re.Match[str] | None, word: str) -> bool:
    return token is not None and token.lastgroup == "word" and token.group().lower() == word


def _minute(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
