"""Change: the target is the start and so much more, or less."""

from __future__ import annotations

from syncd.errors import EvaluationError
from syncd.okr.judging.ends import details_of, start_of
from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.judging.reach import way
from syncd.okr.kinds import Change
from syncd.okr.phases import to_details
from syncd.okr.value import error_fact
from syncd.okr.written import written


def judge(kind: Change, facts: Facts) -> Judged:
    start = start_of(kind, facts)
    details = {
        "change": {"amount": kind.amount, "is_relative": kind.is_relative},
        **details_of(start=start),
        **to_details(facts.key_result.phases),
    }
    if start.value is None:
        return Judged(error=start.error, details=details)
    try:
        target = target_of(kind, start.value)
    except EvaluationError as error:
        return Judged(start=start.value, error=error_fact(error), details=details)
    judged = way(start.value, target, facts)
    return judged._replace(error=start.error or judged.error, details=details)


def target_of(kind: Change, start: float) -> float:
    """`start + change x |start|`, so that +40 % of -10 is -6; absolute: `start + change`.

    Raises:
        EvaluationError: `change_of_zero`, a share of zero is zero; `not_finite`.
    """
    if kind.is_relative and start == 0:
        raise EvaluationError(
            f"the start is 0, and {kind.amount:+.15g} of 0 is 0; say the change in the unit: change: +20",
            code="change_of_zero",
        )
    of, amount = written(start), written(kind.amount)
    try:
        return float(of + amount * abs(of) if kind.is_relative else of + amount)
    except OverflowError as error:
        raise EvaluationError(
            f"the target of a start of {start!r} is not a finite number", code="not_finite"
        ) from error
