"""Registers a hook at Jira: one for the site, with the JQL of the projects that are asked for.

Source:
    https://developer.atlassian.com/cloud/jira/platform/webhooks/#registering-a-webhook-via-the-jira-rest-api-for-other-integrations
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from connectors.jira.config import JiraConfig
from connectors.jira.hooks import ISSUE_EVENTS, SPRINT_EVENTS, VERSION_EVENTS
from syncd.sdk import QueryRejected, Unauthorized, Wire, excerpt

RIGHTS = "the account needs to administer Jira; or enter the hook by hand: System, WebHooks"
NAME = "syncd"


class JiraRegistrar:
    """See `syncd.sdk.hooks.Registrar`."""

    def __init__(self, config: JiraConfig, wire: Wire) -> None:
        self._url, self._session = config.url, wire.session()
        token = config.token.get_secret_value()
        if config.email:
            self._session.auth = (config.email, token)
        else:
            self._session.headers["Authorization"] = f"Bearer {token}"

    @cached_property
    def signs(self) -> bool:
        """Cloud keeps a secret with a hook; not every Data Center does, so there the address is the proof."""
        about = self._ask("GET", "rest/api/2/serverInfo")
        return bool(about.get("deploymentType") == "Cloud")

    def find(self, place: str, address: str) -> str | None:
        there = self._ask("GET", "rest/webhooks/1.0/webhook")
        # A hook has no id of its own here, only an address that ends in it.
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
        path = "rest/webhooks/1.0/webhook"
        if found is None:
            self._ask("POST", path, json=wanted)
        else:
            self._ask("PUT", f"{path}/{found}", json=wanted)

    # Any: Jira's JSON.
    def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = self._session.request(method, f"{self._url}/{path}", allow_redirects=False, **more)
        if answer.status_code == 403:
            raise Unauthorized("the account may not change Jira's hooks", code="forbidden", hint=RIGHTS)
        if answer.status_code >= 300:
            raise QueryRejected(f"Jira refuses the hook: {answer.status_code} {excerpt(answer.text)}")
        return answer.json()
