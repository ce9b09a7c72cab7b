"""Everything that a batch asks of the logs of the issues that one JQL finds, answered together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.jira.issues import Issues, Logged, TooManyChanges, TooManyIssues
from connectors.jira.jql import around
from connectors.jira.queries import JiraAsk
from connectors.jira.searches import Link, is_of_one_query
from connectors.jira.statuses import KnownAs
from connectors.jira.ways import Ends, Way, is_within, moves_into, passage, way_of
from syncd.sdk import QueryRejected, SourceError
from syncd.sdk.measurement import Answer, Failure, Instants, Measurement, Query
from syncd.sdk.samples import Take, taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long issues take between two ends."""

    ends: Ends
    take: Take


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOfLogs:
    """One query, ready to be asked.

    Attributes:
        jql: Without the window.
        wanted: Lengths, or the number of moves into a status.
    """

    query: Query[JiraAsk]
    jql: str
    wanted: Lengths | KnownAs

    @property
    def needs_logs(self) -> bool:
        return isinstance(self.wanted, KnownAs) or self.wanted.ends.are_logged

    @property
    def fields(self) -> frozenset[str]:
        """What is needed of an issue beside its log."""
        return frozenset() if isinstance(self.wanted, KnownAs) else self.wanted.ends.fields

    @property
    def by(self) -> str:
        """The moment in JQL that lies in a window, or after it, for all that counts in the window."""
        by_resolution = isinstance(self.wanted, Lengths) and self.wanted.ends.end is None
        return "resolved" if by_resolution else "updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSearch:
    """The queries that one walk answers, whatever their windows."""

    asked: Sequence[AskedOfLogs]

    @property
    def jql(self) -> str:
        """Finds at least the issues that any of the windows needs.

        Raises:
            QueryRejected: no window can be added to what people wrote.
        """
        first = self.asked[0]
        windows = [asked.query.window for asked in self.asked]
        bounded = [window for window in windows if window]
        if len(bounded) < len(windows):
            return first.jql
        return around(
            first.jql,
            by=first.by,
            since=min(window.start for window in bounded),
            # Issues go on being updated after they have come to the end.
            until=max(window.end for window in bounded) if first.by == "resolved" else None,
        )

    @property
    def fields(self) -> frozenset[str]:
        return frozenset[str]().union(*(asked.fields for asked in self.asked))

    @property
    def by_window(self) -> Sequence[LogSearch]:
        windows: dict[Instants | None, list[AskedOfLogs]] = {}
        for asked in self.asked:
            windows.setdefault(asked.query.window, []).append(asked)
        return [LogSearch(asked=together) for together in windows.values()]


def group_logs(asked: Iterable[AskedOfLogs]) -> Sequence[LogSearch]:
    """One search for each distinct JQL, and each moment that can narrow it."""
    groups: dict[tuple[str, str], list[AskedOfLogs]] = {}
    for one in asked:
        groups.setdefault((one.jql, one.by), []).append(one)
    return [LogSearch(asked=together) for together in groups.values()]


def answer_logs(search: LogSearch, issues: Issues, link: Link) -> Sequence[Answer]:
    """Answers all queries of one search.

    Raises:
        SourceError: one that other searches would meet too.
    """
    try:
        return tuple(_answers(search, issues, link))
    except (TooManyIssues, TooManyChanges) as error:
        alone = search.by_window
        if len(alone) == 1:
            return tuple(Failure(key=asked.query.key, error=error) for asked in search.asked)
        # A short window must not suffer from a long one beside it.
        return tuple(answer for one in alone for answer in answer_logs(one, issues, link))
    except SourceError as error:
        if not is_of_one_query(error):
            raise
        return tuple(Failure(key=asked.query.key, error=error) for asked in search.asked)


def _answers(search: LogSearch, issues: Issues, link: Link) -> Iterator[Answer]:
    jql = search.jql
    if any(asked.needs_logs for asked in search.asked):
        found = issues.walk_logs(jql, search.fields)
    else:
        found = [Logged(issue=issue, changes=()) for issue in issues.walk(jql, search.fields)]
    ways = [way_of(logged) for logged in found]
    for asked in search.asked:
        try:
            yield _answer(asked, ways, link(LogSearch(asked=[asked]).jql))
        except SourceError as error:
            yield Failure(key=asked.query.key, error=error)


def _answer(asked: AskedOfLogs, ways: Sequence[Way], evidence_url: str) -> Measurement:
    window, wanted = asked.query.window, asked.wanted
    if isinstance(wanted, KnownAs):
        moves = sum(moves_into(way, wanted, window) for way in ways)
        return Measurement(
            key=asked.query.key, value=moves, unit=asked.query.ask.unit, evidence_url=evidence_url
        )
    lengths = [
        (ended - started).total_seconds()
        for started, ended in filter(None, (passage(way, wanted.ends) for way in ways))
        if is_within(ended, window)
    ]
    if not lengths:
        raise QueryRejected(
            f"no issue came to the end of its way{' in this window' if window else ''}",
            code="empty",
            hint="does the JQL find issues that go from `from` to `to`? A longer window may hold some",
        )
    return Measurement(
        key=asked.query.key,
        value=taken(wanted.take, lengths),
        unit=asked.query.ask.unit,
        evidence_url=evidence_url,
        sample_size=len(lengths),
    )
