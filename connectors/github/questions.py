"""What each kind asks of GraphQL, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.github import documents, search
from connectors.github.documents import Selection
from connectors.github.queries import (
    Count,
    IssueFilter,
    Issues,
    Milestone,
    PullRequestFilter,
    PullRequests,
    Stars,
)
from syncd.sdk import Instants, MalformedResponse, QueryRejected, SourceError, excerpt

CounterAsk = Count | Issues | PullRequests | Milestone | Stars

# Any: GitHub's JSON; every step into it is checked.
Outcome = Any | SourceError
Outcomes = Mapping[Selection, Outcome]

RENAMED_OR_PRIVATE = (
    "it was renamed or deleted, or the token may not see it: write its name as GitHub shows it now"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    value: float
    unit: str
    evidence_url: str
    sample_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to select for one query, and how to read the outcomes.

    Attributes:
        selections: All are needed; the first is the number itself.
        read: Raises a SourceError where the outcomes hold no true number.
    """

    selections: tuple[Selection, ...]
    read: Callable[[Outcomes], Reading]


def question(ask: CounterAsk, *, window: Instants | None, by: str | None, web: str) -> Question:
    """Raises QueryRejected: the ask cannot be put."""
    match ask:
        case Count(count=text):
            narrowed = search.within(text, window, by)
            return _found(narrowed, evidence_url=_search_url(web, narrowed))
        case Issues(issues=wanted):
            return _items(wanted, window=window, by=by, web=web)
        case PullRequests(pull_requests=wanted):
            return _items(wanted, window=window, by=by, web=web)
        case Milestone():
            return _milestone(ask, web=web)
        case Stars(stars=repo):
            return _stars(repo, web=web)


def _found(text: str, *, evidence_url: str) -> Question:
    counted = documents.search(text)
    repos = search.named_repos(text)
    presences = {repo: documents.presence(repo) for repo in repos}

    def read(outcomes: Outcomes) -> Reading:
        count = _whole(_node(outcomes, counted), "issueCount")
        # A search says nothing about a repository that is gone: it just finds less. What was found in
        # the only repository named proves that it is there.
        if count == 0 or len(repos) > 1:
            for repo, presence in presences.items():
                _check_name(repo, _text(_repository(outcomes, presence, repo), "nameWithOwner"))
        return Reading(value=count, unit="count", evidence_url=evidence_url)

    return Question(selections=(counted, *presences.values()), read=read)


def _items(
    wanted: IssueFilter | PullRequestFilter, *, window: Instants | None, by: str | None, web: str
) -> Question:
    what, connection, page = (
        ("issue", "issues", "issues") if isinstance(wanted, IssueFilter) else ("pr", "pullRequests", "pulls")
    )

    def as_search(repo: str | None) -> str:
        text = search.filter_text(
            what=what, repo=repo, state=wanted.state, labels=wanted.labels, milestone=wanted.milestone
        )
        return search.within(text, window, by)

    evidence_url = f"{web}/{wanted.repo}/{page}?q={quote(as_search(None), safe='')}"
    # A repository's own counters know no dates, and take several labels as "any of them".
    if window is not None or len(wanted.labels) > 1:
        return _found(as_search(wanted.repo), evidence_url=evidence_url)
    counted = documents.items(
        wanted.repo,
        connection=connection,
        states=[] if wanted.state == "all" else [wanted.state.upper()],
        label=wanted.labels[0] if wanted.labels else None,
        milestone=wanted.milestone,
    )

    def read(outcomes: Outcomes) -> Reading:
        node = _repository(outcomes, counted, wanted.repo)
        if wanted.milestone is not None:
            node = _one_milestone(node, wanted.repo, wanted.milestone)
        return Reading(value=_whole(node, "items", "totalCount"), unit="count", evidence_url=evidence_url)

    return Question(selections=(counted,), read=read)


