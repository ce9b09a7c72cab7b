"""What can be asked of Jira in YAML: one model per kind."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from connectors.jira.past import moving
from syncd.sdk import samples
from syncd.sdk.ask import Ask, QueryText, Window

IssueKey = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*-[0-9]+$"), Field(examples=["PHX-12"])
]
FieldName = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

WINDOW = Window(by=("created", "resolved", "updated"))

Take = Literal["sum", "mean", "median", "min", "max"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FieldOfIssues(Part):
    """A field of all issues that a JQL finds; by name (`Story Points`) or id (`customfield_10016`)."""

    jql: QueryText
    field: FieldName


class FieldOfIssue(Part):
    """A field of one issue; by name or id."""

    issue: IssueKey
    name: FieldName


class Status(Part):
    """A status by its name, in capitals or not; every status of that name counts."""

    status: FieldName


class Span(Part):
    """From one moment of an issue to another.

    Attributes:
        from_: `created`, or the first time in a status; the one it was created in counts.
        to: `resolved`, or the last move into a status.
    """

    jql: QueryText
    from_: Literal["created"] | Status = Field(alias="from")
    to: Literal["resolved"] | Status


class Moves(Part):
    """Moves into a status; that an issue was created in it is no move."""

    jql: QueryText
    to: Status


class Count(Ask):
    """Number of issues that a JQL finds.

    Cloud answers an estimate that lags behind by a little; `exact: true` pages through the
    issues instead and costs more requests. Data Center always counts exactly.
    """

    unit = "count"
    window = WINDOW
    counts_tickets = True
    count: QueryText
    exact: bool = False

    def past_unknown(self, *, by: str | None) -> str | None:
        return moving(self.count, by=by)


class Sum(Ask):
    """Sum of a numeric field over the issues that have a value in it; missing when none has one."""

    window = WINDOW
    has_sample = True
    sum: FieldOfIssues


class Mean(Ask):
    """Mean of a numeric field over the issues that have a value in it."""

    window = WINDOW
    has_sample = True
    mean: FieldOfIssues


class Median(Ask):
    """Median of a numeric field over the issues that have a value in it."""

    window = WINDOW
    has_sample = True
    median: FieldOfIssues


class Min(Ask):
    """Smallest value of a numeric field."""

    window = WINDOW
    has_sample = True
    min: FieldOfIssues


class Max(Ask):
    """Largest value of a numeric field."""

    window = WINDOW
    has_sample = True
    max: FieldOfIssues


class IssueField(Ask):
    """The number that stands in a field of one issue."""

    field: FieldOfIssue


class Ticket(Ask):
    """1 when the issue is done (by the category of its status), else 0."""

    unit = "ratio"
    counts_tickets = True
    ticket: IssueKey


class Tickets(Ask):
    """Share of the listed issues that are done."""

    unit = "ratio"
    counts_tickets = True
    has_sample = True
    tickets: list[IssueKey] = Field(min_length=1)


class Duration(Ask):
    """How long issues take, in seconds: `take` over those that have come all the way.

    A window holds the issues whose way ended in it. Time is counted around the clock.
    """

    unit = "seconds"
    window = Window()
    has_sample = True
    duration: Span
    take: samples.Take = "median"

    def past_unknown(self, *, by: str | None) -> str | None:
        return moving(self.duration.jql, by=None)


class Transitions(Ask):
    """Number of moves into a status by the issues that a JQL finds; one issue may move often."""

    unit = "count"
    window = Window()
    counts_tickets = True
    transitions: Moves

    def past_unknown(self, *, by: str | None) -> str | None:
        return moving(self.transitions.jql, by=None)


Statistic: TypeAlias = Sum | Mean | Median | Min | Max
Lookup: TypeAlias = IssueField | Ticket | Tickets
JiraAsk: TypeAlias = Count | Statistic | Lookup | Duration | Transitions

KINDS: tuple[type[Ask], ...] = (
    *(Count, Sum, Mean, Median, Min, Max),
    *(IssueField, Ticket, Tickets),
    *(Duration, Transitions),
)


def take(ask: Statistic) -> tuple[Take, FieldOfIssues]:
    """Which statistic is asked, and of what: the five kinds differ in nothing else."""
    match ask:
        case Sum(sum=of):
            return "sum", of
        case Mean(mean=of):
            return "mean", of
        case Median(median=of):
            return "median", of
        case Min(min=of):
            return "min", of
        case Max(max=of):
            return "max", of


def issue_keys(ask: Lookup) -> tuple[str, ...]:
    """The distinct issues that a query looks at, in capitals, as Jira writes them."""
    match ask:
        case IssueField():
            keys = [ask.field.issue]
        case Ticket():
            keys = [ask.ticket]
        case Tickets():
            keys = ask.tickets
    return tuple(dict.fromkeys(key.upper() for key in keys))
