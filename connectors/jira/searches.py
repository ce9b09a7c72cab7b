"""Everything that a batch asks of the issues that one JQL finds, answered together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from connectors.jira.answers import Issue
from connectors.jira.issues import Counted, Issues, TooManyIssues
from connectors.jira.numbers import numbers, statistic
from connectors.jira.queries import Count, JiraAsk, Take
from syncd.sdk import MalformedResponse, QueryRejected, SourceError, Unauthorized
from syncd.sdk.measurement import Answer, Failure, Measurement, Query

Link: TypeAlias = Callable[[str], str]
"""From a JQL to the address where a person sees what it finds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A statistic of the numbers in a field, which is named by its id."""

    take: Take
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One query, ready to be asked.

    Attributes:
        jql: With the window in it.
        taken: What is taken of the issues; None: their count.
    """

    query: Query[JiraAsk]
    jql: str
    taken: Taken | None = None

    @property
    def is_exact_count(self) -> bool:
        return isinstance(self.query.ask, Count) and self.query.ask.exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The queries of one JQL."""

    jql: str
    asked: Sequence[Asked]

    @property
    def counts(self) -> Sequence[Asked]:
        return [asked for asked in self.asked if asked.taken is None]

    @property
    def fields(self) -> set[str]:
        return {asked.taken.field for asked in self.asked if asked.taken}


def group(asked: Iterable[Asked]) -> Sequence[Search]:
    """One search for each distinct JQL."""
    by_jql: dict[str, list[Asked]] = {}
    for one in asked:
        by_jql.setdefault(one.jql, []).append(one)
    return [Search(jql=jql, asked=together) for jql, together in by_jql.items()]


def is_of_one_query(error: SourceError) -> bool:
    """Whether an error speaks about what was asked, so that other queries may still be answered."""
    return isinstance(error, QueryRejected | MalformedResponse) or (
        isinstance(error, Unauthorized) and error.code == "forbidden"
    )


def answer_search(search: Search, issues: Issues, link: Link) -> Sequence[Answer]:
    """Answers all queries of one JQL: from one count where that is enough, else from one walk.

    Raises:
        SourceError: one that other searches would meet too.
    """
    try:
        return tuple(_answers(search, issues, link(search.jql)))
    except SourceError as error:
        if not is_of_one_query(error):
            raise
        return tuple(Failure(key=asked.query.key, error=error) for asked in search.asked)


def _answers(search: Search, issues: Issues, evidence_url: str) -> Iterator[Answer]:
    must_count = any(asked.is_exact_count for asked in search.asked) and not issues.counts_exactly
    if not search.fields and not must_count:
        counted = issues.count(search.jql)
        yield from (_count(asked, counted, evidence_url) for asked in search.asked)
        return
    try:
        found = issues.walk(search.jql, search.fields)
    except TooManyIssues as error:
        # A count must not suffer from a statistic or an exact count that happens to be beside it.
        lenient = [asked for asked in search.counts if issues.counts_exactly or not asked.is_exact_count]
        if lenient:
            counted = issues.count(search.jql)
            yield from (_count(asked, counted, evidence_url) for asked in lenient)
        for asked in search.asked:
            if asked not in lenient:
                yield Failure(key=asked.query.key, error=error)
        return
    exact = Counted(value=len(found), is_approximate=False)
    for asked in search.asked:
        if asked.taken is None:
            yield _count(asked, exact, evidence_url)
        else:
            yield _statistic(asked, asked.taken, found, evidence_url)


def _count(asked: Asked, counted: Counted, evidence_url: str) -> Measurement:
    return Measurement(
        key=asked.query.key,
        value=counted.value,
        unit=asked.query.ask.unit,
        evidence_url=evidence_url,
        approximate=counted.is_approximate,
    )


def _statistic(asked: Asked, taken: Taken, found: Sequence[Issue], evidence_url: str) -> Answer:
    try:
        values = numbers(found, field=taken.field)
        value = statistic(taken.take, values, field=taken.field)
    except SourceError as error:
        return Failure(key=asked.query.key, error=error)
    return Measurement(
        key=asked.query.key,
        value=value,
        unit=asked.query.ask.unit,
        evidence_url=evidence_url,
        sample_size=len(values),
    )
