"""Lists of a repository that GraphQL gives in pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from connectors.github.emulated import world as content
from connectors.github.emulated.world import Thing

MOST = 100


def pull_requests(items: Sequence[Thing]) -> Callable[..., Thing]:
    def connection(
        _info: GraphQLResolveInfo,
        *,
        states: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
        baseRefName: str | None = None,  # noqa: N803  # GraphQL's name
        first: int | None = None,
        after: str | None = None,
        orderBy: dict[str, Any] | None = None,  # noqa: N803  # GraphQL's name
    ) -> Thing:
        chosen = [
            item
            for item in items
            if (states is None or content.state(item).upper() in states)
            # GitHub: several labels here mean any of them
            and (labels is None or set(labels) & set(item.get("labels", [])))
            and (baseRefName is None or item.get("base", "main") == baseRefName)
        ]
        return _page([_pull_request(item) for item in chosen], first, after, orderBy or {})

    return connection


def deployments(items: Sequence[Thing]) -> Callable[..., Thing]:
    def connection(
        _info: GraphQLResolveInfo,
        *,
        environments: Sequence[str] | None = None,
        first: int | None = None,
        after: str | None = None,
        orderBy: dict[str, Any] | None = None,  # noqa: N803  # GraphQL's name
    ) -> Thing:
        chosen = [
            _deployment(number, item)
            for number, item in enumerate(items)
            if environments is None or item["environment"] in environments
        ]
        return _page(chosen, first, after, orderBy or {})

    return connection


def _pull_request(item: Thing) -> Thing:
    labels = [{"name": label, "description": None} for label in item.get("labels", [])]
    return {
        "id": f"PR_{item['number']}",
        "createdAt": item.get("created_at", content.LONG_AGO),
        "updatedAt": content.updated(item),
        "mergedAt": item.get("merged_at"),
        "closedAt": item.get("closed_at") or item.get("merged_at"),
        "labels": lambda _info, first=None: {"totalCount": len(labels), "nodes": labels[:first]},
    }


def _deployment(number: int, item: Thing) -> Thing:
    statuses = [
        {"state": status["state"].upper(), "createdAt": status["created_at"]}
        for status in item.get("statuses", [])
    ]
    # Newest first, as GitHub lists them.
    statuses.sort(key=lambda status: content.moment(status["createdAt"]), reverse=True)
    return {
        "id": f"DE_{number}",
        "createdAt": item["created_at"],
        "latestStatus": statuses[0] if statuses else None,
        "statuses": lambda _info, first=None: {"totalCount": len(statuses), "nodes": statuses[:first]},
    }


def _page(nodes: list[Thing], first: int | None, after: str | None, order: dict[str, Any]) -> Thing:
    if first is not None and first > MOST:
        raise GraphQLError(
            f"Requesting {first} records on a connection exceeds the `first` limit of {MOST} records.",
            extensions={"type": "EXCESSIVE_PAGINATION"},
        )
    field = {"UPDATED_AT": "updatedAt"}.get(order.get("field", ""), "createdAt")
    nodes = sorted(
        nodes, key=lambda node: content.moment(node[field]), reverse=order.get("direction") == "DESC"
    )
    start = int(after.removeprefix("cursor:")) if after else 0
    end = len(nodes) if first is None else start + first
    return {
        "totalCount": len(nodes),
        "nodes": nodes[start:end],
        "pageInfo": {
            "hasNextPage": end < len(nodes),
            "endCursor": f"cursor:{end}" if nodes[start:end] else None,
        },
    }
