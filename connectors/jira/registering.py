"""Registers a hook at Jira: one for the site, with the JQL of the projects that are asked for.

Source:
    https://developer.atlassian.com/cloud/jira/platform/webhooks/#registering-a-webhook-via-the-jira-rest-api-for-other-integrations
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from connectors.jira.config import JiraConfig
from connectors.jira.hooks import ISSUE_EVENTS, SPRINT_EVENTS, VERSION_EVENTS
from syncd.sdk import Wire
from syncd.sdk.registering import HookApi

RIGHTS = "the account needs to administer Jira; or enter the hook by hand: System, WebHooks"
NAME = "syncd"


class JiraRegistrar:
    """See `syncd.sdk.hooks.Registrar`."""

    def __init__(self, config: JiraConfig, wire: Wire) -> None:
        session, token = wire.session(), config.token.get_secret_value()
        if config.email:
            session.auth = (config.email, token)
        else:
            session.headers["Authorization"] = f"Bearer {token}"
        self._url, self._hooks = config.url, f"{config.url}/rest/webhooks/1.0/webhook"
        self._api = HookApi(session, source="Jira", rights=RIGHTS)

    @cached_property
    def signs(self) -> bool:
        """Cloud keeps a secret with a hook; not every Data Center does, so there the address is the proof."""
        about = self._ask("GET", f"{self._url}/rest/api/2/serverInfo")
        return bool(about.get("deploymentType") == "Cloud")

    def find(self, place: str, address: str) -> str | None:
        # A hook has no id of its own here, only an address that ends in it.
        there = self._ask("GET", self._hooks)
        ids = [str(hook["self"]).rpartition("/")[2] for hook in there if hook.get("url") == address]
        return ids[0] if ids else None

    def put(self, place: str, *, found: str | None, address: str, secret: str) -> None:
        wanted: dict[str, Any] = {  # Any: JSON
            "name": NAME,
            "url": address,
            "events": [*ISSUE_EVENTS, *VERSION_EVENTS, *SPRINT_EVENTS],
            "filters": {"issue-related-events-section": place},
            "excludeBody": False,
            "enabled": True,
        }
        if self.signs:
            wanted["secret"] = secret
        if found is None:
            self._ask("POST", self._hooks, json=wanted)
        else:
            self._ask("PUT", f"{self._hooks}/{found}", json=wanted)

    def remove(self, place: str, found: str) -> None:
        self._ask("DELETE", f"{self._hooks}/{found}")

    # Any: Jira's JSON.
    def _ask(self, method: str, url: str, *, json: Any = None) -> Any:
        return self._api.ask(method, url, about="the site", json=json)
