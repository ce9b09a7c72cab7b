"""Registers hooks at GitHub: one per repository.

Source:
    https://docs.github.com/en/rest/repos/webhooks
"""

from __future__ import annotations

from http import HTTPStatus

from connectors.github.config import GitHubConfig
from connectors.github.hooks import EVENTS
from syncd.sdk import Wire
from syncd.sdk.registering import HookApi

RIGHTS = "the token needs to administer webhooks of the repository: `admin:repo_hook`, or Webhooks: write"
_PAGE = 100


class GitHubRegistrar:
    """See `syncd.sdk.hooks.Registrar`."""

    signs = True

    def __init__(self, config: GitHubConfig, wire: Wire) -> None:
        session = wire.session()
        session.headers.update(
            {
                "Authorization": f"Bearer {config.token.get_secret_value()}",
                "Accept": "application/vnd.github+json",
            }
        )
        # GitHub says 404 to whoever may not see the hooks of a repository.
        forbidden = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
        self._url = config.url
        self._api = HookApi(session, source="GitHub", rights=RIGHTS, forbidden=forbidden)

    def find(self, place: str, address: str) -> str | None:
        # GitHub: at most 20 hooks per event and repository; one page has them all.
        there = self._api.ask("GET", f"{self._hooks_of(place)}?per_page={_PAGE}", about=place)
        ids = [hook["id"] for hook in there if hook.get("config", {}).get("url") == address]
        return str(ids[0]) if ids else None

    def put(self, place: str, *, found: str | None, address: str, secret: str) -> None:
        wanted = {
            "active": True,
            "events": list(EVENTS),
            "config": {"url": address, "content_type": "json", "secret": secret, "insecure_ssl": "0"},
        }
        hooks = self._hooks_of(place)
        if found is None:
            self._api.ask("POST", hooks, about=place, json={"name": "web", **wanted})
        else:
            self._api.ask("PATCH", f"{hooks}/{found}", about=place, json=wanted)

    def remove(self, place: str, found: str) -> None:
        self._api.ask("DELETE", f"{self._hooks_of(place)}/{found}", about=place)

    def _hooks_of(self, repo: str) -> str:
        return f"{self._url}/repos/{repo}/hooks"
