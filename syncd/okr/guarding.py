"""Guards: a suspicious value is held back until a person confirms it, or a believable one is read.

What is held stands in the details of the state, `{value, since, reason, as_of}`; the last believed
value stays. A value that was believed once is believed again.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

from syncd.okr.body import moment
from syncd.okr.definition import Guard, KeyResult
from syncd.okr.reading import ErrorFact
from syncd.okr.state import Details, KeyResultState
from syncd.okr.value import LATEST, Value

HELD: Final = "held"
CONFIRMED: Final = "confirmed"
"""The detail that holds what a person accepted of the held value, until the next evaluation."""


def guarded(
    rule: Guard, key_result: KeyResult, read: Value, before: KeyResultState | None, *, now: datetime
) -> tuple[Value, Details]:
    """The value that is believed, and what is held back.

    Args:
        before: The last state as measured; what it shows was believed.
    """
    if before is not None and before.measure_digest != key_result.measure_digest:
        before = None  # the older value is another number
    memory = (before.details if before else None) or {}
    held, believed = memory.get(HELD), _believed(before)
    if held is not None and CONFIRMED in memory:
        believed = memory[CONFIRMED]
        if read.read_at is None:  # it cannot be read again now
            as_of = datetime.fromisoformat(held["as_of"]) if held["as_of"] else None
            return read._replace(current=believed, as_of=as_of, evidence=()), {}
    if read.current is None or read.current == believed:
        is_still_held = held is not None and read.read_at is None
        return (_with_error(read, held, key_result), {HELD: held}) if is_still_held else (read, {})
    reason = suspicion(rule, read.current, believed=believed) or shrunk(rule, key_result, read, before)
    if reason is None:
        return read, {}
    fact = {
        "value": read.current,
        "since": held["since"] if held else moment(now),
        "reason": reason,
        "as_of": moment(read.as_of),
    }
    last = Value(
        current=believed,
        error=read.error,
        as_of=before.as_of if before else None,
        last_good_at=read.last_good_at,
        evidence=before.evidence if before else (),
    )
    return _with_error(last, fact, key_result), {HELD: fact}


def suspicion(rule: Guard, value: float, *, believed: float | None) -> str | None:
    """Why the value is not believed; None: it is."""
    if rule.low is not None and value < rule.low:
        return f"it is under {rule.low:.15g}"
    if rule.high is not None and value > rule.high:
        return f"it is over {rule.high:.15g}"
    if rule.max_jump is None or believed is None:
        return None
    jump = abs(value - believed)
    # 0.8 - 0.5 is a hair over 0.3.
    if jump <= rule.max_jump or math.isclose(jump, rule.max_jump):
        return None
    return f"it was {believed:.15g}, and may move by {rule.max_jump:.15g} at once"


def shrunk(rule: Guard, key_result: KeyResult, read: Value, before: KeyResultState | None) -> str | None:
    """What the value is divided by has shrunk too much since the believed one; None: it has not.

    A ratio that stays where it was is believed even so; half of a list that is missing moves it.
    """
    if rule.max_shrink is None or key_result.formula is None or before is None:
        return None
    was = {one.measurement: one.value for one in before.evidence}
    for one in read.evidence:
        least = was.get(one.measurement, 0.0) * (1 - rule.max_shrink)
        if one.measurement in key_result.formula.divisors and _is_under(one.value, least):
            return (
                f"{one.measurement} was {was[one.measurement]:.15g} and is {one.value:.15g},"
                f" and may shrink by {rule.max_shrink:.0%} at once"
            )
    return None


def _is_under(value: float, least: float) -> bool:
    return value < least and not math.isclose(value, least)


def _believed(before: KeyResultState | None) -> float | None:
    if before is None:
        return None
    latest: float | None = (before.details or {}).get(LATEST, before.current)
    return latest


def _with_error(value: Value, held: Details | None, key_result: KeyResult) -> Value:
    if held is None or value.error is not None:
        return value
    message = (
        f"{held['value']:.15g} was read and is held back: {held['reason']};"
        f" `syncd confirm {key_result.subject}` accepts it"
    )
    return value._replace(error=ErrorFact(code="held", message=message, actor="operator"), read_at=None)
