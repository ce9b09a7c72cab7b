"""Answers about the past -> check-ins of origin `import`. History only: no state, no event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from syncd.errors import SyncdError
from syncd.okr.definition import Calendar, Mappings, QueryKey
from syncd.okr.evaluate import evaluate
from syncd.okr.guarding import HELD
from syncd.okr.past import as_defined, lacks_start
from syncd.okr.reading import Reading
from syncd.okr.state import KeyResultState, States
from syncd.store.history import CheckIn
from syncd.store.imports import Recorded
from syncd.sync.backfill import Past, PastMoment
from syncd.sync.fold import good_read
from syncd.sync.measure import Answered, Answers

NOTHING_THERE: Final = "empty"
"""The code of a source that found nothing to make a number of: a missing value, and no fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A moment that stays unknown. `is_failure`: another try may find it."""

    at: datetime
    code: str
    message: str
    is_failure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came of one key result's past."""

    past: Past
    check_ins: tuple[CheckIn, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def only_new(self, recorded: Recorded | None) -> Filled:
        """Without what is recorded by now: the same moment, or a real value before it."""
        if recorded is None:
            return replace(self, check_ins=())
        return replace(
            self,
            check_ins=tuple(
                it
                for it in self.check_ins
                if it.at not in recorded.imported
                and (recorded.begins_at is None or it.at < recorded.begins_at)
            ),
        )


def fill(
    mappings: Mappings, pasts: Iterable[Past], asked: Iterable[Answers], states: States, *, calendar: Calendar
) -> list[Filled]:
    """Every moment evaluated under the mappings and the frozen ends of today.

    Args:
        states: The last ones; of a key result that has none, nothing is filled in.
    """
    answers = {key: answer for each in asked for key, answer in each.answers.items()}
    filled = []
    for past in pasts:
        state = states.get(past.key_result.subject)
        if not isinstance(state, KeyResultState):
            filled.append(Filled(past=past))
            continue
        found = _in_turn(mappings, past, as_defined(state), answers, calendar=calendar)
        filled.append(
            Filled(
                past=past,
                check_ins=tuple(it for it in found if isinstance(it, CheckIn)),
                gaps=tuple(it for it in found if isinstance(it, Gap)),
            )
        )
    return filled


def _in_turn(
    mappings: Mappings,
    past: Past,
    state: KeyResultState,
    answers: Mapping[QueryKey, Answered],
    *,
    calendar: Calendar,
) -> list[CheckIn | Gap]:
    """Each moment; a guard looks at how far it is from the last one that was believed."""
    found: list[CheckIn | Gap] = []
    before = state
    for moment in past.moments:
        made = _check_in(mappings, past, moment, before, answers, calendar=calendar)
        found.append(made)
        if isinstance(made, CheckIn) and past.key_result.guard is not None:
            before = replace(
                state,
                current=made.current,
                evidence=made.evidence,
                measure_digest=past.key_result.measure_digest,
            )
    return found


def _check_in(
    mappings: Mappings,
    past: Past,
    moment: PastMoment,
    before: KeyResultState,
    answers: Mapping[QueryKey, Answered],
    *,
    calendar: Calendar,
) -> CheckIn | Gap:
    key_result, readings = past.key_result, dict(moment.frozen)
    for key, asked in moment.inputs:
        answer = answers[asked.key]
        if isinstance(answer, SyncdError):
            is_failure = answer.code != NOTHING_THERE
            return Gap(at=moment.at, code=answer.code, message=str(answer), is_failure=is_failure)
        readings[key] = Reading(good=good_read(answer, at=moment.at, exact_at=None))
    subject = key_result.subject
    alone = replace(mappings, objectives={}, key_results={subject: key_result})
    after = evaluate(alone, readings, {subject: before}, now=moment.at, calendar=calendar)[subject]
    if isinstance(after, KeyResultState) and (held := (after.details or {}).get(HELD)) is not None:
        message = f"{held['value']:.15g} is not believed: {held['reason']}"
        return Gap(at=moment.at, code=HELD, message=message, is_failure=False)
    if not isinstance(after, KeyResultState) or after.current is None:
        error = after.error if isinstance(after, KeyResultState) else None
        code, message = (error.code, error.message) if error else ("no_value", "there was no value")
        return Gap(at=moment.at, code=code, message=message, is_failure=False)
    return CheckIn(
        subject=subject,
        at=moment.at,
        current=after.current,
        progress=None if lacks_start(key_result, before) else after.progress,
        origin="import",
        evidence=after.evidence,
        digest=key_result.digest,
        measure_digest=key_result.measure_digest,
    )
