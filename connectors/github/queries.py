"""What can be asked of a GitHub: one model per kind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from connectors.github import past
from connectors.github.search import named_twice
from syncd.sdk import Ask, QueryText, Window
from syncd.sdk.samples import Take


def _is_sayable(name: str) -> str:
    if '"' in name or any(character < " " for character in name):
        raise ValueError("must have no double quote and no line break in it")
    return name


# `.` and `..` would climb in a REST path.
Repo = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*/\.*[A-Za-z0-9_-][A-Za-z0-9._-]*$", max_length=140),
    Field(examples=["OWNER/REPO"]),
]
# A quote inside a name cannot be said in a search, which some of these become.
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_is_sayable),
    Field(json_schema_extra={"pattern": r'^[^"\x00-\x1f]+$'}),  # for editors
]
# Strict models take no list for a tuple, and YAML has only lists.
Names = Annotated[tuple[Name, ...], Field(strict=False)]
Workflow = Annotated[
    str,
    StringConstraints(pattern=r"^\.*[^./\\\x00-\x1f][^/\\\x00-\x1f]*$", max_length=200),
    Field(examples=["ci.yml"]),
]

RunStatus = Literal[
    "completed",
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "skipped",
    "stale",
    "success",
    "timed_out",
    "in_progress",
    "queued",
    "requested",
    "waiting",
    "pending",
]


class _Filter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    repo: Repo


class IssueFilter(_Filter):
    """Which issues of a repository; pull requests are not among them.

    Attributes:
        repo: `OWNER/REPO`.
        state: `all` unless said otherwise.
        labels: An issue must carry every one.
        milestone: Title, exactly.
    """

    state: Literal["open", "closed", "all"] = "all"
    labels: Names = ()
    milestone: Name | None = None


class PullRequestFilter(_Filter):
    """Which pull requests of a repository.

    Attributes:
        repo: `OWNER/REPO`.
        state: `closed` means closed without a merge. `all` unless said otherwise.
        labels: A pull request must carry every one.
        milestone: Title, exactly.
    """

    state: Literal["open", "closed", "merged", "all"] = "all"
    labels: Names = ()
    milestone: Name | None = None


class MilestoneFilter(_Filter):
    """What of a milestone; its issues and pull requests together, as on the milestone's page.

    Attributes:
        repo: `OWNER/REPO`.
        title: Exactly.
        of: How many are `closed`, how many `open`, or the `share` that is closed.
    """

    title: Name
    of: Literal["closed", "open", "share"]


class ReleaseFilter(_Filter):
    """Published releases of a repository; prereleases count, drafts do not."""


class RunFilter(_Filter):
    """Which workflow runs of a repository.

    Attributes:
        repo: `OWNER/REPO`.
        workflow: File name (`ci.yml`) or number; all workflows when left out.
        branch: Name of the branch that was run.
        status: A status or a conclusion, in GitHub's words.
    """

    workflow: Workflow | int | None = None
    branch: Name | None = None
    status: RunStatus | None = None


class DeploymentFilter(_Filter):
    """Which deployments of a repository.

    Attributes:
        repo: `OWNER/REPO`.
        environment: Name.
        state: The latest status of a deployment but for `inactive`, which only says that a newer
            one took its place. `all` unless said otherwise.
    """

    environment: Name
    state: Literal["success", "failure", "error", "pending", "queued", "in_progress", "waiting", "all"] = (
        "all"
    )


class TimedPullRequests(_Filter):
    """Pull requests whose time is taken.

    Attributes:
        repo: `OWNER/REPO`.
        labels: A pull request must carry every one.
        base: Branch that they go into; any when left out.
    """

    labels: Names = ()
    base: Name | None = None


class Span(BaseModel):
    """From one moment of a pull request to another; a merged one is closed too."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    pull_requests: TimedPullRequests
    from_: Literal["created"] = Field(alias="from")
    to: Literal["merged", "closed"]


class Count(Ask):
    """Number of issues and pull requests that a GitHub search finds."""

    unit = "count"
    window = Window(by=("created", "closed", "merged", "updated"))
    counts_tickets = True

    count: QueryText = Field(min_length=1)

    @field_validator("count")
    @classmethod
    def _means_what_it_says(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("must not be blank: it would count every issue on GitHub")
        if name := named_twice(text):
            raise ValueError(
                f"names {name}: twice; side by side that finds nothing, write ({name}:a OR {name}:b)"
            )
        return text

    def past_unknown(self, *, by: str | None) -> str | None:
        return past.of_search(self.count, by=by)


class Issues(Ask):
    """Number of issues in one repository: its own counter; with a window, from the search index."""

    unit = "count"
    window = Window(by=("created", "closed", "updated"))
    counts_tickets = True

    issues: IssueFilter

    def past_unknown(self, *, by: str | None) -> str | None:
        return past.of_state(self.issues.state, by=by)


class PullRequests(Ask):
    """Number of pull requests in one repository: its own counter; with a window, by search."""

    unit = "count"
    window = Window(by=("created", "closed", "merged", "updated"))
    counts_tickets = True

    pull_requests: PullRequestFilter

    def past_unknown(self, *, by: str | None) -> str | None:
        return past.of_state(self.pull_requests.state, by=by)


class Milestone(Ask):
    """How far a milestone is: a count of open or closed, or the share that is closed."""

    has_sample = True

    milestone: MilestoneFilter


class Releases(Ask):
    """Number of published releases; a window looks at when they were published."""

    unit = "count"
    window = Window()

    releases: ReleaseFilter

    def past_unknown(self, *, by: str | None) -> str | None:
        return None


class WorkflowRuns(Ask):
    """Number of workflow runs; a window looks at when they were created."""

    unit = "count"
    window = Window()

    workflow_runs: RunFilter

    def past_unknown(self, *, by: str | None) -> str | None:
        return past.of_outcome(self.workflow_runs.status or "all")


class Deployments(Ask):
    """Number of deployments to an environment; a window looks at when they were created."""

    unit = "count"
    window = Window()

    deployments: DeploymentFilter

    def past_unknown(self, *, by: str | None) -> str | None:
        return past.of_outcome(self.deployments.state)


class Duration(Ask):
    """How long pull requests take, in seconds; a window looks at when they came to the end."""

    unit = "seconds"
    window = Window()
    has_sample = True

    duration: Span
    take: Take = "median"

    def past_unknown(self, *, by: str | None) -> str | None:
        return None


class Stars(Ask):
    """Number of stars of a repository."""

    unit = "count"

    stars: Repo


KINDS: tuple[type[Ask], ...] = (
    *(Count, Issues, PullRequests, Milestone, Stars),
    *(Releases, WorkflowRuns, Deployments),
    Duration,
)

GitHubAsk = (
    Count | Issues | PullRequests | Milestone | Stars | Releases | WorkflowRuns | Deployments | Duration
)
