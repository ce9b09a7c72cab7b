"""Jira: how many issues, what their fields add up to, how long they take; Cloud and Data Center."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.jira.config import JiraConfig
from connectors.jira.hooks import hooks
from connectors.jira.queries import KINDS, JiraAsk
from syncd.sdk import Connector, Plugin

if TYPE_CHECKING:
    from syncd.sdk import Wire


def connect(config: JiraConfig, wire: Wire) -> Connector[JiraAsk]:
    # The client library is slow to import, and checking files offline never needs it.
    from connectors.jira.connector import JiraConnector  # noqa: PLC0415  # see above

    return JiraConnector(config, wire)


plugin = Plugin(
    name="jira",
    title="Jira",
    config=JiraConfig,
    queries=KINDS,
    connect=connect,
    # Searches whose question is too long for an address. A site may live under a path.
    read_posts=(
        r"(/[^/]+)*/rest/api/3/search/(jql|approximate-count)",
        r"(/[^/]+)*/rest/api/3/issue/bulkfetch",
        r"(/[^/]+)*/rest/api/3/changelog/bulkfetch",
        r"(/[^/]+)*/rest/api/2/search",
    ),
    emulator="connectors.jira.emulator:app",
    hooks=hooks,
)
