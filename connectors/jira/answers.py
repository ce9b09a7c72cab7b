"""What Jira answers: the parts that are read, checked before they are believed."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, NonNegativeInt, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from syncd.sdk import MalformedResponse, excerpt

T = TypeVar("T")


class Said(BaseModel):
    """Jira adds keys at any time; a missing or mistyped one is never guessed at."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", alias_generator=to_camel)


class ServerInfo(Said):
    deployment_type: str
    base_url: str | None = None


class Myself(Said):
    account_id: str | None = None  # Cloud
    key: str | None = None  # Data Center
    name: str | None = None  # Data Center
    email_address: str | None = None
    display_name: str | None = None
    time_zone: str | None = None

    @property
    def is_somebody(self) -> bool:
        return bool(self.account_id or self.key or self.name)

    @property
    def called(self) -> str:
        return next(
            name
            for name in (self.email_address, self.name, self.display_name, self.account_id, self.key)
            if name
        )


class Issue(Said):
    id: str
    key: str = ""  # left out where only ids were asked for
    fields: dict[str, Any] = {}  # pydantic copies defaults. Any: every field its own type


class ApproximateCount(Said):
    count: NonNegativeInt


class TokenPage(Said):
    """One page of Cloud's search."""

    issues: list[Issue]
    is_last: bool | None = None
    next_page_token: str | None = None


class OffsetPage(Said):
    """One page of Data Center's search."""

    issues: list[Issue]
    total: NonNegativeInt


class Fetched(Said):
    """Cloud's bulk fetch; issues that are missing or not to be seen are left out without a word."""

    issues: list[Issue]


class KnownField(Said):
    id: str
    name: str
    clause_names: list[str] = []


class Named(Said):
    """A status, a project, a version."""

    name: str
    key: str = ""
    id: str = ""
    description: str | None = None


class ProjectPage(Said):
    values: list[Named]
    is_last: bool


def read_answer(shape: type[T], said: object) -> T:
    """`said` as `shape`; MalformedResponse, naming the first thing that is wrong, when it is not."""
    try:
        return TypeAdapter(shape).validate_python(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise MalformedResponse(
            f"Jira answered in another shape than promised: {where}: {excerpt(first['msg'])}"
        ) from None  # pydantic's own text repeats what was answered
