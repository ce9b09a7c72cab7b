"""Formulas: arithmetic over named measurements, and nothing else."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.errors import EvaluationError
from syncd.okr.formula import FUNCTIONS, Formula, FormulaError, parse

VALUES = {"a": 4.0, "b": 2.0, "c": 0.0, "done": 3.0, "scope": 4.0}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("done / scope", 0.75),
        ("a - b - 1", 1.0),
        ("a - (b - 1)", 3.0),
        ("-a + +b", -2.0),
        ("2 * a / b", 4.0),
        ("7 / 2", 3.5),
        ("1e3 + .5 + 2.", 1002.5),
        ("min(a, b, 3)", 2.0),
        ("max(a, b)", 4.0),
        ("sum(a, b, 1)", 7.0),
        ("sum(a)", 4.0),
        ("abs(b - a)", 2.0),
        ("days(172800)", 2.0),
        ("hours(a * 1800)", 2.0),
        ("minutes(90)", 1.5),
        ("a > b", 1.0),
        ("a < b", 0.0),
        ("a >= 4", 1.0),
        ("a <= 3", 0.0),
        ("a == 4", 1.0),
        ("a != 4", 0.0),
        ("1 < b < a", 1.0),
        ("1 < a < b", 0.0),
        ("a and b", 1.0),
        ("a and c", 0.0),
        ("c or b", 1.0),
        ("c or c", 0.0),
        ("not a", 0.0),
        ("not c", 1.0),
        ("a if b > 1 else c", 4.0),
        ("(done > 2) + (scope > 2) + (c > 2)", 2.0),
        ("  done\n  / scope\n", 0.75),
        ("c * -1", 0.0),
    ],
)
def test_a_formula_is_arithmetic(text: str, result: float) -> None:
    found = parse(text).evaluate(VALUES)

    assert found == result
    assert math.copysign(1, found) == math.copysign(1, result)


def test_what_is_not_needed_is_not_evaluated() -> None:
    assert parse("a / c if c else 7").evaluate(VALUES) == 7.0
    assert parse("c != 0 and a / c > 2").evaluate(VALUES) == 0.0
    assert parse("c == 0 or a / c > 2").evaluate(VALUES) == 1.0


def test_names_are_what_a_formula_needs() -> None:
    formula = parse("done / max(scope, 1) + done")

    assert formula.names == {"done", "scope"}
    assert formula.bare is None


@pytest.mark.parametrize("text", ["active", " active ", "(active)"])
def test_a_lone_name_is_bare(text: str) -> None:
    assert parse(text).bare == "active"


def test_names_outside_of_a_unit_function_are_unwrapped() -> None:
    formula = parse("days(lead + wait) / hours(lead) + wait * 2")

    assert formula.unwrapped == {"wait"}


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("", "formula_empty", 1),
        (" \n ", "formula_empty", 1),
        ("a +", "formula_syntax", 4),
        ("a b", "formula_syntax", 3),
        ("  a b", "formula_syntax", 5),
        ("(a", "formula_syntax", 1),
        ("a)", "formula_syntax", 2),
        ("a if b", "formula_syntax", 1),
        ("0123", "formula_syntax", 1),
        ("a ** b", "formula_not_allowed", 3),
        ("a // b", "formula_not_allowed", 3),
        ("a % b", "formula_not_allowed", 3),
        ("a = b", "formula_not_allowed", 3),
        ("a.b", "formula_not_allowed", 2),
        ("a[0]", "formula_not_allowed", 2),
        ("'text'", "formula_not_allowed", 1),
        ("a, b", "formula_not_allowed", 1),
        ("()", "formula_not_allowed", 1),
        ("min(*a)", "formula_not_allowed", 5),
        ("lambda: 1", "formula_not_allowed", 1),
        ("min(a for a in b)", "formula_not_allowed", 7),
        ("a is b", "formula_not_allowed", 3),
        ("True", "formula_not_allowed", 1),
        ("doneB", "formula_not_allowed", 5),
        ("(a := 1)", "formula_not_allowed", 4),
        ("0x10", "formula_not_allowed", 1),
        ("1_000", "formula_not_allowed", 1),
        ("2j", "formula_not_allowed", 1),
        ("\N{FULLWIDTH LATIN SMALL LETTER A}", "formula_not_allowed", 1),
        ("a # note", "formula_not_allowed", 3),
        ("days", "formula_not_allowed", 1),
        ("1 + median(a)", "formula_unknown_function", 5),
        ("a(b)(c)", "formula_unknown_function", 1),
        ("min()", "formula_arguments", 1),
        ("abs(a, b)", "formula_arguments", 1),
        ("a / 0", "division_by_zero", 5),
        ("a / (1 - 1)", "division_by_zero", 6),
        ("a / (0 if 1 else 2)", "division_by_zero", 6),
        ("a / (1 / (1e308 * 10))", "not_finite", 11),
        ("1e999", "number_too_large", 1),
        ("1 + " + "9" * 400, "number_too_large", 5),
    ],
)
def test_what_is_no_formula_is_refused_at_its_column(text: str, code: str, column: int) -> None:
    with pytest.raises(FormulaError) as refused:
        parse(text)

    assert (refused.value.code, refused.value.column) == (code, column)
    assert str(refused.value).startswith(f"column {column}: ")


def test_a_function_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(FormulaError) as refused:
        parse("mean(a, b)")

    assert refused.value.hint is not None
    assert all(name in refused.value.hint for name in FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("1 + a / c", "division_by_zero", 9),
        ("a / (b - 2)", "division_by_zero", 6),
        ("a * 1e308 * 10", "not_finite", 1),
        ("sum(a * 4e307, 1e308)", "not_finite", 1),
        ("a + missing", "missing_measurement", 5),
    ],
)
def test_measurements_that_make_no_value_are_named_with_their_column(
    text: str, code: str, column: int
) -> None:
    formula = parse(text)

    with pytest.raises(EvaluationError, match=f"^column {column}: ") as failed:
        formula.evaluate(VALUES)

    assert failed.value.code == code


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_measurement_that_is_not_finite_is_no_value(value: float) -> None:
    with pytest.raises(EvaluationError, match="finite"):
        parse("1 if a > 0 else 0").evaluate({"a": value})


def test_a_text_of_2000_characters_is_read_and_one_more_is_not() -> None:
    assert parse("1".rjust(2_000)).evaluate({}) == 1.0
    with pytest.raises(FormulaError) as refused:
        parse("1".rjust(2_001))

    assert refused.value.code == "formula_too_long"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 2_000,
        "(" * 999 + "1" + ")" * 999,
        "-" * 1_999 + "1",
        "not " * 499 + "1",
        "1" + "+1" * 999,
        "1" + "/1" * 999,
        "1" + "<1" * 999,
        "1 if 1 else " * 166 + "1",
        "abs(" * 399 + "1" + ")" * 399,
        "1" + " and 1" * 333,
    ],
)
def test_nothing_that_fits_is_slow_or_breaks_the_parser(text: str) -> None:
    def read() -> None:
        try:
            parse(text).evaluate({})
        except FormulaError as refused:
            assert refused.code == "formula_too_deep"  # noqa: PT017  # others are no error at all

    began = time.process_time()
    calls = calls_in(read)

    # Counted, since seconds pass on a busy machine anyway; the square of it would be a million.
    assert calls < 20 * len(text)
    # What Python's own parser does inside one call: one that goes back and forth takes minutes.
    assert time.process_time() - began < 5


def calls_in(work: Callable[[], None]) -> int:
    """How many functions `work` calls, of Python and of C."""
    calls = 0

    def count(_: FrameType, what: str, __: object) -> None:
        nonlocal calls
        calls += what in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def test_a_parser_that_gives_up_deep_in_the_stack_is_answered_the_same() -> None:
    def parse_below(frames: int) -> None:
        if frames:
            parse_below(frames - 1)
        else:
            parse("-" * 1_999 + "1")

    with pytest.raises(FormulaError) as refused:
        parse_below(450)

    assert refused.value.code == "formula_too_deep"


_ALPHABET = st.sampled_from(
    [
        *"abc019.+-*/()<>=!,_ \n'\"[]{}:@%~^&|#\\x",
        "1e9",
        "min(",
        "sum(",
        "days(",
        " if ",
        " else ",
        " and ",
        " not ",
    ]
)
_FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(_ALPHABET, max_size=60).map("".join), _FINITE, _FINITE)
@example("a/b", 1e308, 5e-324)
@example("a*b", 1e308, 1e308)
def test_any_text_is_a_finite_number_or_one_of_two_errors(text: str, a: float, b: float) -> None:
    try:
        result = parse(text).evaluate({"a": a, "b": b, "c": 0.0})
    except (FormulaError, EvaluationError):
        return

    assert math.isfinite(result)


@given(st.text(max_size=40))
def test_no_text_at_all_breaks_the_parser(text: str) -> None:
    try:
        found: Formula | FormulaError = parse(text)
    except FormulaError as refused:
        found = refused

    assert isinstance(found, Formula) or 1 <= found.column <= len(text) + 1


def _expressions() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["a", "b", "c"]) | st.floats(0, 1e6).map(repr) | st.integers(0, 99).map(str)

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pairs = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "<", "<=", "==", "and", "or"]), inner)
        return st.one_of(
            pairs.map(lambda it: f"({it[0]} {it[1]} {it[2]})"),
            st.tuples(st.sampled_from(["min", "max", "sum"]), inner, inner).map(
                lambda it: f"{it[0]}({it[1]}, {it[2]})"
            ),
            st.tuples(inner, inner, inner).map(lambda it: f"({it[0]} if {it[1]} else {it[2]})"),
            inner.map(lambda it: f"-{it}"),
            inner.map(lambda it: f"(not {it})"),
        )

    return st.recursive(leaves, grow, max_leaves=12)


@given(_expressions(), _FINITE, _FINITE)
def test_what_can_be_said_means_what_python_means(text: str, a: float, b: float) -> None:
    values = {"a": a, "b": b, "c": 0.0}
    try:
        found = parse(text).evaluate(values)
    except (FormulaError, EvaluationError):
        return

    # Logic gives 1 or 0 here and an operand in Python: `+(not not x)` says the same in both.
    if " and " not in text and " or " not in text:
        functions = {"min": min, "max": max, "sum": lambda *terms: sum(terms), "__builtins__": {}}
        assert found == eval(text, functions, values)
