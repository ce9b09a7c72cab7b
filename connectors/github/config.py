"""Where a GitHub is, and how it lets us in."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr, field_validator

from syncd.sdk import ConnectionConfig

ENTERPRISE_REST = "/api/v3"


class GitHubConfig(ConnectionConfig):
    """A GitHub and a token for it (personal, fine-grained, or of an app's installation).

    Attributes:
        url: Base of the REST API; GitHub Enterprise Server has it at `https://HOST/api/v3`.
        token: Needs to read issues, pull requests, contents and actions of the repositories.
    """

    url: str = "https://api.github.com"
    token: SecretStr = Field(min_length=1)

    @field_validator("url")
    @classmethod
    def _is_a_base(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("must be an http or https address, as https://api.github.com")
        if parts.query or parts.fragment or parts.username or parts.password:
            raise ValueError("must be a plain address: no query, no fragment, no user")
        return url.rstrip("/")


def graphql_url(url: str) -> str:
    """The GraphQL endpoint that belongs to the REST base `url`."""
    if urlsplit(url).path.endswith(ENTERPRISE_REST):
        return url.removesuffix("v3") + "graphql"
    return f"{url}/graphql"


def web_url(url: str) -> str:
    """Where people look at what the REST base `url` serves, without a slash at the end."""
    parts = urlsplit(url)
    host = parts.netloc
    if not parts.path:
        # api.github.com, and api.TENANT.ghe.com for data residency
        host = host.removeprefix("api.")
    return urlunsplit((parts.scheme, host, parts.path.removesuffix(ENTERPRISE_REST), "", ""))