def _milestone(ask: Milestone, *, web: str) -> Question:
    wanted = ask.milestone
    held = documents.milestone(wanted.repo, wanted.title)

    def read(outcomes: Outcomes) -> Reading:
        node = _one_milestone(_repository(outcomes, held, wanted.repo), wanted.repo, wanted.title)
        opened = _whole(node, "openIssues", "totalCount") + _whole(node, "openPulls", "totalCount")
        closed = _whole(node, "closedIssues", "totalCount") + _whole(node, "closedPulls", "totalCount")
        address = node.get("url")
        evidence_url = address if isinstance(address, str) else f"{web}/{wanted.repo}/milestones"
        if wanted.of != "share":
            value = opened if wanted.of == "open" else closed
            return Reading(value=value, unit="count", evidence_url=evidence_url, sample_size=opened + closed)
        if opened + closed == 0:
            raise QueryRejected(
                f"milestone {wanted.title!r} of {wanted.repo} is empty, so there is no share",
                code="nothing_to_share",
                hint="put issues into the milestone, or ask for `of: closed`",
            )
        return Reading(
            value=closed / (opened + closed),
            unit="ratio",
            evidence_url=evidence_url,
            sample_size=opened + closed,
        )

    return Question(selections=(held,), read=read)


def _stars(repo: str, *, web: str) -> Question:
    counted = documents.stars(repo)

    def read(outcomes: Outcomes) -> Reading:
        count = _whole(_repository(outcomes, counted, repo), "stargazerCount")
        return Reading(value=count, unit="count", evidence_url=f"{web}/{repo}/stargazers")

    return Question(selections=(counted,), read=read)


def _one_milestone(repository: dict[str, Any], repo: str, title: str) -> dict[str, Any]:
    listed = repository.get("milestones")
    nodes = listed.get("nodes") if isinstance(listed, dict) else None
    if not isinstance(nodes, list):
        raise MalformedResponse(f"GitHub sent no milestones of {repo}")
    exact = [node for node in nodes if isinstance(node, dict) and node.get("title") == title]
    if len(exact) == 1:
        return exact[0]
    if exact:
        raise QueryRejected(
            f"{repo} has {len(exact)} milestones titled {title!r}",
            code="ambiguous",
            hint="give one of them another title",
        )
    if _whole(repository, "milestones", "totalCount") > len(nodes):
        raise QueryRejected(
            f"too many milestones of {repo} have {title!r} in their title to find the exact one",
            code="ambiguous",
            hint="give the milestone a title of its own",
        )
    raise QueryRejected(
        f"{repo} has no milestone titled {title!r}",
        code="not_found",
        hint=f"the title must match exactly; `syncd browse CONNECTION {repo}` lists them",
    )


def _check_name(asked: str, current: str) -> None:
    if asked.lower() != current.lower():
        raise QueryRejected(
            f"{asked} is now called {current}, and a search does not find it by its old name",
            code="renamed",
            hint=f"write repo:{current}",
        )


def _repository(outcomes: Outcomes, selection: Selection, repo: str) -> dict[str, Any]:
    try:
        return _node(outcomes, selection)
    except QueryRejected as error:
        if error.code != "not_found":
            raise
        raise QueryRejected(f"no repository {repo!r}", code="not_found", hint=RENAMED_OR_PRIVATE) from error


def _node(outcomes: Outcomes, selection: Selection) -> dict[str, Any]:
    outcome = outcomes[selection]
    if isinstance(outcome, SourceError):
        raise outcome
    if not isinstance(outcome, dict):
        raise MalformedResponse(f"GitHub answered {excerpt(repr(outcome))} where an object was meant")
    return outcome


def _whole(node: dict[str, Any], *path: str) -> int:
    """The count at `path`; nothing else is taken for a number."""
    found: Any = node
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise MalformedResponse(f"GitHub sent {excerpt(repr(found))} as {'.'.join(path)}, not a count")
    return found


def _text(node: dict[str, Any], name: str) -> str:
    found = node.get(name)
    if not isinstance(found, str):
        raise MalformedResponse(f"GitHub sent {excerpt(repr(found))} as {name}, not a text")
    return found


def _search_url(web: str, text: str) -> str:
    tab = "pullrequests" if search.only_pull_requests(text) else "issues"
    return f"{web}/search?q={quote(text, safe='')}&type={tab}"
