"""GitHub and GitHub Enterprise: issues, pull requests, milestones, releases, deployments,
workflow runs, stars, and how long pull requests take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.github.config import GitHubConfig
from connectors.github.hooks import hooks
from connectors.github.limits import seconds_to_wait
from connectors.github.queries import KINDS, GitHubAsk
from syncd.sdk import Connector, Plugin

if TYPE_CHECKING:
    from syncd.sdk import Wire


def connect(config: GitHubConfig, wire: Wire) -> Connector[GitHubAsk]:
    # PyGithub takes a while to import, and checking files offline never needs it.
    from connectors.github.connector import GitHubConnector  # noqa: PLC0415  # see above

    return GitHubConnector(config, wire)


plugin = Plugin(
    name="github",
    title="GitHub",
    config=GitHubConfig,
    queries=KINDS,
    connect=connect,
    # GraphQL takes questions by POST; this connector sends no mutation.
    read_posts=(r"(?:/.*)?/graphql",),
    rate_limit=seconds_to_wait,
    emulator="connectors.github.emulator:app",
    hooks=hooks,
)
