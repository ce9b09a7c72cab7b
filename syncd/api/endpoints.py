"""Endpoints: who is told, how each is doing, and what people do about it.

Of an address no more than its host is shown: people put tokens into paths.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Path, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from syncd.api.access import Admin, Caller
from syncd.api.paging import LARGEST_ID
from syncd.api.problems import Problem
from syncd.api.routes import routes
from syncd.api.service import Service, Serving
from syncd.api.writing import Done, IdempotencyKey, write
from syncd.delivery.outcome import Outcome
from syncd.delivery.rate import MOST_AT_A_TIME, Limits, parse_rate
from syncd.egress.targets import LONGEST_URL
from syncd.okr.definition import Tier
from syncd.people import endpoints as people
from syncd.people.endpoints import LONGEST_OVERLAP, OVERLAP, Act
from syncd.store import endpoints as stored
from syncd.store.endpoints import KeptEndpoint
from syncd.store.listing import Backlog
from syncd.store.transaction import Transaction
from syncd.views.endpoints import ListedEndpoint, tested_row

router = routes(prefix="/api/v1/endpoints", tag="endpoints")

Name = Annotated[str, Path(max_length=63)]
Pattern = Annotated[str, Field(min_length=1, max_length=500)]

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class WhyWaiting(BaseModel):
    """Why nothing can be signed for an endpoint."""

    code: str
    message: str


class Endpoint(BaseModel):
    """A consumer, and how it is doing; without its secret."""

    name: str
    host: str | None = Field(description="`https://host`: of the address no more is told")
    owner: Literal["file", "store"] = Field(description="Who says what it is: `syncd.yaml`, or people")
    state: Literal["enabled", "waiting", "paused", "disabled"]
    disabled_reason: str | None
    problem: WhyWaiting | None = Field(description="Why nothing can be signed for it")
    circuit: Literal["open", "closed"]
    probe_at: str | None = Field(description="When an open circuit is tried")
    open: int = Field(description="Deliveries that wait")
    dead: int = Field(description="Deliveries that were given up")
    oldest_age_s: float | None = Field(description="How long the oldest waits")
    last_delivered_at: str | None
    events: list[str]
    include: list[str]
    teams: list[str]
    tiers: list[str]
    objectives: list[str]
    rate: str | None = Field(description="`5/s`; null: as fast as it goes")
    concurrency: int = Field(description="Attempts at a time")
    created_at: str
    paused_at: str | None
    disabled_at: str | None


class Endpoints(BaseModel):
    items: list[Endpoint]


class NewEndpoint(BaseModel):
    """What an endpoint is made from."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=63)
    url: str = Field(min_length=1, max_length=LONGEST_URL, description="Where to POST: https")
    events: list[Pattern] = Field(
        default=["*"], min_length=1, max_length=100, description="Patterns: `key_result.*`"
    )
    include: list[Literal["individual"]] = Field(
        default=[], max_length=1, description="What is left out otherwise"
    )
    teams: list[Pattern] = Field(default=[], max_length=200, description="Patterns; none: everybody's")
    tiers: list[Tier] = Field(default=[], max_length=3, description="None: all")
    objectives: list[Pattern] = Field(default=[], max_length=200, description="Patterns of ids; none: all")
    rate: str | None = Field(default=None, max_length=20, description="Attempts: `5/s`, `30/m`, `100/h`")
    concurrency: int = Field(default=Limits().concurrency, ge=1, le=MOST_AT_A_TIME)


class MadeEndpoint(Endpoint):
    """A new endpoint, with the secret that is shown this once."""

    secret: str | None = Field(description="`whsec_...`: shown now, and never again; null when repeated")


class Rotation(BaseModel):
    """How a secret is rotated."""

    model_config = ConfigDict(extra="forbid", strict=True)

    overlap_s: int = Field(
        default=int(OVERLAP.total_seconds()),
        ge=0,
        le=int(LONGEST_OVERLAP.total_seconds()),
        description="How long the secrets before it sign too",
    )


class MadeSecret(BaseModel):
    """A new secret, shown this once."""

    endpoint: str
    secret: str | None = Field(description="`whsec_...`: shown now, and never again; null when repeated")
    others_until: datetime | None = Field(description="Until when the ones before it sign; null: none does")


