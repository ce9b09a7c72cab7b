"""What is sent and answered about endpoints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from syncd.api.paging import CURSOR, LARGEST_ID, LONGEST_CURSOR
from syncd.delivery.outcome import Outcome
from syncd.delivery.rate import MOST_AT_A_TIME, Limits
from syncd.egress.targets import LONGEST_URL
from syncd.okr.definition import Tier
from syncd.people.endpoints import LONGEST_OVERLAP, OVERLAP

Pattern = Annotated[str, Field(min_length=1, max_length=500)]

EventNumber = Annotated[int, Field(ge=0, lt=LARGEST_ID)]
Cursor = Annotated[str, Field(max_length=LONGEST_CURSOR, pattern=CURSOR)]

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
    revision: int = Field(description="Grows with each change; give it as `If-Match`")
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


class ChangedEndpoint(BaseModel):
    """What is to be otherwise; what is left out stays, and so does what is null, but `rate`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: str | None = Field(
        default=None, min_length=1, max_length=LONGEST_URL, description="Where to POST: https"
    )
    events: list[Pattern] | None = Field(default=None, min_length=1, max_length=100, description="Patterns")
    include: list[Literal["individual"]] | None = Field(default=None, max_length=1)
    teams: list[Pattern] | None = Field(default=None, max_length=200, description="`[]`: everybody's")
    tiers: list[Tier] | None = Field(default=None, max_length=3, description="`[]`: all")
    objectives: list[Pattern] | None = Field(default=None, max_length=200, description="`[]`: all")
    rate: str | None = Field(default=None, max_length=20, description="`5/s`; null: as fast as it goes")
    concurrency: int | None = Field(default=None, ge=1, le=MOST_AT_A_TIME)


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
    after: EventNumber | Cursor | None = Field(
        default=None,
        description="What came behind the event of this number, or behind a `next` of `GET /api/v1/events`",
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
