"""Webhooks of Jira: which of them are genuine, and which questions they can have touched.

Source:
    https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectors.jira.jql import Token, tokens_of
from connectors.jira.queries import Duration, IssueField, JiraAsk, Ticket, Tickets, Transitions, issue_keys
from syncd.sdk import Hint, Hooks, is_signed, parse_object
from syncd.sdk.hooks import LARGE_BODY, Headers, Registrar

if TYPE_CHECKING:
    from connectors.jira.config import JiraConfig
    from syncd.sdk import Wire

ISSUE_EVENTS = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted")
VERSION_EVENTS = tuple(
    f"jira:version_{what}"
    for what in ("released", "unreleased", "created", "moved", "updated", "merged", "deleted")
)
SPRINT_EVENTS = tuple(f"sprint_{what}" for what in ("created", "updated", "started", "closed", "deleted"))

ANY_PROJECT = "project *"
VERSION, SPRINT = "version", "sprint"

# A saved filter or a function of an app may say anything.
_OPAQUE = frozenset({"filter", "savedfilter", "searchrequest", "request", "issuefunction"})
_ALTERNATIVES = frozenset({"or", "||", "|"})
_NEGATIONS = frozenset({"not", "!"})


def verify(headers: Headers, body: bytes, secret: str) -> bool:
    return is_signed(body, signature=headers.get("x-hub-signature", ""), secret=secret)


def read(headers: Headers, body: bytes) -> Hint:
    said = parse_object(body)
    event = str(said.get("webhookEvent", ""))[:100]
    return Hint(
        id=headers.get("x-atlassian-webhook-identifier", ""),
        kind=event,
        keys=frozenset(_keys(event, said)),
    )


def touched_by(ask: JiraAsk) -> Collection[str] | None:
    match ask:
        case IssueField() | Ticket() | Tickets():
            return {_issue(key) for key in issue_keys(ask)}
        case Duration() | Transitions():
            jql = (ask.duration if isinstance(ask, Duration) else ask.transitions).jql
        case _:
            asked = getattr(ask, type(ask).kind())
            jql = asked if isinstance(asked, str) else asked.jql
    return touching(jql)


def touching(jql: str) -> set[str]:
    """Keys of what can change which issues a JQL finds, or what is told of them."""
    tokens = tokens_of(jql)
    words = {token.value.lower() for token in tokens}
    projects = projects_of(jql)
    keys = {f"project {name.lower()}" for name in projects} if projects else {ANY_PROJECT}
    is_opaque = bool(words & _OPAQUE)
    if is_opaque or any("version" in word for word in words):
        keys.add(VERSION)
    if is_opaque or any("sprint" in word for word in words):
        keys.add(SPRINT)
    return keys


def projects_of(jql: str) -> Sequence[str]:
    """Projects (key, name or id, as written) that every issue of the JQL lies in; none: any may do."""
    tokens = tokens_of(jql)
    outside = [token for token, depth in _with_depth(tokens) if depth == 0]
    if any(token.lower in _ALTERNATIVES for token in outside):
        return ()
    for place, (token, depth) in enumerate(_with_depth(tokens)):
        if depth or token.lower != "project" or (place and tokens[place - 1].lower in _NEGATIONS):
            continue
        found = _named(tokens[place + 1 :])
        if found:
            return found
    return ()


def _named(rest: Sequence[Token]) -> Sequence[str]:
    """What stands after `project`: `= PHX`, or `in (PHX, "Other project")`; functions name none."""
    texts = [token.lower for token in rest[:2]]
    if texts[:1] == ["="] and len(rest) > 1:
        return () if _text(rest, 2) == "(" else (rest[1].value,)
    if texts != ["in", "("]:
        return ()
    listed = [token.text for token in rest[2:]]
    inside = rest[2 : 2 + listed.index(")")] if ")" in listed else ()
    values, commas = inside[::2], inside[1::2]
    if len(inside) % 2 == 0 or any(comma.text != "," for comma in commas):
        return ()
    return tuple(value.value for value in values)


def _text(tokens: Sequence[Token], place: int) -> str:
    return tokens[place].text if place < len(tokens) else ""


def _with_depth(tokens: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    depth = 0
    for token in tokens:
        depth -= token.text == ")"
        yield token, depth
        depth += token.text == "("


def _keys(event: str, said: Mapping[str, Any]) -> Iterator[str]:
    if event in VERSION_EVENTS:
        yield VERSION  # it names its project by a number alone, which no JQL does
    elif event in SPRINT_EVENTS:
        yield SPRINT
    elif event in ISSUE_EVENTS:
        yield ANY_PROJECT
        yield from _of_issue(said)


def _of_issue(said: Mapping[str, Any]) -> Iterator[str]:
    issue = _map(said, "issue")
    project = _map(_map(issue, "fields"), "project")
    for name in (project.get("key"), project.get("name"), project.get("id")):
        if isinstance(name, str):
            yield f"project {name.lower()}"
    keys = [issue.get("key")]
    # An issue that moved has left the project it was in: its number changed there too.
    for item in _items(_map(said, "changelog")):
        if item.get("field") == "Key":
            keys.append(item.get("fromString"))
        if item.get("field") == "project":
            for name in (item.get("from"), item.get("fromString")):
                if isinstance(name, str):
                    yield f"project {name.lower()}"
    for key in keys:
        if isinstance(key, str):
            yield _issue(key)
            yield f"project {key.rpartition('-')[0].lower()}"


def _issue(key: str) -> str:
    return f"issue {key.lower()}"


def _map(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, Mapping) else {}


def _items(changelog: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = changelog.get("items")
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def places(asks: Sequence[JiraAsk]) -> Sequence[str]:
    """One hook, with the JQL of all projects that are asked for; empty where one asks beyond them."""
    keys = {key for ask in asks for key in touched_by(ask) or ()}
    projects = {key.removeprefix("project ") for key in keys if key.startswith("project ")}
    projects |= {key.removeprefix("issue ").rpartition("-")[0] for key in keys if key.startswith("issue ")}
    if not projects:
        return ()
    # In a JQL a quote or a backslash within quotes is escaped.
    quoted = (project.replace("\\", "\\\\").replace('"', '\\"') for project in sorted(projects))
    return (
        [""] if ANY_PROJECT in keys else ["project in ({})".format(", ".join(f'"{name}"' for name in quoted))]
    )


def registrar(config: JiraConfig, wire: Wire) -> Registrar:
    # As the connector: not needed to check files.
    from connectors.jira.registering import JiraRegistrar  # noqa: PLC0415  # see above

    return JiraRegistrar(config, wire)


_WEBHOOKS = r"(?:/[^/]+)*/rest/webhooks/1\.0/webhook"

hooks = Hooks(
    verify=verify,
    read=read,
    touched_by=touched_by,
    max_bytes=LARGE_BODY,
    by_path=True,
    places=places,
    registrar=registrar,
    writes=(("POST", _WEBHOOKS), ("PUT", rf"{_WEBHOOKS}/\d+"), ("DELETE", rf"{_WEBHOOKS}/\d+")),
)