class Replay(BaseModel):
    """Where a replay begins: exactly one of the two."""

    model_config = ConfigDict(extra="forbid", strict=True)

    since: AwareDatetime | None = Field(
        default=None, strict=False, ge=OLDEST, le=LATEST, description="What happened from then on"
    )
    after: int | None = Field(
        default=None, ge=0, lt=LARGEST_ID, description="What came behind the event of this number"
    )


class Replayed(BaseModel):
    """What a replay made."""

    deliveries: int = Field(description="Made, or opened again; those that wait still are not counted")


class Tested(BaseModel):
    """What a `ping` was answered."""

    endpoint: str
    outcome: Outcome = Field(description="`delivered`: the endpoint takes what it is sent")
    status: int | None = Field(description="Of HTTP; null: there was no answer")
    seconds: float
    code: str | None
    message: str | None


@router.get("")
async def list_endpoints(service: Serving, caller: Admin) -> Endpoints:
    """All endpoints by name; removed ones not."""
    async with service.store.reading() as tx:
        there = [kept for kept in await tx.outbox.endpoints.all() if not kept.is_removed]
        return Endpoints(items=await _shown(tx, there, service=service))


@router.post("", status_code=201, response_model=MadeEndpoint)
async def create_endpoint(
    request: Request,
    new: NewEndpoint,
    service: Serving,
    caller: Admin,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """A new endpoint, which gets what happens from now on; its secret is in this answer alone.

    A repeated `Idempotency-Key` answers without the secret: it is not kept.
    """
    wanted = _wanted(new)
    people.check(wanted)
    # Before the transaction: it asks the network whom the name belongs to.
    await service.vet(new.url)

    async def effect(tx: Transaction) -> Done:
        made = await people.add(
            tx, wanted, keyring=service.keyring(), act=_act(service, caller), random=service.random
        )
        facts = dict(await _one(tx, new.name, service=service))
        return Done(
            body=MadeEndpoint(**facts, secret=made.text),
            kept=MadeEndpoint(**facts, secret=None),
            status=201,
            location=f"{router.prefix}/{new.name}",
        )

    return await write(request, effect, service=service, caller=caller, idempotency_key=idempotency_key)


@router.get("/{endpoint}")
async def get_endpoint(endpoint: Name, service: Serving, caller: Admin) -> Endpoint:
    """One endpoint."""
    async with service.store.reading() as tx:
        return await _one(tx, endpoint, service=service)


@router.delete("/{endpoint}", status_code=204)
async def remove_endpoint(
    endpoint: Name, request: Request, service: Serving, caller: Admin, idempotency_key: IdempotencyKey = None
) -> Response:
    """Takes an endpoint away, with its secrets. What it has open is given up, and stays listed."""

    async def effect(tx: Transaction) -> Done:
        await people.remove(tx, endpoint, act=_act(service, caller))
        return Done(status=204)

    return await write(request, effect, service=service, caller=caller, idempotency_key=idempotency_key)


@router.post("/{endpoint}/rotate", response_model=MadeSecret)
async def rotate_secret(
    endpoint: Name,
    new: Rotation,
    request: Request,
    service: Serving,
    caller: Admin,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Another secret, in this answer alone; the ones before it sign too until the overlap ends."""

    async def effect(tx: Transaction) -> Done:
        made = await people.rotate(
            tx,
            endpoint,
            overlap=timedelta(seconds=new.overlap_s),
            keyring=service.keyring(),
            act=_act(service, caller),
            random=service.random,
        )
        told = MadeSecret(endpoint=endpoint, secret=made.text, others_until=made.others_until)
        return Done(body=told, kept=told.model_copy(update={"secret": None}))

    answer = await write(request, effect, service=service, caller=caller, idempotency_key=idempotency_key)
    # One whose secret could not be had may be sent to now.
    service.wake("drain_endpoint", endpoint)
    return answer


@router.post("/{endpoint}/pause", response_model=Endpoint)
async def pause_endpoint(
    endpoint: Name, request: Request, service: Serving, caller: Admin, idempotency_key: IdempotencyKey = None
) -> Response:
    """Keeps everything back from it until it is resumed. Events wait; nobody is told."""
    return await _do(
        people.pause, endpoint, request, service=service, caller=caller, idempotency_key=idempotency_key
    )


@router.post("/{endpoint}/resume", response_model=Endpoint)
async def resume_endpoint(
    endpoint: Name, request: Request, service: Serving, caller: Admin, idempotency_key: IdempotencyKey = None
) -> Response:
    """Goes on after a pause, where the schedule of each delivery stands."""
    return await _do(
        people.resume, endpoint, request, service=service, caller=caller, idempotency_key=idempotency_key
    )


@router.post("/{endpoint}/enable", response_model=Endpoint)
async def enable_endpoint(
    endpoint: Name, request: Request, service: Serving, caller: Admin, idempotency_key: IdempotencyKey = None
) -> Response:
    """Starts one that was disabled: what it has open is due at once."""
    return await _do(
        people.enable, endpoint, request, service=service, caller=caller, idempotency_key=idempotency_key
    )


@router.post("/{endpoint}/replay", response_model=Replayed)
async def replay_endpoint(
    endpoint: Name,
    new: Replay,
    request: Request,
    service: Serving,
    caller: Admin,
    *,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Sends once more what is stored since a time, or behind an event, and what it subscribes to now."""

    async def effect(tx: Transaction) -> Done:
        act = _act(service, caller)
        made = await people.replay(tx, endpoint, since=new.since, after=new.after, act=act)
        return Done(body=Replayed(deliveries=made))

    answer = await write(request, effect, service=service, caller=caller, idempotency_key=idempotency_key)
    service.wake("drain_endpoint", endpoint)
    return answer


@router.post("/{endpoint}/test")
async def test_endpoint(endpoint: Name, service: Serving, caller: Admin) -> Tested:
    """Sends one signed `ping` past the queue, paused or disabled as it may be, and waits for the answer."""
    async with service.store.reading() as tx:
        kept, sealed = await people.existing(tx, endpoint), await tx.secrets.of(endpoint)
        epoch = await tx.epochs.current()
    # Between two transactions: it takes as long as the endpoint does, up to the deadline.
    result = await service.ping(kept, sealed, epoch=epoch)
    async with service.store.transaction() as tx:
        await people.note_test(tx, endpoint, status=result.status, act=_act(service, caller))
    return Tested(**tested_row(endpoint, result))


async def _do(
    what: Callable[..., Awaitable[object]],
    name: str,
    request: Request,
    *,
    service: Service,
    caller: Caller,
    idempotency_key: str | None,
) -> Response:
    """One of `people.endpoints`, then the endpoint as it is now."""

    async def effect(tx: Transaction) -> Done:
        await what(tx, name, act=_act(service, caller))
        return Done(body=await _one(tx, name, service=service))

    answer = await write(request, effect, service=service, caller=caller, idempotency_key=idempotency_key)
    service.wake("drain_endpoint", name)
    return answer


async def _one(tx: Transaction, name: str, *, service: Service) -> Endpoint:
    return (await _shown(tx, [await people.existing(tx, name)], service=service))[0]


async def _shown(tx: Transaction, there: list[KeptEndpoint], *, service: Service) -> list[Endpoint]:
    backlogs = await tx.outbox.listing.backlogs()
    return [
        _facts(
            ListedEndpoint(
                kept=kept,
                backlog=backlogs.get(kept.endpoint.name, Backlog()),
                problem=service.problem(kept, await tx.secrets.of(kept.endpoint.name)),
                now=service.clock(),
            )
        )
        for kept in there
    ]


def _facts(listed: ListedEndpoint) -> Endpoint:
    row: dict[str, Any] = listed.row()  # Any: JSON
    url = row.pop("url")
    host = people.described(listed.kept.endpoint)["host"] if url else None
    return Endpoint(**row, host=host)


def _wanted(new: NewEndpoint) -> stored.Endpoint:
    rate = None if new.rate is None else parse_rate(new.rate)
    if new.rate is not None and rate is None:
        raise Problem(422, "invalid_endpoint", "that is no rate", hint="5/s, 30/m, 100/h")
    return stored.Endpoint(
        name=new.name,
        url=new.url,
        events=tuple(new.events),
        include=tuple(new.include),
        teams=tuple(new.teams),
        tiers=tuple(new.tiers),
        objectives=tuple(new.objectives),
        limits=Limits(concurrency=new.concurrency, rate=rate),
    )


def _act(service: Service, caller: Caller) -> Act:
    return Act(by=caller.name, at=service.clock())
