"""Answers a batch: counters fifty to a GraphQL request, lists by pages, beside them what only REST knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from connectors.github import browsing, documents, lists
from connectors.github.config import GitHubConfig, web_url
from connectors.github.counters import Counters
from connectors.github.deployments import check_environment, number_of
from connectors.github.library import Library
from connectors.github.paged import walks_of
from connectors.github.pulls import length_of
from connectors.github.queries import (
    DeploymentFilter,
    Deployments,
    Duration,
    GitHubAsk,
    Releases,
    WorkflowRuns,
)
from connectors.github.questions import Question, Reading, question
from connectors.github.refusals import ends_the_batch, is_of_the_credential
from connectors.github.walks import LISTS_PER_REQUEST, Node, walked
from syncd.sdk import Answer, Answers, Item, Query, QueryRejected, SourceError, SourceUnavailable, Wire

GitHubQuery = Query[GitHubAsk]
Read = Callable[[], Reading]
Ask = Callable[[Sequence[GitHubQuery], Answers], None]
"""Adds an answer for every query; raises what ends the batch for the rest."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class GitHubConnector:
    def __init__(self, config: GitHubConfig, wire: Wire, *, now: Callable[[], datetime] = utc_now) -> None:
        self._url = config.url
        self._web = web_url(config.url)
        # Two, since each has one connection, which takes one request at a time.
        self._library, self._for_graphql = Library(config, wire), Library(config, wire)
        self._counters = Counters(post=self._for_graphql.graphql, now=now)
        self._pages = Counters(post=self._for_graphql.graphql, now=now, most=LISTS_PER_REQUEST)

    def measure(self, queries: Sequence[GitHubQuery]) -> Sequence[Answer]:
        listed = [query for query in queries if isinstance(query.ask, Releases | WorkflowRuns)]
        of_graphql = [query for query in queries if not isinstance(query.ask, Releases | WorkflowRuns)]
        # At the same time: each API may be down, or hang, by itself.
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="github") as pool:
            halves = [
                pool.submit(_ended, asked, ask)
                for asked, ask in ((of_graphql, self._ask_graphql), (listed, self._ask_lists))
                if asked
            ]
        return _joined([half.result() for half in halves])

    def check(self) -> str:
        return f"{browsing.login(self._library)} on {urlsplit(self._web).netloc}"

    def browse(self, about: str | None) -> Sequence[Item]:
        """Repositories; with `OWNER/REPO` its labels, milestones and workflows."""
        if about is None:
            return browsing.repositories(self._library)
        return browsing.repository(self._library, about)

    def _ask_graphql(self, queries: Sequence[GitHubQuery], answers: Answers) -> None:
        self._ask_counters(queries, answers)
        self._ask_walks(queries, answers)

    def _ask_counters(self, queries: Sequence[GitHubQuery], answers: Answers) -> None:
        asked: dict[tuple[documents.Selection, ...], list[tuple[GitHubQuery, Question]]] = {}
        for query in queries:
            if isinstance(query.ask, Releases | WorkflowRuns | Deployments | Duration):
                continue
            try:
                put = question(query.ask, window=query.window, by=query.by, web=self._web)
            except QueryRejected as error:
                answers.fail(query, error)
                continue
            asked.setdefault(put.selections, []).append((query, put))
        for selections, found in self._counters.answered(asked):
            for query, put in asked[selections]:
                try:
                    _add(answers, query, put.read(found))
                except SourceError as error:
                    answers.fail(query, error)

    def _ask_walks(self, queries: Sequence[GitHubQuery], answers: Answers) -> None:
        asked = walks_of(queries)
        for walk, found in walked(list(asked), self._pages):
            for query in asked[walk]:
                try:
                    _add(answers, query, self._of_walk(query, found))
                except SourceError as error:
                    answers.fail(query, error)

    def _of_walk(self, query: GitHubQuery, found: Sequence[Node] | SourceError) -> Reading:
        if isinstance(found, SourceError):
            raise found
        match query.ask:
            case Deployments(deployments=wanted):
                if not found:
                    self._check_environment(wanted)
                return number_of(wanted, found, query.window, web=self._web)
            case Duration() as ask:
                return length_of(ask, found, query.window, web=self._web)
        raise AssertionError(f"{query.ask.kind()!r} is not read from pages")

    def _check_environment(self, wanted: DeploymentFilter) -> None:
        """A misspelt environment has no deployments either, and would be zero for ever."""
        selection = documents.environment(wanted.repo, wanted.environment)
        for _, found in self._counters.answered([(selection,)]):
            check_environment(wanted, found[selection])

    def _ask_lists(self, queries: Sequence[GitHubQuery], answers: Answers) -> None:
        failed_in_a_row = 0
        for query, read in self._lists(queries):
            try:
                _add(answers, query, read())
                failed_in_a_row = 0
            except SourceError as error:
                failed_in_a_row = failed_in_a_row + 1 if isinstance(error, SourceUnavailable) else 0
                # One page may be broken; when the next one is too, it is GitHub that is down.
                if ends_the_batch(error) or failed_in_a_row > 1:
                    raise
                answers.fail(query, error)

    def _lists(self, queries: Sequence[GitHubQuery]) -> Iterator[tuple[GitHubQuery, Read]]:
        published = lists.Releases(get=self._library.get, base=self._url, web=self._web)
        for query in queries:
            match query.ask:
                case Releases(releases=wanted):
                    yield query, partial(published.count, wanted, query.window)
                case WorkflowRuns(workflow_runs=runs):
                    yield (
                        query,
                        partial(
                            lists.workflow_runs, runs, query.window, get=self._library.get, web=self._web
                        ),
                    )


def _ended(queries: Sequence[GitHubQuery], ask: Ask) -> tuple[Answers, SourceError | None]:
    """What one API answered, and the error that ended its part of the batch."""
    answers = Answers(queries)
    try:
        ask(queries, answers)
    except SourceError as error:
        return answers, error
    return answers, None


def _joined(halves: Sequence[tuple[Answers, SourceError | None]]) -> Sequence[Answer]:
    """All answers; what a half left open fails with the error that ended it, or with a 401 of either."""
    ends = [error for _, error in halves if error]
    refused = next((error for error in ends if is_of_the_credential(error)), None)
    for answers, error in halves:
        if end := refused or error:
            for query in answers.open:
                answers.fail(query, end)
    return [answer for answers, _ in halves for answer in answers.all()]


def _add(answers: Answers, query: GitHubQuery, reading: Reading) -> None:
    answers.measured(
        query,
        reading.value,
        unit=reading.unit,
        evidence_url=reading.evidence_url,
        sample_size=reading.sample_size,
    )
