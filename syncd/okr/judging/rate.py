"""Rate: at least so much in every period of the cycle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from syncd.errors import EvaluationError
from syncd.okr.judging.facts import Facts, Judged
from syncd.okr.kinds import Rate
from syncd.okr.pace import reach_pace
from syncd.okr.period import Period, periods_of
from syncd.okr.periodic import begun, is_periodic, readings_in
from syncd.okr.progress import clamp
from syncd.okr.reading import ErrorFact
from syncd.okr.state import KeyResultState, Pace
from syncd.okr.tally import Tally, tally, to_float
from syncd.okr.value import LATEST, error_fact, value_of
from syncd.okr.written import written

NAME = "rate"
"""The detail that holds everything of a rate but the total last read."""


class Begins(NamedTuple):
    """What a total was when its counting began: `counted` as it counts, `read` as it was first read."""

    counted: float
    read: float


class Amounts(NamedTuple):
    """What is known of the periods that have begun.

    Attributes:
        known: First day of a period -> its amount; the rest could not be read.
        error: The first one that stands in the way of a closed period's amount.
        base, latest: Of a running total: when the newest known period began, and now.
        begins: Of a running total: what its first amount counts from.
    """

    known: dict[str, float]
    error: ErrorFact | None = None
    base: float | None = None
    latest: float | None = None
    begins: Begins | None = None


def judge(kind: Rate, facts: Facts) -> Judged:
    periods = begun(facts.key_result, now=facts.now)
    try:
        amounts = _amounts(kind, facts, periods)
    except EvaluationError as error:
        return _stuck(error_fact(error), facts)
    whole = periods_of(facts.key_result.cycle, kind.every)
    closed = sum(period.ends_at <= facts.now for period in periods)
    newest = next((period for period in reversed(periods) if _name(period) in amounts.known), None)
    in_order = [amounts.known.get(_name(period)) for period in periods]
    try:
        counted = tally(
            _covered(kind, in_order),
            [period.need(kind.need) for period in whole],
            closed=closed,
            carry_over=kind.carry_over,
            reaches_back=_reaches_back(kind, in_order, closed=closed),
        )
        share = to_float(counted.counted / counted.needed) if amounts.known else None
        details = _details(kind, amounts, counted, whole=whole, begun=periods, newest=newest)
    except EvaluationError as error:
        return _stuck(amounts.error or error_fact(error), facts)
    return Judged(
        current=amounts.known[_name(newest)] if newest else None,
        progress=None if share is None else clamp(share),
        unclamped=share,
        pace=_pace(counted, share, facts),
        error=amounts.error,
        details=details,
    )


def _stuck(error: ErrorFact, facts: Facts) -> Judged:
    """The numbers burst a float. What is known of the periods stays."""
    return Judged(error=error, details=facts.before.details if facts.before else None)


def _amounts(kind: Rate, facts: Facts, periods: Sequence[Period]) -> Amounts:
    memory = _memory(kind, facts)
    if is_periodic(facts.key_result):
        return _asked(facts, periods, memory)
    if kind.of == "amount":
        return _collected(facts, periods, memory)
    return _differences(kind, facts, periods, memory)


def _asked(facts: Facts, periods: Sequence[Period], memory: Mapping[str, float]) -> Amounts:
    """Every period has readings of its own, and the formula makes its amount of them."""
    known: dict[str, float] = {}
    error: ErrorFact | None = None
    for period in periods:
        readings = readings_in(facts.key_result, facts.readings, period, now=facts.now)
        value = value_of(facts.key_result, readings, None)
        if value.error is not None or any(it and it.good and it.good.approximate for it in readings):
            last = _as_of_then(facts.before, memory.get(_name(period)))
            value = value_of(facts.key_result, readings, last)
        if value.current is not None:
            known[_name(period)] = value.current
        if value.error is not None and error is None and period.ends_at <= facts.now:
            error = replace(value.error, message=f"{period.label}: {value.error.message}")
    return Amounts(known=known, error=error)


def _as_of_then(before: KeyResultState | None, amount: float | None) -> KeyResultState | None:
    """The last state as if it spoke of the period whose amount this was."""
    if before is None or amount is None:
        return None
    return replace(before, current=amount, details=None)


def _collected(facts: Facts, periods: Sequence[Period], memory: dict[str, float]) -> Amounts:
    """The value is the amount of the period in which it was read; its last one there stays."""
    read = _read_in(facts, periods)
    if read is not None and facts.value.current is not None:
        memory[_name(read)] = facts.value.current
    return Amounts(known=memory)


def _differences(kind: Rate, facts: Facts, periods: Sequence[Period], memory: dict[str, float]) -> Amounts:
    """The value is a total: a period's amount is what the total grew between its ends.

    After periods in which nothing was read, nobody knows when the total grew. Where only the sum
    counts (`carry_over`) the difference counts as a whole; else it counts from the first value
    read, and what came before belongs to nobody.
    """
    details = (facts.before.details if facts.before and memory else None) or {}
    so_far = details.get(NAME, {})
    # A total that a person says takes the place of the one that was read last.
    base, latest = so_far.get("base"), so_far.get("total", details.get(LATEST))
    began = Begins(**so_far["begins"]) if "begins" in so_far else None
    if began is not None and base is not None and memory:
        began, base = _begun_anew(kind, began, base, periods, memory)
    so_far_known = Amounts(known=memory, base=base, latest=latest, begins=began)
    read, total = _read_in(facts, periods), facts.value.current
    if read is None or total is None:
        return so_far_known
    newest = max(memory, default=None)
    if newest is not None and _name(read) < newest:  # a clock went back
        return so_far_known
    if newest is None:
        base = _first_base(kind, total, is_first=read == periods[0])
        began = Begins(counted=base, read=total)
    elif _name(read) != newest or base is None:
        was_known = _name(periods[periods.index(read) - 1]) == newest
        base = latest if latest is not None and (was_known or kind.carry_over) else total
    memory[_name(read)] = _grown(base, total)
    return Amounts(known=memory, base=base, latest=total, begins=began)


def _begun_anew(
    kind: Rate, began: Begins, base: float, periods: Sequence[Period], memory: dict[str, float]
) -> tuple[Begins, float]:
    """Counts the first amount, in `memory`, from what `start` says today."""
    first = min(memory)
    counted = _first_base(kind, began.read, is_first=first == _name(periods[0]))
    memory[first] = to_float(written(memory[first]) + written(began.counted) - written(counted))
    return began._replace(counted=counted), counted if first == max(memory) else base


def _first_base(kind: Rate, read: float, *, is_first: bool) -> float:
    """What the first amount counts from, in the first period of the cycle or in a later one."""
    return kind.start if kind.start is not None and (is_first or kind.carry_over) else read


def _grown(base: float, total: float) -> float:
    return to_float(written(total) - written(base))


def _read_in(facts: Facts, periods: Sequence[Period]) -> Period | None:
    """The period in which the value was read, all of it; None for a value that was merely kept."""
    newest, oldest = facts.value.read_at, facts.value.last_good_at
    if newest is None:
        return None
    read = next((it for it in periods if it.starts_at <= newest < it.ends_at), None)
    # A formula over a Sunday's reading and a Monday's speaks of neither week.
    if read is None or (facts.key_result.inputs and oldest is not None and oldest < read.starts_at):
        return None
    return read


def _memory(kind: Rate, facts: Facts) -> dict[str, float]:
    """The amounts known so far, if the same measure counted them in the same periods."""
    details = facts.memory(kind.name).get(NAME, {})
    if (details.get("every"), details.get("of")) != (kind.every, kind.of):
        return {}
    amounts = details["amounts"]
    names = {_name(period) for period in periods_of(facts.key_result.cycle, kind.every)}
    return {name: amount for name, amount in amounts.items() if amount is not None and name in names}


def _covered(kind: Rate, amounts: Sequence[float | None]) -> list[float | None]:
    """A total carried over covers the periods that nobody read: their share is in a later difference."""
    if not (kind.carry_over and kind.of == "running_total"):
        return list(amounts)
    known = [n for n, amount in enumerate(amounts) if amount is not None]
    first = 0 if kind.start is not None else min(known, default=0)
    return [
        0.0 if amount is None and known and first <= n < known[-1] else amount
        for n, amount in enumerate(amounts)
    ]


def _reaches_back(kind: Rate, amounts: Sequence[float | None], *, closed: int) -> bool:
    """Whether a total grew over closed periods into the running one, nobody knows when.

    The needs of those periods are held against it, so it counts for them: whoever is told to be late
    is late, however the growth was spread. When the running period is over, it is one of them.
    """
    if closed in (0, len(amounts)) or amounts[closed] is None or amounts[closed - 1] is not None:
        return False
    return _covered(kind, amounts)[closed - 1] is not None


def _pace(counted: Tally, share: float | None, facts: Facts) -> Pace | None:
    """Held against the periods that are over: of one that still runs nothing is expected yet."""
    if facts.expected is None or share is None:
        return None
    if share >= 1:
        return "ahead"
    return reach_pace(
        float(counted.closed_counted / counted.needed),
        expected=float(counted.closed_needed / counted.needed),
        calendar=facts.calendar,
    )


# Any: JSON.
def _details(
    kind: Rate,
    amounts: Amounts,
    counted: Tally,
    *,
    whole: Sequence[Period],
    begun: Sequence[Period],
    newest: Period | None,
) -> dict[str, Any]:
    rate: dict[str, Any] = {
        "every": kind.every,
        "need": kind.need,
        "of": kind.of,
        "carry_over": kind.carry_over,
        "periods": len(whole),
        "closed": counted.closed,
        "met": counted.met,
        "unread": counted.unread,
        "counted": to_float(counted.counted),
        "needed": to_float(counted.needed),
        "period": None
        if newest is None
        else {
            "first_day": newest.first_day.isoformat(),
            "last_day": newest.last_day.isoformat(),
            "need": to_float(newest.need(kind.need)),
        },
        "amounts": {_name(period): amounts.known.get(_name(period)) for period in begun},
    }
    if amounts.base is None or amounts.latest is None:
        return {NAME: rate}
    rate |= {"base": amounts.base, "total": amounts.latest}
    if amounts.begins is not None:
        rate["begins"] = amounts.begins._asdict()
    return {NAME: rate, LATEST: amounts.latest}


def _name(period: Period) -> str:
    """How the details name a period; in one rate no two begin on one day."""
    return period.first_day.isoformat()
