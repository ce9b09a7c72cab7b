"""Registers hooks at GitHub: one per repository.

Source:
    https://docs.github.com/en/rest/repos/webhooks
"""

from __future__ import annotations

from typing import Any

import requests

from connectors.github.config import GitHubConfig
from connectors.github.hooks import EVENTS
from syncd.sdk import QueryRejected, Unauthorized, Wire, excerpt

RIGHTS = "the token needs to administer webhooks of the repository: `admin:repo_hook`, or Webhooks: write"
_PAGE = 100


class GitHubRegistrar:
    """See `syncd.sdk.hooks.Registrar`."""

    signs = True

    def __init__(self, config: GitHubConfig, wire: Wire) -> None:
        self._url, self._session = config.url, wire.session()
        self._session.headers.update(
            {
                "Authorization": f"Bearer {config.token.get_secret_value()}",
                "Accept": "application/vnd.github+json",
            }
        )

    def find(self, place: str, address: str) -> str | None:
        # GitHub: at most 20 hooks per event and repository; one page has them all.
        there = self._ask("GET", place, f"?per_page={_PAGE}")
        ids = [hook["id"] for hook in there if hook.get("config", {}).get("url") == address]
        return str(ids[0]) if ids else None

    def put(self, place: str, *, found: str | None, address: str, secret: str) -> None:
        wanted = {
            "active": True,
            "events": list(EVENTS),
            "config": {"url": address, "content_type": "json", "secret": secret, "insecure_ssl": "0"},
        }
        if found is None:
            self._ask("POST", place, "", json={"name": "web", **wanted})
        else:
            self._ask("PATCH", place, f"/{found}", json=wanted)

    # Any: GitHub's JSON.
    def _ask(self, method: str, repo: str, rest: str, **more: Any) -> Any:
        answer = self._session.request(
            method, f"{self._url}/repos/{repo}/hooks{rest}", allow_redirects=False, **more
        )
        if answer.status_code in (403, 404):
            # GitHub says 404 to whoever may not see the hooks of a repository.
            raise Unauthorized(f"the token may not change the hooks of {repo}", code="forbidden", hint=RIGHTS)
        if answer.status_code >= 300:
            raise QueryRejected(f"GitHub refuses a hook of {repo}: {_said(answer)}")
        return answer.json()


def _said(answer: requests.Response) -> str:
    return f"{answer.status_code} {excerpt(answer.text)}"
