"""What an emulated site knows about the words of a JQL: its fields, and the values in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from connectors.jira.emulated.issues import (
    CATEGORIES,
    TYPES,
    EmulatedIssue,
    fields_of,
    projects_of,
    statuses_of,
    versions_of,
)
from syncd.sdk.emulator import World

# Any: an issue's values are sets of names, moments, or numbers.
Values: TypeAlias = list[Any]

_SORTS = {"datetime": "date", "date": "date", "number": "number", "string": "text"}
_STEP = {"w": timedelta(weeks=1), "d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_ALIASES = {"issuetype": ("issuetype",), "resolutiondate": ("resolutiondate",), "duedate": ("duedate",)}
_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M")


class JqlError(Exception):
    """What Jira would say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field within a JQL.

    Attributes:
        sort: `names` (each value is the set of names it can be called by), `date`, `number`, `text`.
        known: The names that exist; None: any name may.
    """

    name: str
    sort: str
    read: Callable[[EmulatedIssue], Values]
    known: frozenset[str] | None = None


class Catalog:
    def __init__(self, world: World, issues: Sequence[EmulatedIssue], *, check_values: bool) -> None:
        self._zone = ZoneInfo(world.get("time_zone", "UTC"))
        self._now = datetime.fromisoformat(world["now"]) if "now" in world else datetime.now(UTC)
        self._check_values = check_values
        self._fields = {field.name.casefold(): field for field in _fields(world, issues)}

    def field(self, name: str) -> Field:
        field = self._fields.get(name.casefold())
        if field is None:
            raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
        return field

    def value(self, field: Field, text: str) -> Any:
        """Any: of the sort that the field's values are of."""
        match field.sort:
            case "date":
                return self._moment(field, text)
            case "number":
                try:
                    return float(text)
                except ValueError:
                    raise JqlError(f"The value '{text}' for field '{field.name}' is not a number.") from None
        if self._check_values and field.known is not None and text.casefold() not in field.known:
            raise JqlError(f"The value '{text}' does not exist for the field '{field.name}'.")
        return text.casefold()

    def _moment(self, field: Field, text: str) -> datetime:
        if re.fullmatch(r"[-+]?\d+[wdhm](\s+\d+[wdhm])*", text):
            steps = re.findall(r"(\d+)([wdhm])", text)
            distance = sum((int(number) * _STEP[unit] for number, unit in steps), timedelta())
            return self._now - distance if text.startswith("-") else self._now + distance
        if text.casefold() == "now()":
            return self._now
        for form in _DATES:
            try:
                return datetime.strptime(text, form).replace(tzinfo=self._zone)
            except ValueError:
                continue
        raise JqlError(
            f"Date value '{text}' for field '{field.name}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', "
            "or a period format e.g. '-5d', '4w 2d'."
        )


def _fields(world: World, issues: Sequence[EmulatedIssue]) -> Iterable[Field]:
    projects = projects_of(world)
    keys = _low(name for issue in issues for name in (issue.id, issue.key, *issue.was))
    known = {
        "project": _low([*projects, *projects.values()]),
        "status": _low(statuses_of(world)),
        "issuetype": _low([*TYPES, *(issue.fields["issuetype"]["name"] for issue in issues)]),
        "fixVersions": _low(name for project in projects for name in versions_of(world, project)),
        "parent": keys,
    }
    for described in fields_of(world):
        field_id, sort = described["id"], _SORTS.get(described["schema"]["type"], "names")
        # The last of equal names stays: as it is written within a JQL.
        for name in (described["name"], *_ALIASES.get(field_id, ()), *described["clauseNames"]):
            yield Field(name=name, sort=sort, read=_reader(field_id, sort), known=known.get(field_id))
    categories = [str(category[word]) for category in CATEGORIES.values() for word in ("key", "name")]
    yield Field(name="statusCategory", sort="names", read=_categories, known=_low(categories))
    for name in ("key", "issuekey", "issue", "id"):
        yield Field(name=name, sort="names", read=_keys, known=keys)


def _reader(field_id: str, sort: str) -> Callable[[EmulatedIssue], Values]:
    def read(issue: EmulatedIssue) -> Values:
        value = issue.fields.get(field_id)
        values = value if isinstance(value, list) else [] if value is None else [value]
        match sort:
            case "date":
                return [_aware(datetime.fromisoformat(text)) for text in values]
            case "number":
                return [float(number) for number in values]
            case "text":
                return [str(text).casefold() for text in values]
            case _:
                return [_names(one) for one in values]

    return read


def _names(value: Any) -> frozenset[str]:
    """All that a project, a status, a version, an option, a person or a label is called by."""
    if not isinstance(value, dict):
        return _low([str(value)])
    called_by = ("id", "key", "name", "value", "accountId", "displayName", "emailAddress")
    return _low(str(value[name]) for name in called_by if name in value)


def _categories(issue: EmulatedIssue) -> Values:
    return [_names(issue.fields["status"]["statusCategory"])]


def _keys(issue: EmulatedIssue) -> Values:
    return [_low((issue.id, issue.key, *issue.was))]


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _low(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
