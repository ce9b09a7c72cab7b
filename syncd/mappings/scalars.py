"""Plain YAML scalars by the core schema of YAML 1.2: `no` and `10:30` are text, `0123` is 123.

Two departures. A number that no float can hold stays text, and so do `.inf` and `.nan`: syncd
knows finite numbers only, and a text where a number is wanted is an error with a place.
"""

from __future__ import annotations

import math
import re

Value = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_BASED = re.compile(r"0o[0-7]{1,200}|0x[0-9a-fA-F]{1,200}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 400
"""Characters; more is nobody's number, and `float` of a megabyte of digits is slow."""


def is_beyond_numbers(text: str) -> bool:
    """Whether the plain scalar `text` stays text only because no float can hold it."""
    return isinstance(resolve(text), str) and _FLOAT.fullmatch(text) is not None


def resolve(text: str) -> Value:
    """The value of the plain scalar `text`."""
    if text in _WORDS:
        return _WORDS[text]
    if not (text[0] in "+-." or "0" <= text[0] <= "9") or len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
