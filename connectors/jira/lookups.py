"""Queries about issues that people name by key."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from connectors.jira.answers import Issue
from connectors.jira.issues import CHUNK, Issues
from connectors.jira.numbers import number
from connectors.jira.queries import IssueField, JiraAsk, Lookup, Ticket, Tickets, issue_keys
from connectors.jira.searches import Link, is_of_one_query
from connectors.jira.statuses import category
from syncd.sdk import MalformedResponse, QueryRejected, SourceError
from syncd.sdk.measurement import Answer, Failure, Measurement, Query

Found: TypeAlias = Mapping[str, Issue | SourceError]
"""What became of each key that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOfIssues:
    """One query, ready to be asked; `field` is the id of the field whose number is asked for."""

    query: Query[JiraAsk]
    ask: Lookup
    field: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        return issue_keys(self.ask)


def chunks(asked: Sequence[AskedOfIssues]) -> Iterator[Sequence[str]]:
    """The distinct keys of all queries, as few requests as can be."""
    keys = list(dict.fromkeys(key for one in asked for key in one.keys))
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def fields_of(asked: Sequence[AskedOfIssues]) -> set[str]:
    """What is needed of the issues."""
    return {one.field or "status" for one in asked}


@dataclass(slots=True)
class Finder:
    """Finds issues by the keys that people wrote down, however they are called by now.

    A moved issue answers under its new key. The key of an issue found so is remembered for the
    life of the process, and asked for by id from then on. Safe in several threads at once.
    """

    issues: Issues
    _moved: dict[str, str] = field(default_factory=dict)

    def find(self, keys: Sequence[str], fields: Collection[str]) -> Found:
        """Looks each key up: one request, and about log2(n) for each moved issue among n missing ones.

        Raises:
            SourceError: one that every request would meet.
        """
        try:
            found = self._found(keys, fields)
        except SourceError as error:
            if not is_of_one_query(error):
                raise
            return dict.fromkeys(keys, error)
        return {key: found.get(key) or _not_found(key) for key in keys}

    def _found(self, keys: Sequence[str], fields: Collection[str]) -> Mapping[str, Issue]:
        asked_as: dict[str, list[str]] = {}
        for key in keys:
            asked_as.setdefault(self._moved.get(key, key), []).append(key)
        found: dict[str, Issue] = {}
        strangers: list[Issue] = []
        for issue in self.issues.fetch(list(asked_as), fields):
            known = asked_as.get(issue.id) or asked_as.get(issue.key.upper())
            if known is None:
                strangers.append(issue)
            else:
                found.update(dict.fromkeys(known, issue))
        missing = [key for key in keys if key not in found]
        for key, issue in self._recognised(strangers, missing, fields, is_asked=True).items():
            found[key] = self._remember(key, issue)
        return found

    def _recognised(
        self, strangers: Sequence[Issue], keys: Sequence[str], fields: Collection[str], *, is_asked: bool
    ) -> Mapping[str, Issue]:
        """Which of the `keys` the strangers have moved away from; the others are just not there.

        Args:
            is_asked: The strangers are what Jira answers to these keys. Otherwise they are what is
                left of such an answer, and may have come of another key.
        """
        if not strangers or not keys:
            return {}
        if len(keys) == 1:
            alone = strangers if is_asked else self.issues.fetch(keys, fields)
            return {keys[0]: alone[0]} if len(alone) == 1 else {}
        middle = len(keys) // 2
        first = self.issues.fetch(keys[:middle], fields)
        ids = {issue.id for issue in first}
        rest = [issue for issue in strangers if issue.id not in ids]
        return {
            **self._recognised(first, keys[:middle], fields, is_asked=True),
            **self._recognised(rest, keys[middle:], fields, is_asked=False),
        }

    def _remember(self, key: str, issue: Issue) -> Issue:
        self._moved[key] = issue.id
        return issue


def answer_lookup(asked: AskedOfIssues, found: Found, link: Link) -> Answer:
    """One query's answer from issues that were found."""
    query = asked.query
    issues: list[Issue] = []
    for key in asked.keys:
        what = found[key]
        if isinstance(what, SourceError):
            return Failure(key=query.key, error=what)
        issues.append(what)
    try:
        value = _value(asked, issues)
    except SourceError as error:
        return Failure(key=query.key, error=error)
    return Measurement(
        key=query.key,
        value=value,
        unit=query.ask.unit,
        evidence_url=link(asked.keys[0]),
        sample_size=len(issues) if query.ask.has_sample else None,
    )


def _value(asked: AskedOfIssues, issues: Sequence[Issue]) -> float:
    match asked.ask:
        case Ticket() | Tickets():
            return sum(category(issue) == "done" for issue in issues) / len(issues)
        case IssueField(field=of):
            value = number(issues[0], field=asked.field or of.name)
            if value is None:
                raise MalformedResponse(f"{of.issue} has no value in the field {of.name!r}", code="empty")
            return value


def _not_found(key: str) -> QueryRejected:
    return QueryRejected(
        f"Jira shows no issue {key}: it is deleted, or this account may not see it",
        code="issue_not_found",
        hint="correct the key, or give the account the permission to browse its project",
    )
