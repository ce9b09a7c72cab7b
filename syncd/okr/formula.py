"""Arithmetic over named measurements, and nothing but arithmetic.

    done / scope
    days(lead_time)
    max(a, b) if total >= 10 else 0

A comparison and a word of logic give 1 or 0; `and`, `or` and `if` do not look at what they do not
need. Every number is a float, and every step of the way must be finite.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from syncd.errors import EvaluationError
from syncd.okr.grammar import MAX_DEPTH, FormulaError, syntax_tree, too_deep

__all__ = ["FUNCTIONS", "SECONDS_IN", "Formula", "FormulaError", "parse"]

SECONDS_IN: Final[Mapping[str, float]] = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0}
"""Units that a duration converts to; each is a function of the same name, too."""

FUNCTIONS: Final = frozenset({"min", "max", "sum", "abs", *SECONDS_IN})

Run = Callable[[Mapping[str, float]], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A parsed formula.

    Attributes:
        names: The measurements that it needs.
        bare: The one name, when the formula is a name and nothing else.
        unwrapped: Names that stand somewhere outside `days()`, `hours()` and `minutes()`.
        divisors: Names that something is divided by.
    """

    text: str
    names: frozenset[str]
    bare: str | None
    unwrapped: frozenset[str]
    divisors: frozenset[str] = frozenset()
    run: Run = field(repr=False, compare=False)

    def evaluate(self, values: Mapping[str, float]) -> float:
        """The result, a finite float.

        Raises:
            EvaluationError: `division_by_zero`, `not_finite` or `missing_measurement`.
        """
        return self.run(values) + 0.0  # makes -0.0 a plain zero


def parse(text: str) -> Formula:
    """Read a formula.

    Raises:
        FormulaError: It is not arithmetic, or divides by the constant zero.
    """
    body = syntax_tree(text)
    compiler = _Compiler(indent=len(text) - len(text.lstrip()))
    run = compiler.compile(body, depth=1)
    return Formula(
        text=text,
        names=frozenset(compiler.names),
        bare=body.id if isinstance(body, ast.Name) else None,
        unwrapped=frozenset(compiler.unwrapped),
        divisors=frozenset(compiler.divisors),
        run=run,
    )


