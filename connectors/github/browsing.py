"""Who we are to GitHub, and what can be asked there: for `check --live` and `browse`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.github import documents
from connectors.github.library import Library, Reply
from connectors.github.refusals import graphql_error, refusal
from syncd.sdk import Item, MalformedResponse, QueryRejected, excerpt


def login(library: Library) -> str:
    reply = library.get("/user")
    if reply.status != 403:
        return _text(_inside(reply, "the token's owner"), "login")
    # The token of an app's installation belongs to no user; GraphQL calls it by the app's name.
    reply = library.graphql(documents.VIEWER, {})
    return _text(_inside(reply, "the token's owner", "data", "viewer"), "login")


def repositories(library: Library) -> Sequence[Item]:
    reply = library.graphql(documents.BROWSE_REPOSITORIES, {})
    nodes = _inside(reply, "your repositories", "data", "viewer", "repositories", "nodes")
    return _items("repository", nodes, name="nameWithOwner", detail="description")


def repository(library: Library, about: str) -> Sequence[Item]:
    owner, _, name = about.partition("/")
    if not owner or not name or "/" in name:
        raise QueryRejected(f"cannot browse {about!r}", hint="name a repository as OWNER/REPO")
    variables = {"owner": owner, "name": name}
    known = _inside(
        library.graphql(documents.BROWSE_REPOSITORY, variables), f"repository {about}", "data", "repository"
    )
    flows = _inside(
        library.get(f"/repos/{owner}/{name}/actions/workflows", {"per_page": 100}),
        f"the workflows of {about}",
        "workflows",
    )
    return [
        *_items("label", _step(known, "labels", "nodes"), name="name", detail="description"),
        *_items("milestone", _step(known, "milestones", "nodes"), name="title", detail="state"),
        *(
            Item(kind="workflow", name=flow.name.rpartition("/")[2], detail=flow.detail)
            for flow in _items("workflow", flows, name="path", detail="name")
        ),
    ]


# Any: GitHub's JSON; every step into it is checked.
def _inside(reply: Reply, about: str, *path: str) -> Any:
    if error := refusal(reply, about=about):
        raise error
    errors = reply.data.get("errors") if isinstance(reply.data, dict) else None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        raise graphql_error(errors[0])
    return _step(reply.data, *path)


def _step(data: Any, *path: str) -> Any:
    for name in path:
        if not isinstance(data, dict) or data.get(name) is None:
            raise MalformedResponse(f"GitHub sent no {'.'.join(path)}")
        data = data[name]
    return data


def _items(kind: str, nodes: Any, *, name: str, detail: str) -> list[Item]:
    if not isinstance(nodes, list):
        raise MalformedResponse(f"GitHub sent no list of each {kind}")
    return [Item(kind=kind, name=_text(node, name), detail=str(node.get(detail) or "")) for node in nodes]


def _text(node: Any, name: str) -> str:
    found = node.get(name) if isinstance(node, dict) else None
    if not isinstance(found, str):
        raise MalformedResponse(f"GitHub sent {excerpt(repr(found))} as {name}, not a text")
    return found
