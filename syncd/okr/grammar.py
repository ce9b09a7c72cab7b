"""What the text of a formula may consist of: text -> Python's syntax tree of one expression."""

from __future__ import annotations

import ast
import keyword
import re
from typing import Final, NoReturn

from syncd.errors import ConfigError

MAX_CHARACTERS: Final = 2_000
MAX_DEPTH: Final = 100
"""Operations inside operations; also bounds the terms of one chain `a + b + c + ...`."""


class FormulaError(ConfigError):
    """A text that is no formula; `column` counts from 1 in that text."""

    code = "formula_syntax"

    def __init__(
        self, message: str, *, column: int, code: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.column = column

    def __str__(self) -> str:
        return f"column {self.column}: {self.args[0]}"


def syntax_tree(text: str) -> ast.expr:
    """The expression that `text` is; columns count from its first character that is not blank.

    Raises:
        FormulaError: Too long, or not of numbers, names and signs that Python can read.
    """
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(
            f"the formula has {len(text)} characters, at most {MAX_CHARACTERS} are allowed",
            column=MAX_CHARACTERS + 1,
            code="formula_too_long",
        )
    _check_tokens(text)
    # One space for each blank: a formula may run over lines, and columns must not move.
    line = re.sub(r"\s", " ", text, flags=re.ASCII)
    try:
        return ast.parse(line.strip(), mode="eval").body
    except SyntaxError as error:
        raise _unreadable(line, error) from error
    except (RecursionError, MemoryError) as error:  # how CPython's parser says that it gave up
        raise too_deep() from error


def too_deep(column: int = 1) -> FormulaError:
    return FormulaError(
        f"the formula is nested more than {MAX_DEPTH} deep",
        column=column,
        code="formula_too_deep",
        hint="add many terms with sum(a, b, ...), or name a part of it as a measurement of its own",
    )


def _unreadable(line: str, error: SyntaxError) -> FormulaError:
    if "too many nested" in error.msg:
        return too_deep()
    at = len(line) - len(line.lstrip()) + max((error.offset or 1) - 1, 0)
    if "never closed" in error.msg:
        return FormulaError("this parenthesis is never closed", column=at + 1)
    if line.rstrip().endswith(tuple("+-*/<>=,")):
        return FormulaError("the formula ends too early", column=len(line.rstrip()) + 1)
    return FormulaError(f"the formula cannot be read from {line[at:].strip()[:20]!r} on", column=at + 1)


# Numbers, names and signs, so that Python's own parser sees nothing else: no text, no `0x10`, `1_000`
# or `2j`, no letter that Unicode would fold into another.
_TOKEN = re.compile(
    r"""\s+
    | (?P<number> (?: [0-9]+ (?:\.[0-9]*)? | \.[0-9]+ ) (?:[eE][+-]?[0-9]+)? (?![A-Za-z0-9_.]) )
    | (?P<name> [a-z][a-z0-9_]* )
    | (?P<sign> [<>=!]= | [<>] | \*\* | // | [-+*/(),] )
    """,
    re.VERBOSE | re.ASCII,
)
_WORDS = frozenset({"and", "or", "not", "if", "else"})
_NO_SIGNS = {
    "**": "there is no power; write x * x",
    "//": "there is no whole division; write a / b",
}


def _check_tokens(text: str) -> None:
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            _refuse_character(text, at)
        word = token.group()
        if token.lastgroup == "name" and keyword.iskeyword(word) and word not in _WORDS:
            raise FormulaError(
                f"{word!r} is no word of a formula",
                column=at + 1,
                code="formula_not_allowed",
            )
        if word in _NO_SIGNS:
            raise FormulaError(
                f"{word!r} is no operator of a formula",
                column=at + 1,
                code="formula_not_allowed",
                hint=_NO_SIGNS[word],
            )
        at = token.end()
    if not text.strip():
        raise FormulaError("the formula is empty", column=1, code="formula_empty")


def _refuse_character(text: str, at: int) -> NoReturn:
    character = text[at]
    if character == "=":
        hint = "to compare, write =="
    elif character == "%":
        hint = "there are no percents; write 0.4 for 40 %"
    elif character.isalpha() or character == "_":
        hint = "names are lower case: a letter, then letters, digits and _"
    elif character.isdigit():
        hint = "numbers are written 1000, 0.25 or 1e6"
    else:
        hint = "a formula has numbers, names, + - * / ( ) , and comparisons"
    raise FormulaError(
        f"a formula cannot go on with {text[at : at + 10]!r}",
        column=at + 1,
        code="formula_not_allowed",
        hint=hint,
    )
