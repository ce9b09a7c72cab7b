"""What Jira answers: the parts that are read, checked before they are believed."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, TypeAdapter, ValidationError
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


class ChangedField(Said):
    """What became of one field in a change; `field` is its name where no id is sent."""

    field: str = ""
    field_id: str | None = None
    fieldtype: str | None = None
    from_: str | None = Field(default=None, alias="from")
    from_string: str | None = None
    to: str | None = None
    to_string: str | None = None


class Change(Said):
    """One entry of an issue's log: what one person changed at once."""

    id: str
    # Atlassian's schema says text, the example on the same page shows a number.
    created: str | int
    items: list[ChangedField]


class Log(Said):
    """All changes of an issue, as Data Center puts them into it."""

    total: NonNegativeInt
    histories: list[Change]


class Issue(Said):
    id: str
    key: str = ""  # left out where only ids were asked for
    fields: dict[str, Any] = {}  # pydantic copies defaults. Any: every field its own type
    changelog: Log | None = None  # there where it was asked for, on Data Center


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


class ChangesOfIssue(Said):
    issue_id: str
    change_histories: list[Change]


class PageOfChanges(Said):
    """One page of Cloud's logs; issues in which nothing changed are left out."""

    issue_change_logs: list[ChangesOfIssue]
    next_page_token: str | None = None


class Category(Said):
    key: str


class KnownStatus(Said):
    id: str
    name: str
    status_category: Category


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
