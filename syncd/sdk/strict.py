"""JSON from outside, taken at its word: no duplicate keys, no NaN, no number that is infinite,
no half characters, not deep."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

DEEPEST = 32


class NotStrict(ValueError):
    """The text is no JSON that is taken here; the message says why."""


def parse_json(text: bytes) -> Any:  # Any: JSON
    """The value.

    Raises:
        NotStrict: It is no JSON, or one that programs read differently.
    """
    if depth(text) > DEEPEST:
        raise NotStrict(f"the JSON is nested deeper than {DEEPEST} levels")
    try:
        value = json.loads(
            text.decode("utf-8"),
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise NotStrict("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotStrict(
            f"the body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    if b"\\u" in text:  # only an escape can write what is no text
        _check_texts(value)
    return value


def parse_object(text: bytes) -> dict[str, Any]:  # Any: JSON
    """As `parse_json`, for what must be an object.

    Raises:
        NotStrict: It is none.
    """
    found = parse_json(text)
    if not isinstance(found, dict):
        raise NotStrict("the JSON is no object")
    return found


def depth(text: bytes) -> int:
    """How deep brackets nest outside of strings; in one pass, whatever the text is."""
    deepest = level = 0
    for token in _TOKENS.finditer(text):
        sign = token[0][0]
        if sign in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif sign in b"]}":
            level -= 1
    return deepest


# A string without an end matches too: it must not be looked through again from each of its quotes.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def _check_texts(value: object) -> None:
    """No half characters, which no encoding has, and no NUL, which databases end a text at."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise NotStrict("a text has a character that is none")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_texts(key)
            _check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(inner)


def _constant(name: str) -> NoReturn:
    raise NotStrict(f"{name} is no number in JSON")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotStrict("a number is too large")
    return value


def _int(text: str) -> int:
    if len(text) > 30:  # no count has so many digits, and Python raises at its own limit
        raise NotStrict("a number is too long")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: JSON
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("an object names a key twice")
    return found
