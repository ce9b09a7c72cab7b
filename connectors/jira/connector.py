"""Answers the queries of one Jira connection.

understand -> group by JQL, or by issue -> ask, several at once -> answer
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TypeAlias
from zoneinfo import ZoneInfo

from connectors.jira import browsing
from connectors.jira.answers import Issue, Myself
from connectors.jira.cloud import CloudIssues
from connectors.jira.config import JiraConfig
from connectors.jira.data_center import DataCenterIssues
from connectors.jira.fields import Fields
from connectors.jira.issues import Issues
from connectors.jira.jql import conditions, within
from connectors.jira.lookups import AskedOfIssues, Finder, answer_lookup, chunks, fields_of
from connectors.jira.parallel import as_they_come
from connectors.jira.passages import AskedOfLogs, Lengths, answer_logs, group_logs
from connectors.jira.queries import (
    WINDOW,
    Count,
    Duration,
    IssueField,
    JiraAsk,
    Status,
    Ticket,
    Tickets,
    Transitions,
    take,
)
from connectors.jira.searches import Asked, Taken, answer_search, group, is_of_one_query
from connectors.jira.site import Site
from connectors.jira.statuses import KnownAs, Statuses
from connectors.jira.ways import Ends
from syncd.sdk import (
    Answer,
    Answers,
    ContractBroken,
    Item,
    MalformedResponse,
    Query,
    SourceError,
    Unauthorized,
    Wire,
)
from syncd.sdk.measurement import Failure

JiraQuery: TypeAlias = Query[JiraAsk]


class JiraConnector:
    """One account on one site. What the site is, and who we are to it, is asked once."""

    def __init__(self, config: JiraConfig, wire: Wire) -> None:
        self._config, self._wire = config, wire
        self._me: Myself | None = None

    def measure(self, queries: Sequence[JiraQuery]) -> Sequence[Answer]:
        if not queries:
            return ()
        with Answers(queries) as answers:
            try:
                self._measure(queries, answers)
            except Unauthorized:
                self._me = None  # the site may be open to the public: next time, ask who we are first
                raise
        return answers.all()

    def check(self) -> str:
        self._me = self._site.myself()
        return f"{self._me.called} on {self._site.host}"

    def browse(self, about: str | None) -> Sequence[Item]:
        """`fields`, `statuses`, `projects`, or the versions of the project with the key `about`."""
        return browsing.browse(self._site, about)

    def _measure(self, queries: Sequence[JiraQuery], answers: Answers) -> None:
        self._me = self._me or self._site.myself()
        searched: list[Asked] = []
        looked_up: list[AskedOfIssues] = []
        logged: list[AskedOfLogs] = []
        for query in queries:
            match self._understood(query, self._me):
                case Asked() as asked:
                    searched.append(asked)
                case AskedOfIssues() as asked_of_issues:
                    looked_up.append(asked_of_issues)
                case AskedOfLogs() as asked_of_logs:
                    logged.append(asked_of_logs)
                case Failure() as failure:
                    answers.add(failure)
        self._look_up(looked_up, answers)
        self._search(searched, logged, answers)

    def _look_up(self, looked_up: Sequence[AskedOfIssues], answers: Answers) -> None:
        fields = fields_of(looked_up)
        found: dict[str, Issue | SourceError] = {}
        waiting = list(looked_up)
        tasks = [partial(self._finder.find, keys, fields) for keys in chunks(looked_up)]
        for some in as_they_come(tasks, at_most=self._wire.concurrency):
            found.update(some)
            ready = [asked for asked in waiting if found.keys() >= set(asked.keys)]
            waiting = [asked for asked in waiting if asked not in ready]
            for asked in ready:
                answers.add(answer_lookup(asked, found, self._site.link_to_issue))

    def _search(self, searched: Sequence[Asked], logged: Sequence[AskedOfLogs], answers: Answers) -> None:
        link = self._site.link_to_jql
        tasks: list[Callable[[], Sequence[Answer]]] = [
            *(partial(answer_search, search, self._issues, link) for search in group(searched)),
            *(partial(answer_logs, together, self._issues, link) for together in group_logs(logged)),
        ]
        for some in as_they_come(tasks, at_most=self._wire.concurrency):
            for answer in some:
                answers.add(answer)

    def _understood(self, query: JiraQuery, me: Myself) -> Asked | AskedOfIssues | AskedOfLogs | Failure:
        try:
            match query.ask:
                case Ticket() | Tickets() as ask:
                    return AskedOfIssues(query=query, ask=ask)
                case IssueField(field=of) as ask:
                    return AskedOfIssues(query=query, ask=ask, field=self._fields.id_of(of.name))
                case Count(count=jql):
                    return Asked(query=query, jql=_jql(query, jql, me))
                case Duration() | Transitions() as ask:
                    return self._of_logs(query, ask)
                case statistic:
                    kind, of_issues = take(statistic)
                    taken = Taken(take=kind, field=self._fields.id_of(of_issues.field))
                    return Asked(query=query, jql=_jql(query, of_issues.jql, me), taken=taken)
        except SourceError as error:
            if not is_of_one_query(error):
                raise
            return Failure(key=query.key, error=error)

    def _of_logs(self, query: JiraQuery, ask: Duration | Transitions) -> AskedOfLogs:
        match ask:
            case Duration(duration=span):
                ends = Ends(start=self._status(span.from_), end=self._status(span.to))
                wanted = Lengths(ends=ends, take=ask.take)
                return AskedOfLogs(query=query, jql=conditions(span.jql), wanted=wanted)
            case Transitions(transitions=moves):
                to = self._statuses.named(moves.to.status)
                return AskedOfLogs(query=query, jql=conditions(moves.jql), wanted=to)

    def _status(self, said: Status | str) -> KnownAs | None:
        return self._statuses.named(said.status) if isinstance(said, Status) else None

    @cached_property
    def _site(self) -> Site:
        return Site.find(self._config, self._wire)

    @cached_property
    def _issues(self) -> Issues:
        return CloudIssues(self._site) if self._site.is_cloud else DataCenterIssues(self._site)

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self._issues)

    @cached_property
    def _fields(self) -> Fields:
        return Fields(self._site.fields)

    @cached_property
    def _statuses(self) -> Statuses:
        return Statuses(self._site.statuses)


def _jql(query: JiraQuery, jql: str, me: Myself) -> str:
    if query.window is None:
        return conditions(jql)
    if query.by not in WINDOW.by:
        raise ContractBroken(f"query {query.key!r} has a window by {query.by!r}; Jira knows {WINDOW.by}")
    return within(jql, window=query.window, by=query.by, zone=_zone(me))


def _zone(me: Myself) -> ZoneInfo:
    """Where Jira reads our dates. Guessing it would move the ends of every window."""
    try:
        return ZoneInfo(me.time_zone or "")
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise MalformedResponse(
            f"Jira gives {me.time_zone!r} as the account's time zone, and windows depend on it",
            code="time_zone",
            hint="set the time zone in the profile of the account that syncd uses",
        ) from None
