"""What people, and programs for them, say of key results and objectives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from syncd.api.key_results import KeyResult
from syncd.api.objectives import ObjectiveState as Objective
from syncd.api.problems import Problem, not_found
from syncd.api.routes import routes
from syncd.api.seen import seen_by
from syncd.api.subjects import StateT, Wanted, WantedKeyResult, WantedObjective, locate
from syncd.api.writing import CheckInWrite, Done, Write
from syncd.okr.definition import KeyResult as KeyResultDefinition
from syncd.okr.definition import Objective as ObjectiveDefinition
from syncd.okr.state import KeyResultState, ObjectiveState, State
from syncd.okr.word import Say, Word
from syncd.people.check_in import LONGEST_COMMENT
from syncd.people.words import to_check_in, to_confirm
from syncd.store.transaction import Transaction
from syncd.sync.site import active
from syncd.sync.words import take_word
from syncd.views.rows import Row
from syncd.views.words import word_row

router = routes(prefix="/api/v1", tag="check-ins")

Definition = KeyResultDefinition | ObjectiveDefinition

Author = Annotated[
    str | None,
    Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Who says so; default: the key's name. The audit has the key as well",
    ),
]


class NewCheckIn(BaseModel):
    """At least one of value, confidence, comment and the end of an override."""

    model_config = ConfigDict(extra="forbid", strict=True)

    value: float | None = Field(default=None, allow_inf_nan=False, description="In the key result's unit")
    confidence: float | None = Field(default=None, ge=0, le=1)
    comment: str | None = Field(default=None, min_length=1, max_length=LONGEST_COMMENT)
    until: date | None = Field(
        default=None,
        strict=False,
        description="Last day on which `value` stands for what is measured; default: the end of next week",
    )
    end_override: bool = Field(default=False, description="The measured number counts again, at once")
    author: Author


class NewProgress(BaseModel):
    """How far an objective is that people set by hand."""

    model_config = ConfigDict(extra="forbid", strict=True)

    progress: float = Field(ge=0, le=1)
    comment: str | None = Field(default=None, min_length=1, max_length=LONGEST_COMMENT)
    author: Author


class NewConfirmation(BaseModel):
    """Accepts the value that a guard holds back."""

    model_config = ConfigDict(extra="forbid", strict=True)

    value: float | None = Field(
        default=None, description="What is held back, as you saw it; refused when it is another by now"
    )
    comment: str | None = Field(default=None, min_length=1, max_length=LONGEST_COMMENT)
    author: Author


class CheckedIn(BaseModel):
    """What was said."""

    at: str
    author: str
    value: float | None
    confidence: float | None
    comment: str | None
    until: str | None = Field(description="The moment at which an override ends")
    ends_override: bool


class CheckInMade(BaseModel):
    check_in: CheckedIn
    key_result: KeyResult = Field(description="As it is now")


class Confirmed(BaseModel):
    """What was accepted."""

    at: str
    author: str
    value: float
    comment: str | None


class ConfirmationMade(BaseModel):
    confirmed: Confirmed
    key_result: KeyResult = Field(description="As it is now")


class ProgressSet(BaseModel):
    """How far an objective is, as somebody said."""

    at: str
    author: str
    progress: float
    comment: str | None


class ProgressMade(BaseModel):
    check_in: ProgressSet
    objective: Objective = Field(description="As it is now")


@router.post(
    "/key-results/{team}/{objective}/{key_result}/check-ins", status_code=201, response_model=CheckInMade
)
async def create_check_in(wanted: WantedKeyResult, new: NewCheckIn, write: CheckInWrite) -> Response:
    """Says how a key result is: its number, how sure somebody is, why.

    A number for something that is measured stands for it until a day, or until `end_override`; then the
    measured one returns.
    """
    say = to_check_in(
        value=new.value,
        confidence=new.confidence,
        comment=new.comment,
        until=new.until,
        end_override=new.end_override,
    )

    def made(word: Row, state: Row) -> BaseModel:
        return CheckInMade(check_in=CheckedIn(**word), key_result=KeyResult(**state))

    return await _spoken(wanted, KeyResultState, say, write=write, author=new.author, made=made)


@router.post(
    "/key-results/{team}/{objective}/{key_result}/confirmations",
    status_code=201,
    response_model=ConfirmationMade,
)
async def create_confirmation(wanted: WantedKeyResult, new: NewConfirmation, write: CheckInWrite) -> Response:
    """Accepts the value that a guard holds back."""
    confirms = to_confirm(comment=new.comment)

    def say(about: Definition, last: State | None, author: str, at: datetime) -> Word:
        word = confirms(about, last, author, at)
        if new.value is not None and new.value != word.confirms:
            raise Problem(
                409, "held_value_changed", f"what is held back is {word.confirms} by now", hint="look again"
            )
        return word

    def made(word: Row, state: Row) -> BaseModel:
        return ConfirmationMade(confirmed=Confirmed(**word), key_result=KeyResult(**state))

    return await _spoken(wanted, KeyResultState, say, write=write, author=new.author, made=made)


@router.post("/objectives/{team}/{objective}/check-ins", status_code=201, response_model=ProgressMade)
async def set_progress(wanted: WantedObjective, new: NewProgress, write: CheckInWrite) -> Response:
    """Says how far an objective with `rollup: by_hand` is."""
    say = to_check_in(progress=new.progress, comment=new.comment)

    def made(word: Row, state: Row) -> BaseModel:
        return ProgressMade(check_in=ProgressSet(**word), objective=Objective(**state))

    return await _spoken(wanted, ObjectiveState, say, write=write, author=new.author, made=made)


async def _spoken(
    wanted: Wanted,
    kind: type[StateT],
    say: Say,
    *,
    write: Write,
    author: str | None,
    made: Callable[[Row, Row], BaseModel],
) -> Response:
    """One word about one subject, recorded and told.

    Args:
        author: Whom the key names; None: it speaks for itself.
        made: The word and the state as rows -> the answer.
    """
    service, caller = write.service, write.caller

    async def effect(tx: Transaction) -> Done:
        seen = await seen_by(caller, tx)
        subject = locate(seen, kind, wanted, service=service).subject
        mappings = await active(tx, service.site, lock=True)
        about = mappings.key_results.get(subject) or mappings.objectives.get(subject)
        if about is None:
            raise not_found("there is no such thing in the active mappings")
        word, state = await take_word(
            tx,
            site=service.site,
            mappings=mappings,
            about=about,
            say=say,
            author=author or (caller.key.name if caller.key else caller.name),
            actor=caller.name,
        )
        return Done(body=made(word_row(word), seen.row(state)), status=201)

    answer = await write(effect)
    await service.deliver()
    return answer
