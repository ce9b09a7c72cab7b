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
        """Looks each key up, in one request as long as no two keys are new to their issues.

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
        asked_as = {self._moved.get(key, key): key for key in keys}
        found: dict[str, Issue] = {}
        strangers: list[Issue] = []
        for issue in self.issues.fetch(list(asked_as), fields):
            key = asked_as.get(issue.id) or asked_as.get(issue.key.upper())
            if key is None:
                strangers.append(issue)
            else:
                found[key] = issue
        missing = [key for key in keys if key not in found]
        # A stranger is one of the missing under a new key. Which one is plain if only one is
        # missing; else each is asked for alone, once: the others may just not be there.
        if len(strangers) == len(missing) == 1:
            found[missing[0]] = self._remember(missing[0], strangers[0])
        elif strangers:
            for key in missing:
                alone = self.issues.fetch([key], fields)
                if len(alone) == 1:
                    found[key] = self._remember(key, alone[0])
        return found

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
        sample_size=len(issues),
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
