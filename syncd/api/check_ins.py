"""What people, and programs for them, say of key results."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from syncd.api.access import Caller, CheckInner
from syncd.api.key_results import KeyResult, found
from syncd.api.problems import Problem, not_found
from syncd.api.routes import routes
from syncd.api.service import Service, Serving
from syncd.api.subjects import Wanted, WantedKeyResult
from syncd.api.writing import Done, IdempotencyKey, write
from syncd.okr.definition import KeyResult as Definition
from syncd.okr.definition import Mappings
from syncd.okr.word import Word
from syncd.people.check_in import LONGEST_COMMENT, check_in
from syncd.people.confirm import confirmation
from syncd.store.transaction import Transaction
from syncd.sync.cycles import is_frozen
from syncd.sync.run import active
from syncd.sync.speak import speak
from syncd.views.rows import moment, row

router = routes(prefix="/api/v1/key-results", tag="check-ins")

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
    """At least one of value, confidence and comment."""

    model_config = ConfigDict(extra="forbid", strict=True)

    value: float | None = Field(default=None, allow_inf_nan=False, description="In the key result's unit")
    confidence: float | None = Field(default=None, ge=0, le=1)
    comment: str | None = Field(default=None, min_length=1, max_length=LONGEST_COMMENT)
    until: date | None = Field(
        default=None,
        strict=False,
        description="Last day on which `value` stands for what is measured; default: the end of next week",
    )
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


@router.post("/{team}/{objective}/{key_result}/check-ins", status_code=201, response_model=CheckInMade)
async def create_check_in(
    wanted: WantedKeyResult,
    new: NewCheckIn,
    request: Request,
    service: Serving,
    caller: CheckInner,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Says how a key result is: its number, how sure somebody is, why.

    A number for something that is measured stands for it until a day; then the measured one returns.
    """

    async def effect(tx: Transaction) -> Done:
        mappings, about = await _moving(tx, wanted, service=service, caller=caller)
        word = check_in(
            about,
            author=_author(new.author, caller),
            at=service.clock(),
            value=new.value,
            confidence=new.confidence,
            comment=new.comment,
            until=new.until,
        )
        state = await speak(tx, site=service.site, mappings=mappings, word=word)
        await _audit(tx, "check_in" if word.until is None else "override", word=word, caller=caller)
        said = CheckedIn(
            at=str(moment(word.at)),
            author=word.author,
            value=word.value,
            confidence=word.confidence,
            comment=word.comment,
            until=moment(word.until),
        )
        return Done(body=CheckInMade(check_in=said, key_result=KeyResult(**row(state))), status=201)

    answer = await write(request, effect, service=service, caller=caller, idempotency_key=idempotency_key)
    await service.deliver()
    return answer


@router.post(
    "/{team}/{objective}/{key_result}/confirmations", status_code=201, response_model=ConfirmationMade
)
async def create_confirmation(
    wanted: WantedKeyResult,
    new: NewConfirmation,
    request: Request,
    service: Serving,
    caller: CheckInner,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Accepts the value that a guard holds back."""

    async def effect(tx: Transaction) -> Done:
        mappings, about = await _moving(tx, wanted, service=service, caller=caller)
        held = (await tx.states.get([about.subject], lock=True)).get(about.subject)
        word = confirmation(
            about.subject,
            held,
            author=_author(new.author, caller),
            at=service.clock(),
            comment=new.comment,
        )
        if new.value is not None and new.value != word.confirms:
            raise Problem(
                409, "held_value_changed", f"what is held back is {word.confirms} by now", hint="look again"
            )
        state = await speak(tx, site=service.site, mappings=mappings, word=word)
        await _audit(tx, "confirm", word=word, caller=caller)
        accepted = Confirmed(
            at=str(moment(word.at)), author=word.author, value=word.confirms, comment=word.comment
        )
        return Done(
            body=ConfirmationMade(confirmed=accepted, key_result=KeyResult(**row(state))),
            status=201,
        )

    answer = await write(request, effect, service=service, caller=caller, idempotency_key=idempotency_key)
    await service.deliver()
    return answer


async def _moving(
    tx: Transaction, wanted: Wanted, *, service: Service, caller: Caller
) -> tuple[Mappings, Definition]:
    """The active mappings, and the key result that is meant, of a cycle that still moves."""
    subject = (await found(tx, wanted, service=service, caller=caller)).subject
    mappings = await active(tx, service.site, lock=True)
    about = mappings.key_results.get(subject)
    if about is None:
        raise not_found("there is no such key result in the active mappings")
    if is_frozen(about.cycle, now=service.clock(), closed=mappings.closed):
        raise Problem(
            409, "cycle_frozen", f"the cycle {subject.cycle} is frozen: its numbers stay as they are"
        )
    return mappings, about


def _author(given: str | None, caller: Caller) -> str:
    return given or (caller.key.name if caller.key else caller.name)


async def _audit(tx: Transaction, action: str, *, word: Word, caller: Caller) -> None:
    # The author is whom the key names; the actor is who is known to have sent it.
    await tx.audit.add(
        at=word.at,
        actor=caller.name,
        action=action,
        details={
            "key_result": str(word.subject),
            "author": word.author,
            "value": word.value if word.confirms is None else word.confirms,
            "confidence": word.confidence,
            "comment": word.comment,
            "until": moment(word.until),
        },
    )