_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class _Compiler:
    """Turns a syntax tree into one closure per node; what it has no method for is refused."""

    def __init__(self, *, indent: int) -> None:
        self.names: set[str] = set()
        self.unwrapped: set[str] = set()
        self.divisors: set[str] = set()
        self._indent = indent
        self._names_seen = 0
        self._unit_functions_around = 0

    def compile(self, node: ast.expr, *, depth: int) -> Run:
        if depth > MAX_DEPTH:
            raise too_deep(self._column(node))
        match node:
            case ast.Constant():
                run = self._number(node)
            case ast.Name():
                run = self._name(node)
            case ast.UnaryOp():
                run = self._unary(node, depth)
            case ast.BinOp():
                run = self._binary(node, depth)
            case ast.BoolOp():
                run = self._logic(node, depth)
            case ast.Compare():
                run = self._comparison(node, depth)
            case ast.IfExp():
                run = self._choice(node, depth)
            case ast.Call():
                run = self._call(node, depth)
            case _:
                raise self._not_allowed(node)
        return run

    def _number(self, node: ast.Constant) -> Run:
        try:
            number = float(node.value)  # type: ignore[arg-type]  # the tokens let only numbers through
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._error(node, "the number is too large", code="number_too_large")
        return lambda _values: number

    def _name(self, node: ast.Name) -> Run:
        name, column = node.id, self._column(node)
        if name in FUNCTIONS:
            raise self._error(
                node,
                f"{name!r} is a function",
                code="formula_not_allowed",
                hint=f"write {name}(x)",
            )
        self.names.add(name)
        self._names_seen += 1
        if not self._unit_functions_around:
            self.unwrapped.add(name)

        def load(values: Mapping[str, float]) -> float:
            value = values.get(name)
            if value is None:
                raise EvaluationError(f"column {column}: no value for {name!r}", code="missing_measurement")
            return _finite(float(value), column)

        return load

    def _unary(self, node: ast.UnaryOp, depth: int) -> Run:
        operand = self.compile(node.operand, depth=depth + 1)
        if isinstance(node.op, ast.USub):
            return lambda values: -operand(values)
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(node.op, ast.Not):
            return lambda values: 0.0 if operand(values) else 1.0
        raise self._not_allowed(node)

    def _binary(self, node: ast.BinOp, depth: int) -> Run:
        if isinstance(node.op, ast.Div):
            return self._division(node, depth)
        operation = _ARITHMETIC.get(type(node.op))
        if operation is None:
            raise self._not_allowed(node)
        left = self.compile(node.left, depth=depth + 1)
        right = self.compile(node.right, depth=depth + 1)
        column = self._column(node)
        return lambda values: _finite(operation(left(values), right(values)), column)

    def _division(self, node: ast.BinOp, depth: int) -> Run:
        left = self.compile(node.left, depth=depth + 1)
        names_before = self._names_seen
        right = self.compile(node.right, depth=depth + 1)
        self.divisors |= {part.id for part in ast.walk(node.right) if isinstance(part, ast.Name)} & self.names
        if self._names_seen == names_before:
            self._refuse_constant_zero(node.right, right)
        column = self._column(node.right)

        def divide(values: Mapping[str, float]) -> float:
            divisor = right(values)
            if divisor == 0:
                raise EvaluationError(f"column {column}: division by zero", code="division_by_zero")
            return _finite(left(values) / divisor, column)

        return divide

    def _refuse_constant_zero(self, node: ast.expr, divisor: Run) -> None:
        try:
            is_zero = divisor({}) == 0
        except EvaluationError as error:
            raise self._error(node, "this divisor never has a value", code=error.code) from error
        if is_zero:
            raise self._error(node, "this divisor is always zero", code="division_by_zero")

    def _logic(self, node: ast.BoolOp, depth: int) -> Run:
        parts = [self.compile(value, depth=depth + 1) for value in node.values]
        if isinstance(node.op, ast.And):
            return lambda values: 1.0 if all(part(values) for part in parts) else 0.0
        return lambda values: 1.0 if any(part(values) for part in parts) else 0.0

    def _comparison(self, node: ast.Compare, depth: int) -> Run:
        first = self.compile(node.left, depth=depth + 1)
        links = []
        for sign, right in zip(node.ops, node.comparators, strict=True):
            if type(sign) not in _COMPARISONS:
                raise self._not_allowed(node)
            links.append((_COMPARISONS[type(sign)], self.compile(right, depth=depth + 1)))

        def compare(values: Mapping[str, float]) -> float:
            left = first(values)
            for holds, operand in links:  # `0 < a < 5` as in mathematics
                right = operand(values)
                if not holds(left, right):
                    return 0.0
                left = right
            return 1.0

        return compare

    def _choice(self, node: ast.IfExp, depth: int) -> Run:
        test = self.compile(node.test, depth=depth + 1)
        then = self.compile(node.body, depth=depth + 1)
        otherwise = self.compile(node.orelse, depth=depth + 1)
        return lambda values: then(values) if test(values) else otherwise(values)

    def _call(self, node: ast.Call, depth: int) -> Run:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            called = node.func.id if isinstance(node.func, ast.Name) else "this"
            raise self._error(
                node,
                f"{called!r} is no function of a formula",
                code="formula_unknown_function",
                hint=f"there are {', '.join(sorted(FUNCTIONS))}",
            )
        name = node.func.id
        takes_one = name == "abs" or name in SECONDS_IN
        if node.keywords or not node.args or (takes_one and len(node.args) > 1):
            wanted = "one argument" if takes_one else "one argument or more"
            raise self._error(node, f"{name}() takes {wanted}", code="formula_arguments")
        self._unit_functions_around += name in SECONDS_IN
        arguments = [self.compile(argument, depth=depth + 1) for argument in node.args]
        self._unit_functions_around -= name in SECONDS_IN
        return _function(name, arguments, self._column(node))

    def _not_allowed(self, node: ast.expr) -> FormulaError:
        return self._error(node, "this is not arithmetic", code="formula_not_allowed")

    def _error(self, node: ast.expr, message: str, *, code: str, hint: str | None = None) -> FormulaError:
        return FormulaError(message, column=self._column(node), code=code, hint=hint)

    def _column(self, node: ast.expr) -> int:
        return self._indent + node.col_offset + 1


def _function(name: str, arguments: Sequence[Run], column: int) -> Run:
    first = arguments[0]
    if name in SECONDS_IN:
        seconds = SECONDS_IN[name]
        return lambda values: first(values) / seconds
    if name == "abs":
        return lambda values: abs(first(values))
    if name == "min":
        return lambda values: min(argument(values) for argument in arguments)
    if name == "max":
        return lambda values: max(argument(values) for argument in arguments)
    return lambda values: _finite(sum(argument(values) for argument in arguments), column)


def _finite(value: float, column: int) -> float:
    if not math.isfinite(value):
        raise EvaluationError(f"column {column}: the result is not a finite number", code="not_finite")
    return value
